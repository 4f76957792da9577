"""What all bodies have in common, and the types of values that several have."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from segmentry.base.money import as_decimal
from segmentry.query.moments import parse_moment


class Model(BaseModel):
    """A body or a part of one. What it does not know is refused, never passed over."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value


def _money(value: Any) -> Any:
    match value:
        case Fraction():
            return str(as_decimal(round(value)))
        case int():
            return str(as_decimal(value))
    return value


Number = Annotated[float, BeforeValidator(_number)]
Money = Annotated[
    str,
    BeforeValidator(_money),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{4}$", "examples": ["1234.5000"]}),
]
"""An exact amount in the store's currency; never a binary fraction."""

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
"""A number that we gave: one that every program reads exactly, and every database keeps."""

Moment = Annotated[
    str | None,
    Field(
        description="A past moment: 2024-01-31 (its end) or 2024-01-31T16:00:00 on the store's "
        "clock, or with an offset. Default: now.",
        examples=["2024-01-31"],
        max_length=40,
    ),
]
AsOf = Annotated[
    str | None,
    Query(
        description="A past moment: 2024-01-31 (its end) or 2024-01-31T16:00:00. Default: now.",
        max_length=40,
    ),
]
Text = Annotated[str, Field(max_length=100_000, description="A segment query.")]


def moment(text: str | None) -> datetime | date | None:
    """The moment that a parameter or an entry means. Refuses what is none."""
    return parse_moment(text)
