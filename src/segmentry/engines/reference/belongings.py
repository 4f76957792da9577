"""What belongs to a customer: store credit and product subscriptions."""

from __future__ import annotations

from segmentry.engines.reference.people import Person
from segmentry.engines.reference.record import Records
from segmentry.facts.subscriptions import ENDED, NEVER_SUBSCRIBED, STATUSES, SUBSCRIBED

STORE_CREDIT_ACCOUNTS = Records(
    lambda person, test: person.customer.credits,
    {
        "balance": lambda each: each["balance"],
        "currency": lambda each: each["currency"],
        "next_expiry_date": lambda each: each["next_expiry_at"],
        "last_credit_date": lambda each: each["last_credit_at"],
    },
)


def subscription_status(person: Person) -> str:
    """Where a customer stands with the subscriptions begun by now."""
    until = person.moment.until
    found = {NEVER_SUBSCRIBED}
    for row in person.customer.subscriptions:
        if row["started_at"] is None or row["started_at"] <= until:
            running = row["ended_at"] is not None and row["ended_at"] > until
            ran = row["state"] == "ACTIVE" or (row["state"] in ENDED and running)
            found.add(SUBSCRIBED if ran else row["state"])
    return min(found, key=STATUSES.index)
