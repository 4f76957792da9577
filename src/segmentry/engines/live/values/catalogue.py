"""How each attribute of the catalogue is made."""

from __future__ import annotations

from collections.abc import Hashable

from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import (
    channels,
    metafields,
    orders,
    profile,
    standing,
    subscriptions,
    visits,
)
from segmentry.engines.live.values.profile import Value, lasting
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import PREFIX

TEXTS = {
    "customer_email": "email",
    "customer_phone": "phone",
    "customer_name": "name",
    "customer_note": "note",
}
"""The columns of the profile whose texts nearly all differ, by attribute: as a column they are
taken as they were read."""

VALUES: dict[str, Value] = {
    "number_of_orders": orders.number_of_orders,
    "amount_spent": orders.amount_spent,
    "gross_spent": orders.gross_spent,
    "refunded_amount": orders.refunded_amount,
    "product_revenue": orders.product_revenue,
    "discounted_order_share": orders.discounted_order_share,
    "average_order_value": orders.average_order_value,
    "first_order_date": orders.first_order_date,
    "last_order_date": orders.last_order_date,
    "last_active_date": orders.last_active_date,
    "days_since_last_order": orders.days_since_last_order,
    "average_days_between_orders": orders.average_days_between_orders,
    "order_gap_ratio": orders.order_gap_ratio,
    "own_gap_ratio": orders.own_gap_ratio,
    "abandoned_checkout_date": lambda now, day: now.last_abandoned,
    "first_source": visits.first_source,
    "last_source": visits.last_source,
    "product_subscription_status": subscriptions.product_subscription_status,
    "lifecycle_stage": standing.lifecycle_stage,
    "rfm_group": standing.rfm_group,
    "rfm_recency": standing.rfm_score(0),
    "rfm_frequency": standing.rfm_score(1),
    "rfm_monetary": standing.rfm_score(2),
    "customer_added_date": profile.first_known,
    "customer_account_status": profile.text("account_status"),
    "customer_email_domain": lasting("email_domain", profile.email_domain),
    **{attribute: profile.text(column) for attribute, column in TEXTS.items()},
    "customer_language": profile.text("language"),
    "customer_countries": lasting("countries", profile.places("country")),
    "customer_regions": lasting("regions", profile.places("region")),
    "customer_cities": lasting("cities", profile.cities),
    "customer_postal_codes": lasting("postal_codes", profile.places("postal_code")),
    "customer_tags": lasting("tags", profile.tags),
    "companies": lasting("companies", profile.companies),
    "created_by_app_id": profile.text("created_by_app_id"),
    "customer_source": lasting("source", profile.source),
    "customer_birth_date": lasting("birth_date", profile.birth_date),
    "customer_age": profile.age,
    "customer_income": lasting("income", profile.income),
    "customer_gender": profile.text("gender"),
    "customer_marital_status": profile.text("marital_status"),
    "customer_education": profile.text("education"),
    "customer_occupation": profile.text("occupation"),
    "customer_interests": lasting("interests", metafields.texts("interests")),
    "customer_values": lasting("values", metafields.texts("values")),
    "email_subscription_status": lambda now, day: now.email[0],
    "email_subscription_date": lambda now, day: now.email[1],
    "email_reachable": channels.reachable("EMAIL"),
    "sms_reachable": channels.reachable("SMS"),
    "preferred_channel": channels.preferred_channel,
    "sms_subscription_status": lambda now, day: now.sms[0],
    "sms_subscription_date": lambda now, day: now.sms[1],
}
"""How each attribute is found; `segments` alone is not here, since it follows from other
plans."""


def column_of(attribute: Attribute) -> Value:
    """How an attribute is made, a declared metafield included."""
    if attribute.name.startswith(PREFIX):
        name = f"{attribute.name} as {attribute.type.name}"
        return lasting(name, metafields.metafield(attribute))
    return VALUES[attribute.name]


_BY_GAP = ("lifecycle_stage", "order_gap_ratio")
_BY_SCORE = ("rfm_group", "rfm_recency", "rfm_frequency", "rfm_monetary")


def measured_against(attribute: Attribute, day: StoreDay) -> Hashable:
    """What an attribute's values follow from beside the facts about each customer: nothing,
    the day, or how others stood as it began."""
    if not attribute.moves:
        return None
    if attribute.name in _BY_GAP:
        return day.date, day.gap
    return day.date, day.buyers if attribute.name in _BY_SCORE else None
