"""Attributes that acts of consent answer."""

from __future__ import annotations

from segmentry.facts.channels import CHANNELS, FEWEST_MESSAGES, PREFERENCE_DAYS
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

STATES = ("SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "INVALID", "REDACTED")


def _status(channel: str, words: str, states: tuple[str, ...]) -> Attribute:
    return Attribute(
        name=f"{channel}_subscription_status",
        type=Type.ENUM,
        label=f"{words} subscription",
        meaning=f"The state of consent to {words}; NOT_SUBSCRIBED where nothing is on record.",
        example=f"{channel}_subscription_status = 'SUBSCRIBED'",
        needs=("consents",),
        values=states,
        shopify=True,
    )


def _date(channel: str, words: str) -> Attribute:
    return Attribute(
        name=f"{channel}_subscription_date",
        type=Type.DATE,
        label=f"{words} subscription date",
        meaning=f"When the customer subscribed to {words}, if they are subscribed.",
        missing="Missing for someone who is not subscribed.",
        past=True,
        example=f"{channel}_subscription_date >= -30d",
        needs=("consents",),
    )


def _reachable(channel: str, words: str) -> Attribute:
    return Attribute(
        name=f"{channel}_reachable",
        type=Type.BOOLEAN,
        label=f"being reachable by {words}",
        meaning=f"Whether the customer has an address for {words} and consents to them there.",
        example=f"{channel}_reachable = true",
        needs=("customers", "consents"),
    )


ATTRIBUTES = (
    _status("email", "e-mail", STATES),
    _date("email", "e-mail"),
    _reachable("email", "e-mail"),
    _status("sms", "SMS", tuple(state for state in STATES if state != "INVALID")),
    _date("sms", "SMS"),
    _reachable("sms", "SMS"),
    Attribute(
        name="preferred_channel",
        type=Type.ENUM,
        label="preferred channel",
        meaning="The channel with more clicks for each message delivered in the last "
        f"{PREFERENCE_DAYS} days, among those the customer can be reached on.",
        missing=f"Missing for someone who got fewer than {FEWEST_MESSAGES} messages on each of "
        "these channels, or clicks as often on both.",
        example="preferred_channel = 'EMAIL'",
        needs=("customers", "consents", "events"),
        values=CHANNELS,
        moves=True,
    ),
)
