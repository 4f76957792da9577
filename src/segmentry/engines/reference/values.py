"""The value of each attribute, one function an attribute; None where it is missing."""

from __future__ import annotations

from fractions import Fraction

from segmentry.engines.reference.belongings import subscription_status
from segmentry.engines.reference.events import sources
from segmentry.engines.reference.people import Person
from segmentry.engines.reference.profile import PROFILE, Value, metafield_value
from segmentry.engines.reference.store_values import StoreValues
from segmentry.facts import lifecycle, rfm
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import PREFIX


def _amount_spent(person: Person, store: StoreValues) -> int:
    return store.amount_spent(person)


def _gross_spent(person: Person, store: StoreValues) -> int:
    return sum(each.order.paid or 0 for each in person.counting)


def _average_order_value(person: Person, store: StoreValues) -> Fraction | None:
    if not person.counting:
        return None
    return Fraction(store.amount_spent(person), len(person.counting))


def _product_revenue(person: Person, store: StoreValues) -> int:
    return sum(
        line.amount or 0
        for each in person.counting
        for line in person.rows.lines.get(each.order.order_id, ())
        if line.kind == "PRODUCT"
    )


def _discounted_order_share(person: Person, store: StoreValues) -> Fraction | None:
    if not person.counting:
        return None
    discounted = sum(each.order.discounted for each in person.counting)
    return Fraction(discounted, len(person.counting))


def _average_days_between_orders(person: Person, store: StoreValues) -> Fraction | None:
    gaps = person.gaps
    return Fraction(sum(gaps), len(gaps)) if gaps else None


def _order_gap_ratio(person: Person, store: StoreValues) -> Fraction | None:
    days = person.days_since_last_order
    return None if days is None else Fraction(days) / store.average_gap


def _own_gap_ratio(person: Person, store: StoreValues) -> Fraction | None:
    days, gap = person.days_since_last_order, _average_days_between_orders(person, store)
    return None if days is None or gap is None else Fraction(days) / gap


def _lifecycle_stage(person: Person, store: StoreValues) -> str:
    subscribed = "SUBSCRIBED" in (person.email.state, person.sms.state)
    interested = subscribed or bool(person.abandoned)
    return lifecycle.stage(len(person.counting), _order_gap_ratio(person, store), interested)


def _rfm_group(person: Person, store: StoreValues) -> str | None:
    if not person.counting:
        return "PROSPECTS"
    scores = store.rfm_scores(person)
    return None if scores is None else rfm.group(*scores)


def _rfm_score(position: int) -> Value:
    def value(person: Person, store: StoreValues) -> int | None:
        scores = store.rfm_scores(person)
        return None if scores is None else scores[position]

    return value


VALUES: dict[str, Value] = {
    "number_of_orders": lambda person, store: len(person.counting),
    "amount_spent": _amount_spent,
    "gross_spent": _gross_spent,
    "refunded_amount": lambda person, store: person.refunded,
    "product_revenue": _product_revenue,
    "discounted_order_share": _discounted_order_share,
    "average_order_value": _average_order_value,
    "first_order_date": lambda person, store: (
        person.counting[0].ordered_at if person.counting else None
    ),
    "last_order_date": lambda person, store: (
        person.counting[-1].ordered_at if person.counting else None
    ),
    "last_active_date": lambda person, store: person.last_active,
    "days_since_last_order": lambda person, store: person.days_since_last_order,
    "average_days_between_orders": _average_days_between_orders,
    "order_gap_ratio": _order_gap_ratio,
    "own_gap_ratio": _own_gap_ratio,
    "abandoned_checkout_date": lambda person, store: max(
        (checkout.last_active_at for checkout in person.abandoned), default=None
    ),
    "first_source": lambda person, store: next(iter(sources(person)), None),
    "last_source": lambda person, store: next(reversed(sources(person)), None),
    "product_subscription_status": lambda person, store: subscription_status(person),
    "lifecycle_stage": _lifecycle_stage,
    "rfm_group": _rfm_group,
    "rfm_recency": _rfm_score(0),
    "rfm_frequency": _rfm_score(1),
    "rfm_monetary": _rfm_score(2),
    **PROFILE,
}
"""How each attribute of the catalogue is computed; `segments` alone is not here, since it
follows from other plans."""


def value_of(attribute: Attribute) -> Value:
    """How an attribute is computed, a declared metafield included."""
    if attribute.name.startswith(PREFIX):
        return metafield_value(attribute)
    return VALUES[attribute.name]
