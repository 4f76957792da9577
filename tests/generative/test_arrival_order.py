"""Messages in any order, in any batches, again and again, give the same facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.facts.tables import DELETABLE, TABLES
from segmentry.ingest.messages.check import Checking
from segmentry.ingest.messages.rows import arrivals
from segmentry.ingest.records import canonical
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.journal import Entry, Written
from segmentry.storage.versions import Arrival, Version

Row: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Facts: TypeAlias = dict[str, list[tuple[Any, ...]]]

START = datetime(2026, 5, 1, tzinfo=UTC)
NOW = START + timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
SHOP = Checking("shop", LONDON, NOW)
some = settings(max_examples=settings().max_examples // 4)

IDS = st.sampled_from("ab")
HOURS = st.integers(0, 3)
WORDS = st.sampled_from(["x", "y", None])
CUSTOMER = st.builds(
    lambda id, name: {"customer_id": id, "name": name, "email": f"{id}@shop.test"}, IDS, WORDS
)
ORDER = st.builds(
    lambda id, who, paid: (
        {"order_id": id, "customer_id": who, "paid": paid} | {"ordered_at": "2026-05-01"}
    ),
    *(IDS, IDS, st.integers(1, 2)),
)
LINE = st.builds(
    lambda id, line, amount: {"order_id": id, "line_number": line, "amount": amount},
    *(IDS, st.integers(1, 2), st.integers(1, 2)),
)
TAG = st.builds(lambda id, tag: {"customer_id": id, "tag": tag}, IDS, st.sampled_from("xy"))
EVENT = st.builds(
    lambda id, who: (
        {"event_id": id, "customer_id": who, "name": "page_viewed"}
        | {"occurred_at": "2026-05-01T10:00:00Z"}
    ),
    *(IDS, IDS),
)
REFUND = st.builds(
    lambda id, order, amount: {"refund_id": id, "order_id": order, "amount": amount},
    *(IDS, IDS, st.integers(1, 2)),
)
COLLECTION = st.builds(
    lambda id, product: {"collection_id": id, "product_id": product}, IDS, st.sampled_from("pq")
)
KINDS = st.sampled_from(["customer", "order", "event", "refund", "collection"])
DELETION = st.builds(
    lambda kind, id, hour: (
        {"kind": kind, "record_id": id}
        | ({} if hour is None else {"deleted_at": (START + timedelta(hours=hour)).isoformat()})
    ),
    *(KINDS, IDS, st.none() | HOURS),
)


def rows(row: st.SearchStrategy[Row], least: int = 1) -> st.SearchStrategy[list[Row]]:
    """One or two rows."""
    return st.lists(row, min_size=least, max_size=2)


SAID = st.one_of(
    st.fixed_dictionaries({"customers": rows(CUSTOMER)}, optional={"customer_tags": rows(TAG, 0)}),
    st.fixed_dictionaries({"orders": rows(ORDER)}, optional={"order_lines": rows(LINE, 0)}),
    st.fixed_dictionaries({"customer_tags": rows(TAG)}),
    st.fixed_dictionaries({"order_lines": rows(LINE)}),
    st.fixed_dictionaries({"events": rows(EVENT)}),
    st.fixed_dictionaries({"refunds": rows(REFUND)}),
    st.fixed_dictionaries({"collections": rows(COLLECTION)}),
    st.fixed_dictionaries({"deletions": rows(DELETION)}),
)
MESSAGE = st.builds(
    lambda hour, records: {"at": (START + timedelta(hours=hour)).isoformat(), "records": records},
    *(HOURS, SAID),
)


def entry(message: Message) -> Entry:
    """A message as the journal keeps it."""
    found = SHOP.entry(message)
    assert isinstance(found, Entry), found
    return found


def written(entries: Sequence[Entry], first: int = 1) -> list[Written]:
    """Entries in an order, with their positions."""
    return [Written(position, each) for position, each in enumerate(entries, first)]


@contextmanager
def facts_of(batches: Sequence[Sequence[Entry]]) -> Iterator[FactsDb]:
    """What batches one after the other make of no facts."""
    facts, position = FactsDb(None), 0
    try:
        for batch in batches:
            if batch:
                messages = written(batch, position + 1)
                position = messages[-1].position
                facts.take(arrivals(messages, NOW), position)
        yield facts
    finally:
        facts.close()


def held(facts: FactsDb) -> Facts:
    """All rows of all tables, as they arrived."""
    found = {}
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        found[name] = sorted(facts._rows(f'SELECT {columns} FROM "{name}"'), key=repr)
    return found


def cut(entries: Sequence[Entry], random: Random) -> list[list[Entry]]:
    """In another order, some of them twice, in batches."""
    order = [*entries, *random.sample(list(entries), len(entries) // 3)]
    random.shuffle(order)
    places = sorted(random.choices(range(len(order) + 1), k=3))
    return [
        order[start:end] for start, end in zip([0, *places], [*places, len(order)], strict=True)
    ]


# -- what it ought to be, said plainly --------------------------------------------------


def plainly(messages: Sequence[Message]) -> Facts:
    """Of every cell what its newest message wrote, unless its record was deleted since."""
    cells: dict[tuple[str, Any], tuple[Any, list[Row]]] = {}
    deleted: dict[tuple[str, str], tuple[Any, Row]] = {}
    for message in messages:
        made = entry(message)
        tie = -(int.from_bytes(made.digest[:8]) >> 1)
        for name, told in message["records"].items():
            table = TABLES[name]
            for row in told if name == "deletions" else ():
                at = datetime.fromisoformat(row.get("deleted_at", message["at"]))
                key = row["kind"], row["record_id"]
                if key not in deleted or deleted[key][0] < (at, tie):
                    deleted[key] = (at, tie), row
            if name == "deletions":
                continue
            version = datetime.fromisoformat(message["at"]), tie
            owners = [*told, *message["records"].get(table.part_of, [])]
            for owner in {tuple(each[key] for key in table.owner) for each in owners}:
                mine = [each for each in told if _owner(name, each) == owner]
                kept = mine[-1:] if table.one_row_each else mine
                if (name, owner) not in cells or cells[name, owner][0] < version:
                    cells[name, owner] = version, kept
    found: dict[str, list[Row]] = {name: [] for name in TABLES}
    for (name, owner), (version, kept) in cells.items():
        gone = deleted.get((_kind(name), owner[0]))
        if gone is None or gone[0] < version:
            found[name] += kept
    for (kind, id), (version, row) in deleted.items():
        later = [
            cell[0]
            for (name, owner), cell in cells.items()
            if name == DELETABLE[kind].name and owner[0] == id and cell[0] > version
        ]
        if not later:
            found["deletions"].append(row)
    return {name: _canonical(name, rows) for name, rows in found.items()}


def _owner(name: str, row: Row) -> tuple[Any, ...]:
    return tuple(row[key] for key in TABLES[name].owner)


def _kind(name: str) -> str:
    owner = TABLES[name].part_of or name
    return next(kind for kind, table in DELETABLE.items() if table.name == owner)


def _canonical(name: str, rows: list[Row]) -> list[tuple[Any, ...]]:
    table: pa.Table = canonical({name: rows}, "shop", LONDON)[name]
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


@some
@given(st.lists(MESSAGE, max_size=8), st.randoms(use_true_random=False))
def test_any_order_gives_what_a_plain_reading_gives(
    messages: list[Message], random: Random
) -> None:
    """ING-12, ING-13: shuffled, repeated and cut into batches, messages make the same facts:
    the newest of each record, in one moment that with the larger hash."""
    with facts_of(cut([entry(each) for each in messages], random)) as facts:
        assert held(facts) == plainly(messages)


# -- with all that is worked out of them ------------------------------------------------

# Whose address it is is forgotten with who is erased, so guests have that of somebody else.
GUEST = st.builds(
    lambda id: (
        {"order_id": id, "guest": True, "email_key": "g@shop.test"}
        | {"ordered_at": "2026-05-01", "paid": 3}
    ),
    st.sampled_from("bc"),
)
ACCOUNT = st.just({"customer_id": "g", "email": "g@shop.test"})
DELETED = st.just({"kind": "customer", "record_id": "g"})
MERGE = st.just({"customer_id": "a", "merged_into": "b"})
ERASED = st.just({"kind": "customer", "record_id": "a", "erased": True})
MORE = st.one_of(
    SAID,
    st.fixed_dictionaries({"orders": rows(GUEST)}),
    st.fixed_dictionaries({"customer_merges": rows(MERGE)}),
    st.fixed_dictionaries({"customers": rows(ACCOUNT)}),
    st.fixed_dictionaries({"deletions": rows(DELETED | ERASED)}),
)


@some
@given(
    st.lists(
        st.builds(lambda each, records: each | {"records": records}, MESSAGE, MORE), max_size=8
    ),
    st.randoms(use_true_random=False),
)
def test_any_order_gives_the_same_people(messages: list[Message], random: Random) -> None:
    """Guests, merged profiles and people erased too."""
    entries = [entry(each) for each in messages]
    with facts_of([entries]) as one, facts_of(cut(entries, random)) as other:
        assert held(one) == held(other)
        assert one.survivors() == other.survivors()


def at(hour: int, **records: list[Row]) -> Entry:
    """A message about an hour."""
    return entry({"at": (START + timedelta(hours=hour)).isoformat(), "records": records})


ORDERED = {"order_id": "1", "ordered_at": "2026-05-01"}
V1 = at(1, orders=[ORDERED | {"paid": 1}], order_lines=[{"order_id": "1", "line_number": 1}])
V2 = at(2, orders=[ORDERED | {"paid": 2}], order_lines=[])
V3 = at(3, orders=[ORDERED | {"paid": 3, "state": "REFUNDED"}])


@pytest.mark.parametrize("order", list(permutations([V1, V2, V3])))
def test_updates_before_what_they_update(order: tuple[Entry, ...]) -> None:
    """ING-12: all six orders of three states of an order end in the third, without the lines
    that the second took away."""
    with facts_of([[each] for each in order]) as facts:
        found = held(facts)
        assert [row[6:10] for row in found["orders"]] == [("REFUNDED", True, None, None)]
        assert [row[10] for row in found["orders"]] == [30_000]
        assert found["order_lines"] == []


def test_who_was_erased_stays_so() -> None:
    """A later deletion that is none by request takes nothing of it back, in a batch or apart."""
    gone = {"kind": "customer", "record_id": "a"}
    erased, deleted = at(1, deletions=[gone | {"erased": True}]), at(2, deletions=[gone])
    back = at(3, customers=[{"customer_id": "a", "email": "a@shop.test"}])
    for batches in permutations([erased, deleted, back]):
        with facts_of([batches]) as together, facts_of([[each] for each in batches]) as apart:
            assert held(together) == held(apart)
            assert [row[3] for row in held(apart)["deletions"]] == [True]
            assert held(apart)["customers"] == []


@pytest.mark.parametrize("hour", [1, 3])
@pytest.mark.parametrize("import_first", [True, False])
def test_an_import_is_of_its_moment(hour: int, import_first: bool) -> None:
    """A message from before an import changes nothing it brought, also the parts it says there
    are none of, and one from after it holds, whichever comes first."""
    tables = canonical({"orders": [ORDERED | {"paid": 9}], "order_lines": []}, "shop", LONDON)
    imported = [Arrival(tables, Version(START + timedelta(hours=2), 1))]
    line = {"order_id": "1", "line_number": 1}
    told = arrivals(
        written([at(hour, orders=[ORDERED | {"paid": hour}], order_lines=[line])], 1), NOW
    )
    again = arrivals(written([at(1, order_lines=[line]), V1], 2), NOW)
    facts = FactsDb(None)
    for position, each in enumerate(
        [imported, told, again] if import_first else [told, imported, again], 1
    ):
        facts.take(each, position)
    found = held(facts)
    facts.close()
    assert [row[10] for row in found["orders"]] == [90_000 if hour == 1 else 30_000]
    assert len(found["order_lines"]) == (hour == 3)
