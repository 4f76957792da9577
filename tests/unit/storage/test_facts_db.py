"""The facts: how a batch replaces what was there, and what is said when that cannot be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from segmentry.base.errors import WorkspaceError
from segmentry.facts.tables import (
    CONSENTS,
    CUSTOMER_TAGS,
    CUSTOMERS,
    DELETIONS,
    ORDER_LINES,
    ORDERS,
    REFUNDS,
    TABLES,
    Table,
)
from segmentry.storage.connecting import connect
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.versions import AT, TIE

JULY = datetime(2024, 7, 1, tzinfo=UTC)


@pytest.fixture
def facts() -> Iterator[FactsDb]:
    """Facts in memory."""
    facts = FactsDb(None)
    yield facts
    facts.close()


def rows(table: Table, *given: dict[str, Any]) -> pa.Table:
    """Rows of a table; a column that is not given is empty."""
    names = [column.name for column in table.columns]
    whole = [{name: row.get(name) for name in names} for row in given]
    return pa.Table.from_pylist(whole, schema=table.schema)


def customers(*names: str, **others: Any) -> pa.Table:
    """Customers with these ids."""
    return rows(CUSTOMERS, *({"customer_id": f"s:{name}", **others} for name in names))


def orders(*numbers: int, **others: Any) -> pa.Table:
    """Paid orders with these ids."""
    paid = {"ordered_at": JULY, "state": "PAID", "placed": True, **others}
    return rows(ORDERS, *({"order_id": f"s:{number}", **paid} for number in numbers))


def lines(*given: tuple[int, int]) -> pa.Table:
    """Lines, each an order's number and its own."""
    line = {"kind": "PRODUCT", "quantity": 1}
    return rows(
        ORDER_LINES,
        *({"order_id": f"s:{order}", "line_number": number, **line} for order, number in given),
    )


def tags(*given: tuple[str, str]) -> pa.Table:
    """Customers' tags."""
    return rows(CUSTOMER_TAGS, *({"customer_id": f"s:{who}", "tag": tag} for who, tag in given))


def held(facts: FactsDb, table: Table, *columns: str) -> set[tuple[Any, ...]]:
    """What a table holds in these columns; every row must be different in them."""
    read = [tuple(row[name] for name in columns) for row in facts.read(table).to_pylist()]
    assert len(read) == len(set(read))
    return set(read)


# -- replacing --------------------------------------------------------------------------


def test_record_replaces_the_one_with_its_key(facts: FactsDb) -> None:
    """Wholly: what the later one leaves empty is empty. Others stay."""
    facts.apply({"customers": customers("ann", "bob", name="Old", note="note")}, 1)
    facts.apply({"customers": customers("ann", "cid", name="New")}, 2)
    assert held(facts, CUSTOMERS, "customer_id", "name", "note") == {
        ("s:ann", "New", None),
        ("s:bob", "Old", "note"),
        ("s:cid", "New", None),
    }


@pytest.mark.parametrize("first", ["orders", "order_lines"])
def test_order_that_arrives_again_brings_its_lines_anew(facts: FactsDb, first: str) -> None:
    """In whichever order the batch names the tables; other orders keep theirs."""
    facts.apply({"orders": orders(1, 2), "order_lines": lines((1, 1), (1, 2), (2, 1))}, 1)
    batch = {"orders": orders(1), "order_lines": lines((1, 3))}
    names = sorted(batch, key=lambda name: name != first)
    facts.apply({name: batch[name] for name in names}, 2)
    assert held(facts, ORDER_LINES, "order_id", "line_number") == {("s:1", 3), ("s:2", 1)}


def test_owner_without_parts_in_the_batch_has_none_left(facts: FactsDb) -> None:
    """A customer whose last tag was taken off arrives with an empty table of tags."""
    facts.apply({"customers": customers("ann", "bob"), "customer_tags": tags(("ann", "a"))}, 1)
    facts.apply({"customers": customers("ann"), "customer_tags": tags()}, 2)
    assert held(facts, CUSTOMER_TAGS, "tag") == set()


