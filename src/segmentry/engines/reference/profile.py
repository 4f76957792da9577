"""Values that a customer's own rows give: profile, addresses, tags, consent, metafields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from segmentry.engines.base import CustomerValue
from segmentry.engines.metafields import read_metafield, read_texts
from segmentry.engines.reference.people import Person, first_known
from segmentry.engines.reference.store_values import StoreValues
from segmentry.facts.consent import SUBSCRIBED
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import full_name

Value = Callable[[Person, StoreValues], CustomerValue]


def _column(name: str) -> Value:
    def value(person: Person, store: StoreValues) -> CustomerValue:
        found: CustomerValue = person.customer.profile[name]
        return found

    return value


def _places(place: Callable[[dict[str, Any]], str | None]) -> Value:
    def value(person: Person, store: StoreValues) -> frozenset[str] | None:
        found = frozenset(place(address) for address in person.customer.addresses)
        return frozenset(name for name in found if name) or None

    return value


def _city(address: dict[str, Any]) -> str | None:
    """Country, region and name, spaces removed."""
    if not (address["city"] and address["region"]):
        return None
    return f"{address['region']}-{''.join(address['city'].split())}"


def _domain(person: Person, store: StoreValues) -> str | None:
    key: str | None = person.customer.profile["email_key"]
    return key.rpartition("@")[2] if key else None


def _age(person: Person, store: StoreValues) -> int | None:
    """Whole years; someone born on 29 February turns a year older on 28 February."""
    born = person.customer.birth_date
    if born is None:
        imported: int | None = person.customer.profile["age"]
        return imported
    today = person.today
    return today.year - born.year - ((today.month, today.day) < _birthday(born, today.year))


def _birthday(born: date, year: int) -> tuple[int, int]:
    try:
        born.replace(year=year)
    except ValueError:
        return 2, 28
    return born.month, born.day


def _list_field(key: str) -> Value:
    def value(person: Person, store: StoreValues) -> frozenset[str] | None:
        return read_texts(person.customer.metafields.get(full_name("profile", key)))

    return value


def metafield_value(attribute: Attribute) -> Value:
    """A declared metafield; a value that does not fit its type counts as missing."""

    def value(person: Person, store: StoreValues) -> CustomerValue:
        raw = person.customer.metafields.get(attribute.name)
        return read_metafield(raw, attribute.type, person.zone)

    return value


PROFILE: dict[str, Value] = {
    "customer_added_date": lambda person, store: first_known(person.customer),
    "customer_account_status": _column("account_status"),
    "customer_email_domain": _domain,
    "customer_email": _column("email"),
    "customer_phone": _column("phone"),
    "customer_name": _column("name"),
    "customer_note": _column("note"),
    "customer_language": _column("language"),
    "customer_countries": _places(lambda address: address["country"]),
    "customer_regions": _places(lambda address: address["region"]),
    "customer_cities": _places(_city),
    "customer_postal_codes": _places(lambda address: address["postal_code"]),
    "customer_tags": lambda person, store: person.customer.tags or None,
    "companies": lambda person, store: person.customer.companies or None,
    "created_by_app_id": _column("created_by_app_id"),
    "customer_source": lambda person, store: frozenset(
        {person.customer.customer_id.partition(":")[0]}
    ),
    "customer_birth_date": _column("birth_date"),
    "customer_age": _age,
    "customer_income": _column("income"),
    "customer_gender": _column("gender"),
    "customer_marital_status": _column("marital_status"),
    "customer_education": _column("education"),
    "customer_occupation": _column("occupation"),
    "customer_interests": _list_field("interests"),
    "customer_values": _list_field("values"),
    "email_subscription_status": lambda person, store: person.email.state,
    "email_subscription_date": lambda person, store: person.email.subscribed_at,
    "email_reachable": lambda person, store: person.email.state == SUBSCRIBED,
    "sms_reachable": lambda person, store: person.sms.state == SUBSCRIBED,
    "preferred_channel": lambda person, store: person.preferred_channel,
    "sms_subscription_status": lambda person, store: person.sms.state,
    "sms_subscription_date": lambda person, store: person.sms.subscribed_at,
}
"""How each attribute of profile and consent is found."""
