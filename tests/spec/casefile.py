"""Reads the spec cases. YAML files in, frozen `Case` values out. Knows no engine.

A case has a `name` (the rule in a sentence), a `rule` (its id) and `stages`, each with
`facts` and `checks`; a case of one stage writes both directly. `facts` maps a table's
name to a text table: a header line, then rows, cells parted by `|`, an empty cell is a
missing value; a text in single quotes keeps its spaces, so that '' is an empty text.
`facts.customers` may be a plain list of names: people known since 2000. Orders without an
`order_id` column are numbered through the case. A moment without an offset is in the
store's zone. A check takes its `as_of` from its stage or its case when it has none of its
own.

A case may choose `order_rules` by name, and declare `metafields` (name to type) and saved
`segments` (name to query). A stage may name the `guests` that its orders make beside the
customers: each by the e-mail key or the phone number it is known by.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import yaml

from segmentry.facts.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "cases"
KNOWN_SINCE = "2000-01-01T00:00:00Z"

_STAGE = ("facts", "guests", "checks")
_CASE = (
    *("name", "rule", "timezone", "currency", "order_rules", "as_of"),
    *("metafields", "segments", "stages"),
)
_REFUSAL = ("refused", "suggests", "problems", "at")

Row = dict[str, Any]
Facts = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Check:
    """One question and what must come back: the members, or a refusal.

    `refused` lists texts each of which must be in some problem's code, message or
    suggestion; `suggests` is a whole suggestion, quotes aside; `problems` is the number
    of problems; `at` is `line:column` of the first. `gap` names what the engine does not
    do yet: the check is then expected to fail, and must.
    """

    query: str
    as_of: datetime
    members: tuple[str, ...] | None = None
    sentence: str | None = None
    refused: tuple[str, ...] = ()
    suggests: str | None = None
    problems: int | None = None
    at: str | None = None
    gap: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """Facts that arrive, then the questions asked once they are in.

    `guests` are the customers there are by then who are known only by their orders.
    """

    facts: Facts
    checks: tuple[Check, ...]
    guests: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """One rule of the language with the stages that show it."""

    topic: str
    rule: str
    name: str
    stages: tuple[Stage, ...]
    timezone: str = "Europe/London"
    currency: str = "GBP"
    order_rules: str = "net"
    metafields: tuple[tuple[str, str], ...] = ()
    segments: tuple[tuple[str, str], ...] = ()


def moment(text: str, zone: str) -> datetime:
    """The instant a text names; without an offset it is local to `zone`."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))


def known_since(case: Case, stages: int) -> dict[str, datetime | None]:
    """When each customer of the first `stages` stages came to be known.

    The earliest of their creation and their first placed order; None for somebody of
    whom neither is known, who is known always. Later rows of a record replace earlier.
    """
    created: dict[str, str | None] = {}
    orders: dict[str, Row] = {}
    for stage in case.stages[:stages]:
        for row in stage.facts.get("customers", ()):
            created[row["customer_id"]] = row.get("created_at")
        orders |= {row["order_id"]: row for row in stage.facts.get("orders", ())}
    moments = {customer: [at] if at else [] for customer, at in created.items()}
    for order in orders.values():
        if order.get("customer_id") in moments and order.get("placed", True):
            moments[order["customer_id"]].append(order["ordered_at"])
    for guest in case.stages[stages - 1].guests:
        moments[guest] = [each["ordered_at"] for each in orders.values() if _is_by(each, guest)]
    return {
        customer: min((moment(text, case.timezone) for text in texts), default=None)
        for customer, texts in moments.items()
    }


def _is_by(order: Row, guest: str) -> bool:
    """Whether it is a guest order under this address or, without one, this phone number."""
    return order.get("guest", False) and guest == (order.get("email_key") or order.get("phone"))


def read_cases() -> Iterator[Case]:
    """Every case of every file, in a fixed order."""
    for path in sorted(CASES.glob("*.yaml")):
        # BaseLoader keeps every scalar a text: no dates, floats or booleans by surprise.
        for item in yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader):
            yield case_from(path.stem, item)


def case_from(topic: str, item: dict[str, Any]) -> Case:
    """One case of a file; a word that means nothing is refused, lest a check be skipped."""
    zone = item.get("timezone", "Europe/London")
    numbers = count(1)
    stages = item.get("stages") or [{word: item[word] for word in _STAGE if word in item}]
    _only(item, {*_CASE, *_STAGE})
    return Case(
        topic,
        item["rule"],
        item["name"],
        tuple(_stage(stage, item.get("as_of"), zone, numbers) for stage in stages),
        zone,
        item.get("currency", "GBP"),
        item.get("order_rules", "net"),
        tuple(item.get("metafields", {}).items()),
        tuple(item.get("segments", {}).items()),
    )


def _stage(item: dict[str, Any], as_of: str | None, zone: str, numbers: Iterator[int]) -> Stage:
    _only(item, {*_STAGE, "as_of"})
    tables = (item.get("facts") or {}).items()
    facts = {name: rows_of(name, value, numbers) for name, value in tables}
    default = item.get("as_of", as_of)
    checks = tuple(_check(check, default, zone) for check in item["checks"])
    return Stage(facts, checks, tuple(item.get("guests", ())))


def _check(item: dict[str, Any], as_of: str | None, zone: str) -> Check:
    _only(item, {"query", "as_of", "members", "sentence", "gap", *_REFUSAL})
    if ("members" in item) == any(word in item for word in _REFUSAL):
        raise ValueError(f"a check states either members or a refusal: {item['query']}")
    refused = item.get("refused", [])
    return Check(
        item["query"],
        moment(item.get("as_of") or as_of or "2026-06-15T12:00:00", zone),
        tuple(item["members"]) if "members" in item else None,
        item.get("sentence"),
        (refused,) if isinstance(refused, str) else tuple(refused),
        item.get("suggests"),
        int(item["problems"]) if "problems" in item else None,
        item.get("at"),
        item.get("gap"),
    )


def _only(item: dict[str, Any], allowed: set[str]) -> None:
    unknown = set(item) - allowed
    if unknown:
        raise ValueError(f"unknown words in a case: {sorted(unknown)}")


def rows_of(table: str, value: str | list[str], numbers: Iterator[int]) -> list[Row]:
    """The rows of a text table, or of a list of names."""
    if not isinstance(value, str):
        return [{"customer_id": name, "created_at": KNOWN_SINCE} for name in value]
    header, *lines = [line for line in value.splitlines() if line.strip()]
    names = [cell.strip() for cell in header.split("|")]
    rows = [_row(table, names, line) for line in lines]
    if table == "orders" and "order_id" not in names:
        rows = [{"order_id": str(next(numbers))} | row for row in rows]
    return rows


def _row(table: str, names: list[str], line: str) -> Row:
    cells = [cell.strip() for cell in line.split("|")]
    types = {column.name: column.type for column in TABLES[table].columns}
    pairs = zip(names, cells, strict=True)
    return {name: _value(cell, types[name]) for name, cell in pairs if cell}


def _value(cell: str, kind: pa.DataType) -> str | int | bool:
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}[cell]
    if len(cell) > 1 and cell[0] == cell[-1] == "'":
        return cell[1:-1]
    # Amounts are written with a decimal point and stay text; counts become integers.
    return int(cell) if pa.types.is_integer(kind) and "." not in cell else cell