def test_owner_of_a_batch_that_does_not_speak_of_parts_keeps_them(facts: FactsDb) -> None:
    """A source that has no tags says nothing about them."""
    facts.apply({"customers": customers("ann"), "customer_tags": tags(("ann", "a"))}, 1)
    facts.apply({"customers": customers("ann")}, 2)
    assert held(facts, CUSTOMER_TAGS, "tag") == {("a",)}


def test_parts_alone_replace_those_of_their_owner(facts: FactsDb) -> None:
    """Tags can arrive without the customer; those of others stay."""
    batch = {
        "customers": customers("ann", "bob"),
        "customer_tags": tags(("ann", "a"), ("ann", "b"), ("bob", "b")),
    }
    facts.apply(batch, 1)
    facts.apply({"customer_tags": tags(("ann", "c"), ("ann", "d"))}, 2)
    assert held(facts, CUSTOMER_TAGS, "customer_id", "tag") == {
        ("s:ann", "c"),
        ("s:ann", "d"),
        ("s:bob", "b"),
    }
    assert facts.count(CUSTOMERS) == 2


def test_refund_of_several_lines_is_replaced_as_a_whole(facts: FactsDb) -> None:
    """One refund has a row for each line."""
    old = [{"refund_id": "s:r", "line_number": number, "amount": 1} for number in (1, 2)]
    facts.apply({"refunds": rows(REFUNDS, *old)}, 1)
    facts.apply({"refunds": rows(REFUNDS, {"refund_id": "s:r", "line_number": 3, "amount": 1})}, 2)
    assert held(facts, REFUNDS, "refund_id", "line_number") == {("s:r", 3)}


def test_every_part_of_a_key_counts(facts: FactsDb) -> None:
    """An act of consent replaces none but itself: of two states at one moment both were said."""
    act = {"customer_id": "s:a", "channel": "EMAIL", "address_key": "a@x", "state": "PENDING"}
    later = {**act, "acted_at": datetime(2024, 7, 2, tzinfo=UTC)}
    facts.apply({"consents": rows(CONSENTS, {**act, "acted_at": JULY}, later)}, 1)
    facts.apply({"consents": rows(CONSENTS, later, {**later, "state": "SUBSCRIBED"})}, 2)
    assert facts.count(CONSENTS) == 3
    assert held(facts, CONSENTS, "acted_at", "state") == {
        (JULY, "PENDING"),
        (later["acted_at"], "PENDING"),
        (later["acted_at"], "SUBSCRIBED"),
    }


def test_same_ids_of_two_sources_are_two_records(facts: FactsDb) -> None:
    """The source is part of the key."""
    facts.apply({"customers": customers("ann")}, 1)
    facts.apply({"customers": rows(CUSTOMERS, {"customer_id": "t:ann"})}, 2)
    assert facts.count(CUSTOMERS) == 2
    assert facts.sources() == {"s", "t"}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_keeps_its_types(facts: FactsDb, name: str) -> None:
    """Without a row in it too."""
    assert facts.read(TABLES[name]).schema.equals(TABLES[name].schema)
    assert facts.count(TABLES[name]) == 0


# -- all or nothing ---------------------------------------------------------------------


def test_position_is_that_of_the_last_batch(facts: FactsDb) -> None:
    """None before the first."""
    assert facts.position == 0
    facts.apply({"customers": customers("ann")}, 3)
    facts.apply({}, 7)
    assert facts.position == 7


