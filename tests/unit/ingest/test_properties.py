"""The properties of events are kept as the JSON of an object."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segmentry.base.errors import DataError
from segmentry.ingest.records import canonical

EVENT = {"event_id": "1", "name": "seen", "occurred_at": "2026-06-01T10:00:00Z"}


def kept(properties: Any) -> str | None:
    """What is kept of the properties of one event."""
    table = canonical({"events": [EVENT | {"properties": properties}]}, "s", ZoneInfo("UTC"))
    found: str | None = table["events"].column("properties").to_pylist()[0]
    return found


def test_a_text_is_kept_as_it_is() -> None:
    """JSON of an object is not written anew."""
    text = '{"b": 1.50, "a": "é"}'
    assert kept(text) == text


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_nothing_is_nothing(nothing: str | None) -> None:
    """An event need not have properties."""
    assert kept(nothing) is None


def test_a_dictionary_becomes_json() -> None:
    """Exact numbers stay numbers, dates become texts, and the order of names plays no part."""
    given = {"b": Decimal("1.5"), "a": Decimal(2), "c": date(2026, 6, 1), "d": [None, {"e": True}]}
    wanted = {"a": 2, "b": 1.5, "c": "2026-06-01", "d": [None, {"e": True}]}
    found = kept(given)
    assert found is not None
    assert json.loads(found) == wanted
    assert kept(dict(reversed(given.items()))) == found


@pytest.mark.parametrize(
    "wrong",
    [
        *("no JSON", "[1]", "1", 5, ["a"], "[" * 100_000, '{"a": "\ud800"}'),
        *({"a": object()}, {"a": float("nan")}),
    ],
)
def test_what_is_no_object_is_refused(wrong: Any) -> None:
    """The row and the column are named, and nothing of what stood there."""
    with pytest.raises(DataError, match=r"events row 1, properties: "):
        kept(wrong)
