"""Attributes that a model predicts; until one has run there is nothing to ask of them."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

_NEEDS = ("orders", "refunds")
_LEVELS = ("HIGH", "MEDIUM", "LOW")
_MISSING = "Missing for those about whom the model says nothing."


def _predicted(
    name: str, type: Type, label: str, meaning: str, example: str, *, shopify: bool = False
) -> Attribute:
    return Attribute(
        name=name,
        type=type,
        label=label,
        meaning=meaning,
        missing=_MISSING,
        example=f"{name} {example}",
        needs=_NEEDS,
        values=_LEVELS if type is Type.ENUM else (),
        shopify=shopify,
        predicted=True,
    )


ATTRIBUTES = (
    _predicted(
        "predicted_spend_tier",
        Type.ENUM,
        "predicted spend tier",
        "Whether the customer will probably spend much or little in the next 365 days, among "
        "those of the store.",
        "= 'HIGH'",
        shopify=True,
    ),
    _predicted(
        "predicted_clv",
        Type.MONEY,
        "predicted spend",
        "What the customer will probably spend in the next 365 days.",
        "IN TOP 10%",
    ),
    _predicted(
        "predicted_orders",
        Type.DECIMAL,
        "predicted number of orders",
        "How often the customer will probably order in the next 365 days.",
        ">= 2",
    ),
    _predicted(
        "churn_probability",
        Type.DECIMAL,
        "probability of leaving",
        "How likely it is that the customer does not order again, from 0 to 1.",
        "> 0.8",
    ),
    _predicted(
        "churn_risk",
        Type.ENUM,
        "risk of leaving",
        "Whether the customer is likely not to order again.",
        "= 'HIGH'",
    ),
    _predicted(
        "expected_next_order_date",
        Type.DATE,
        "expected next order",
        "When the customer will probably order next.",
        "<= +14d",
    ),
)


def not_predicted(attribute: Attribute) -> str:
    """What is said where a prediction is asked for that has not been made."""
    return (
        f"{attribute.name} is a prediction, and none has been made yet. "
        "Make them with `segmentry predict`."
    )