def test_batch_that_fails_changes_nothing(facts: FactsDb) -> None:
    """Its first table goes in, its second is refused: neither is there, and work goes on."""
    facts.apply({"customers": customers("ann", name="Old"), "orders": orders(1)}, 1)
    unplaced = orders(2).set_column(0, "order_id", pa.array([None], pa.string()))
    batch = {"customers": customers("ann", "bob", name="New"), "orders": unplaced}
    with pytest.raises(duckdb.ConstraintException):
        facts.apply(batch, 2)
    assert facts.position == 1
    assert held(facts, CUSTOMERS, "customer_id", "name") == {("s:ann", "Old")}
    assert held(facts, ORDERS, "order_id") == {("s:1",)}
    facts.apply({"customers": customers("bob")}, 2)
    assert held(facts, CUSTOMERS, "customer_id") == {("s:ann",), ("s:bob",)}


def test_closed_and_opened_again_it_is_the_same(tmp_path: Path) -> None:
    """Facts and position are in the file."""
    one = FactsDb(tmp_path / "facts.duckdb")
    one.apply({"customers": customers("ann")}, 5)
    one.close()
    other = FactsDb(tmp_path / "facts.duckdb")
    assert (other.position, other.count(CUSTOMERS)) == (5, 1)
    other.close()


def test_facts_from_before_records_had_versions(tmp_path: Path) -> None:
    """Are the oldest: whatever arrives takes their place, and who was erased stays so."""
    path = tmp_path / "facts.duckdb"
    old = FactsDb(path)
    gone = {"kind": "customer", "record_id": "s:bob", "erased": True}
    batch = {"customers": customers("ann", name="Old"), "deletions": rows(DELETIONS, gone)}
    old.apply(batch, 1)
    for table in TABLES:
        for column in (AT, TIE):
            old._connection.execute(f'ALTER TABLE "{table}" DROP COLUMN {column}')
    for table in ("gone", "touched_from"):
        old._connection.execute(f"DROP TABLE {table}")
    old._connection.execute("ALTER TABLE touched DROP COLUMN triggers")
    old.close()
    new = FactsDb(path)
    new.apply({"customers": customers("ann", "bob", name="New")}, 2)
    assert held(new, CUSTOMERS, "customer_id", "name") == {("s:ann", "New")}
    touched = new.touched_since(1)
    assert touched is not None
    assert touched.everybody == {"s:ann"}
    new.close()


@pytest.mark.parametrize("older", ["DROP TABLE format", "UPDATE format SET number = 0"])
def test_facts_of_an_older_format_are_forgotten(tmp_path: Path, older: str) -> None:
    """OPS-06: position and all, so that the same batch is applied again, to today's tables."""
    path = tmp_path / "facts.duckdb"
    batch = {"customers": customers("ann"), "orders": orders(1, customer_id="s:ann")}
    with closing(FactsDb(path)) as facts:
        facts.apply(batch, 1)
    with closing(connect(path)) as old:
        old.execute("ALTER TABLE customers DROP COLUMN email")
        old.execute(older)
    with closing(FactsDb(path)) as facts:
        assert facts.position == 0
        assert {name: facts.count(table) for name, table in TABLES.items()} == dict.fromkeys(
            TABLES, 0
        )
        facts.apply(batch, 1)
        assert (facts.position, facts.count(CUSTOMERS), facts.count(ORDERS)) == (1, 1, 1)


def test_facts_of_a_newer_format_are_refused_and_left_alone(tmp_path: Path) -> None:
    """OPS-07: an older program must not write where it does not know the tables."""
    path = tmp_path / "facts.duckdb"
    FactsDb(path).close()
    with closing(connect(path)) as newer:
        newer.execute("UPDATE format SET number = 99")
    with pytest.raises(WorkspaceError, match=r"newer Segmentry.*format 99.*Upgrade"):
        FactsDb(path)
    with closing(connect(path)) as newer:
        assert newer.execute("FROM format").fetchall() == [(99,)]


