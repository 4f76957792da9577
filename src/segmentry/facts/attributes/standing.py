"""Attributes that place a customer among the others of the store."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.lifecycle import STAGES
from segmentry.facts.operators import COMPARISON, IS_NULL, Type
from segmentry.facts.rfm import GROUPS

_ORDERS = ("orders", "refunds")
_FEW = "Missing without an order that counts, and in stores with fewer than 50 buyers."


def _score(name: str, label: str, best: str) -> Attribute:
    return Attribute(
        name=name,
        type=Type.INTEGER,
        label=label,
        meaning=f"From 1 to 5 among the store's buyers; 5 is {best}.",
        missing=_FEW,
        example=f"{name} = 5",
        least=1,
        most=5,
        needs=_ORDERS,
        only=(*COMPARISON, IS_NULL),
        moves=True,
        relative=True,
    )


ATTRIBUTES = (
    Attribute(
        name="lifecycle_stage",
        type=Type.ENUM,
        label="lifecycle stage",
        meaning="Where the customer stands between first interest and silence.",
        example="lifecycle_stage = 'AT_RISK_REPEAT'",
        needs=(*_ORDERS, "consents", "checkouts"),
        values=tuple(STAGES),
        moves=True,
        relative=True,
    ),
    Attribute(
        name="rfm_group",
        type=Type.ENUM,
        label="RFM group",
        meaning="A group by how recently, how often and for how much the customer bought.",
        missing="Missing for buyers in stores with fewer than 50 of them.",
        example="rfm_group IN ('CHAMPIONS', 'LOYAL')",
        needs=_ORDERS,
        values=tuple(GROUPS),
        moves=True,
        relative=True,
        shopify=True,
    ),
    _score("rfm_recency", "recency score", "the most recent"),
    _score("rfm_frequency", "frequency score", "the most orders"),
    _score("rfm_monetary", "monetary score", "the highest spend"),
)
