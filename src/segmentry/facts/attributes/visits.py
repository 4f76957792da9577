"""Attributes that visits to the store answer."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type


def _source(which: str) -> Attribute:
    return Attribute(
        name=f"{which}_source",
        type=Type.TEXT,
        label=f"{which} source",
        meaning=f"Where the {which} visit that tells so came from: the source its link was tagged "
        "with, or else the site that led to it.",
        missing="Missing for someone whose visits do not tell.",
        example=f"{which}_source = 'newsletter'",
        needs=("events",),
    )


ATTRIBUTES = (_source("first"), _source("last"))