def test_a_copy_has_the_same_facts(tmp_path: Path, facts: FactsDb) -> None:
    """By the hash of every table; the one that is copied goes on."""
    facts.apply({"customers": customers("ann", "bob")}, 3)
    said = facts.copy_to(tmp_path / "it's a copy.duckdb")
    with closing(FactsDb(tmp_path / "it's a copy.duckdb")) as copy:
        assert (copy.position, copy.version) == (3, facts.version)
        assert {each.table: each.hash for each in copy.hashes()} == said
    facts.apply({"customers": customers("cid")}, 4)
    changed = {each.table for each in facts.hashes() if each.hash != said[each.table]}
    assert changed == {"customers"}


# -- asking -----------------------------------------------------------------------------


def test_holds_a_row_of_any_kind(facts: FactsDb) -> None:
    """Without columns any row will do."""
    assert not facts.holds(CUSTOMERS)
    facts.apply({"customers": customers("ann")}, 1)
    assert facts.holds(CUSTOMERS)


def test_holds_a_value_in_one_of_several_columns(facts: FactsDb) -> None:
    """An empty column is not held."""
    facts.apply({"customers": customers("ann", phone="+441632960000")}, 1)
    assert facts.holds(CUSTOMERS, ("phone",))
    assert facts.holds(CUSTOMERS, ("email", "phone"))
    assert not facts.holds(CUSTOMERS, ("email", "name"))


def test_holds_a_value_where_another_column_has_one(facts: FactsDb) -> None:
    """Both in the same row; quotes in the value are only quotes."""
    facts.apply({"customers": customers("ann", name="O'Hara", email="o@x.test")}, 1)
    facts.apply({"customers": customers("bob", name="Bob")}, 2)
    assert facts.holds(CUSTOMERS, ("email",), ("name", "O'Hara"))
    assert not facts.holds(CUSTOMERS, ("email",), ("name", "Bob"))
    assert not facts.holds(CUSTOMERS, (), ("name", "' OR true --"))


@pytest.mark.parametrize(
    "ask",
    [
        lambda facts: facts.position,
        lambda facts: facts.count(CUSTOMERS),
        lambda facts: facts.holds(CUSTOMERS),
        lambda facts: facts.sources(),
        lambda facts: facts.metafield_types(),
    ],
    ids=["position", "count", "holds", "sources", "metafield types"],
)
def test_tables_can_be_read_after_any_question(facts: FactsDb, ask: Any) -> None:
    """An answer that is not read to its end would block the connection."""
    facts.apply({"customers": customers("ann", "bob")}, 1)
    ask(facts)
    assert facts.read(CUSTOMERS).num_rows == 2


# -- files that cannot be used ----------------------------------------------------------

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


def test_second_process_is_told_so(tmp_path: Path) -> None:
    """Which file, and why."""
    path = tmp_path / "facts.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match=r"facts\.duckdb is in use by another process"):
            FactsDb(path)
        other.communicate("\n")
    FactsDb(path).close()


def test_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """The message says that nothing is lost."""
    path = tmp_path / "facts.duckdb"
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(WorkspaceError, match=r"cannot be read.*made anew.*segmentry rebuild"):
        FactsDb(path)


@pytest.mark.parametrize("kept", ["half", "all but zeros"])
def test_damage_found_only_when_read_is_told_apart(tmp_path: Path, kept: str) -> None:
    """The file still opens; reading the damaged rows says what to do."""
    path = tmp_path / "facts.duckdb"
    facts = FactsDb(path)
    # Ids that do not compress, so that most of the file is theirs.
    ids = (sha256(str(each).encode()).hexdigest() for each in range(20_000))
    facts.apply({"customers": customers(*ids)}, 1)
    facts.close()
    data = path.read_bytes()
    third = len(data) // 3
    changed = data[:third] + bytes(third) + data[2 * third :]
    path.write_bytes(data[: len(data) // 2] if kept == "half" else changed)
    with pytest.raises(WorkspaceError, match=r"cannot be read.*made anew.*segmentry rebuild"):
        _read_all(path)


def _read_all(path: Path) -> None:
    facts = FactsDb(path)
    try:
        for table in TABLES.values():
            facts.read(table)
    finally:
        facts.close()
