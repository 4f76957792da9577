"""The comparison with others' memberships, on records of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.peers.membership import CASES, Sorted, compare, main

NOW = "2026-06-15T12:00:00Z"
PEOPLE = [
    {"id": "ann", "attrs": {"age": 30, "city": "Bath", "since": "2026-06-01"}, "lists": ["news"]},
    {"id": "ben", "attrs": {"age": 20.5, "city": "York", "likes": ["tea", "cake"]}},
    {"id": "cat", "attrs": {}},
]


def _did(who: str, at: str, name: str = "seen", **properties: Any) -> dict[str, Any]:
    return {"profile": who, "type": "track", "name": name, "at": at, "props": properties}


EVENTS = [
    _did("ann", "2026-06-15T11:00:00Z", page="home", cats=["a", "b"]),
    _did("ann", "2026-06-10T11:00:00Z", page="shop", cats=["a"]),
    _did("ben", "2026-06-01T00:00:00Z", page="home"),
    _did("ben", "2026-06-16T00:00:00Z", page="later"),
    _did("ann", "2026-06-02T00:00:00Z", "order", total=10, status="completed"),
    _did("ann", "2026-06-03T00:00:00Z", "order", total=30.5, status="completed"),
    _did("ben", "2026-06-03T00:00:00Z", "order", total=5, status="pending"),
    {"profile": "cat", "type": "identify", "at": "2026-06-03T00:00:00Z", "attrs": {"level": 2}},
    _did("cat", "2026-06-03T00:00:00Z", "late") | {"received_at": "2026-06-20T00:00:00Z"},
    _did("cat", "2026-06-03T00:00:00Z", "gone") | {"deleted_at": "2026-06-04T00:00:00Z"},
]
_ONCE = {"op": "gte", "value": 1}
_DAY = {"last_seconds": 86_400}


def _seen(**more: Any) -> dict[str, Any]:
    return {"event": "seen", "count": _ONCE, **more}


def _total(fn: str, op: str, value: float) -> dict[str, Any]:
    agg = {"fn": fn, "path": "total", "op": op, "value": value, "no_events": "no_match"}
    return {"event": "order", "agg": agg}


CONDITIONS: list[tuple[dict[str, Any], set[str]]] = [
    ({"attr": "age", "op": "gte", "value": 20.5}, {"ann", "ben"}),
    ({"attr": "age", "op": "gt", "value": 20.5}, {"ann"}),
    ({"attr": "level", "op": "eq", "value": 2}, {"cat"}),
    ({"attr": "city", "op": "in", "value": ["Bath", "Ely"]}, {"ann"}),
    ({"attr": "city", "op": "starts_with", "value": "Yo"}, {"ben"}),
    ({"attr": "city", "op": "not_exists"}, {"cat"}),
    ({"attr": "likes", "op": "has_all", "value": ["tea", "cake"]}, {"ben"}),
    ({"attr": "since", "op": "on_day", "value": "2026-06-01"}, {"ann"}),
    ({"attr": "since", "op": "in_days", "value": ["2026-06-02", "2026-06-03"]}, set()),
    ({"attr": "since", "op": "within_last", "value": 20 * 86_400}, {"ann"}),
    ({"list": "news"}, {"ann"}),
    ({"list": "news", "op": "not_in"}, {"ben", "cat"}),
    ({"static": ["ben", "cat"]}, {"ben", "cat"}),
    ({"segment": "young"}, {"ben"}),
    (_seen(), {"ann", "ben"}),
    (_seen(window=_DAY), {"ann"}),
    (_seen(window={"last_seconds": 3_601}), {"ann"}),
    (_seen(window={"last_seconds": 3_599}), set()),
    (_seen(window={"from": "2026-06-01T00:00:00Z", "from_inclusive": False}), {"ann"}),
    (_seen(window={"to": "2026-06-01T00:00:00Z"}), {"ben"}),
    (_seen(window={"to": "2026-06-01T00:00:00Z", "to_inclusive": False}), set()),
    (
        _seen(window={"from": "2026-05-31T00:00:00Z", "to": "2026-06-10T11:00:00Z"}),
        {"ann", "ben"},
    ),
    (_seen(where=[{"path": "page", "op": "eq", "value": "shop"}]), {"ann"}),
    (_seen(where=[{"path": "cats", "op": "has_all", "value": ["a", "b"]}]), {"ann"}),
    (_seen(where=[{"path": "page", "op": "eq", "value": "later"}]), set()),
    (_seen() | {"count": {"op": "between", "value": [2, 3]}}, {"ann"}),
    (_seen() | {"count": {"op": "lte", "value": 1}}, {"ben", "cat"}),
    (_seen() | {"count": {"op": "lte", "value": 1, "no_events": "no_match"}}, {"ben"}),
    ({"first_event": "seen", "window": {"last_seconds": 10 * 86_400}}, {"ann"}),
    ({"first_event": "seen", "window": _DAY}, set()),
    (_total("sum", "gt", 40), {"ann"}),
    (_total("sum", "lte", 40.5), {"ann", "ben"}),
    (_total("min", "gte", 5), {"ann", "ben"}),
    (_total("min", "gte", 10), {"ann"}),
    (_total("max", "gte", 30.5), {"ann"}),
    (_total("avg", "eq", 20.25), {"ann"}),
    ({"event": "late", "count": _ONCE}, set()),
    ({"event": "gone", "count": _ONCE}, set()),
    ({"and": [_seen(), {"not": {"attr": "age", "op": "lt", "value": 25}}]}, {"ann"}),
    ({"or": [{"list": "news"}, {"static": ["cat"]}]}, {"ann", "cat"}),
]


def _case(condition: dict[str, Any], members: set[str]) -> dict[str, Any]:
    young = {"attr": "age", "op": "lt", "value": 25}
    return {
        "id": "case",
        "kind": "membership",
        "now": NOW,
        "profiles": PEOPLE,
        "events": EVENTS,
        "segment": {"cond": condition},
        "segments": {"young": young},
        "expected_members": sorted(members),
    }


@pytest.mark.parametrize(
    ("condition", "members"), CONDITIONS, ids=[str(condition)[:60] for condition, _ in CONDITIONS]
)
def test_a_condition_means_the_same(condition: dict[str, Any], members: set[str]) -> None:
    """Each form of condition is written as a query with the same members."""
    found = Sorted()
    compare(_case(condition, members), found)
    assert (found.agrees, found.undecided, dict(found.not_written)) == (["case"], [], {})


def test_another_answer_is_told() -> None:
    """A difference is undecided unless those who differ have no value in a negation."""
    found = Sorted()
    compare(_case({"attr": "age", "op": "ne", "value": 30}, {"ben"}), found)
    assert [each.splitlines()[-1].strip()[:4] for each in found.differs] == ["N-01"]
    compare(_case({"attr": "age", "op": "ne", "value": 30}, {"cat"}), found)
    compare(_case({"attr": "age", "op": "eq", "value": 30}, {"ann", "cat"}), found)
    assert len(found.differs) == 1
    assert len(found.undecided) == 2
    assert "ours ['ben', 'cat'], theirs ['cat']" in found.undecided[0]


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        ({"event_sequence": ["a", "b"]}, "event_sequence"),
        ({"attr": "city", "op": "regex", "value": "B.*"}, "regex"),
        ({"attr": "city", "op": "gt", "value": "B"}, "refused: wrong_operator"),
        (_total("max", "lt", 5), "max of a property"),
        (
            _seen(where=[{"path": "p", "op": "gt", "value": 1}] * 2),
            "two conditions on one property",
        ),
    ],
)
def test_what_cannot_be_written_is_told(condition: dict[str, Any], missing: str) -> None:
    """A condition without a query is put under what is missing."""
    found = Sorted()
    compare(_case(condition, set()), found)
    (told,) = found.not_written
    assert told.startswith(missing)


def test_without_records_nothing_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The records are not part of this repository; that they are absent is no fault."""
    assert main(None) == main(tmp_path) == 0
    assert capsys.readouterr().out.count("nothing was compared") == 2


def test_records_are_read_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The numbers of all lists are printed; only what no rule decides is a fault."""
    (tmp_path / CASES).parent.mkdir()
    cases = [
        _case({"list": "news"}, {"ann"}),
        _case({"list": "news"}, {"ben"}),
        _case({"event_sequence": []}, set()),
        {"id": "bad", "kind": "invalid_definition"},
    ]
    (tmp_path / CASES).write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    assert main(tmp_path) == 1
    said = capsys.readouterr().out
    assert "1 of 2 that can be written agree" in said
    assert "1 differ without a rule" in said
    assert "2 cannot be written" in said
