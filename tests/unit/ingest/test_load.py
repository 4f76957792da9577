"""Imports: noted once, applied once, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from segmentry.access.key_file import KeyFile
from segmentry.access.keys import Keys
from segmentry.base.errors import WorkspaceError
from segmentry.erasure.hashes import Hashes
from segmentry.erasure.known import ErasedPeople
from segmentry.facts.tables import CUSTOMERS, PRODUCTS
from segmentry.ingest.load import (
    Caught,
    Loaded,
    Stores,
    anew,
    catch_up,
    imports,
    load,
    put_in_place,
)
from segmentry.storage.app_db import ImportFile, open_app_db
from segmentry.storage.archive import Archive
from segmentry.storage.changes import Changes
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.journal import Journal

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
ONE = datetime(2024, 7, 1, 13, tzinfo=UTC)


@pytest.fixture
def stores() -> Iterator[Stores]:
    """The places, in memory."""
    app, archive = open_app_db(None), Archive(None)
    erased = ErasedPeople(app, Hashes(Keys(app, KeyFile(None))))
    stores = Stores(app, archive, FactsDb(None), Journal(app, archive), erased)
    yield stores
    stores.facts.close()
    stores.app.dispose()


def batch(name: str, *ids: str) -> dict[str, pa.Table]:
    """Customers of one name."""
    rows = [
        {column.name: None for column in CUSTOMERS.columns} | {"customer_id": key, "name": name}
        for key in (ids or ("s:ann",))
    ]
    return {"customers": pa.Table.from_pylist(rows, schema=CUSTOMERS.schema)}


OLD, NEW = batch("Old"), batch("New")
ONE_SAME, ONE_CHANGED = {"customers": Changes(0, 0, 1)}, {"customers": Changes(0, 1, 0)}


def take(
    stores: Stores, tables: Mapping[str, pa.Table], source: str = "s", now: datetime = NOON
) -> Loaded:
    """Import tables."""
    return load(stores, tables, source, '{"lines": 1}', now)


def names(stores: Stores) -> dict[str, str]:
    """The customers' names by id."""
    read = stores.facts.read(CUSTOMERS)
    return dict(
        zip(*(read.column(name).to_pylist() for name in ("customer_id", "name")), strict=True)
    )


def test_import_is_noted_and_applied(stores: Stores) -> None:
    """It says how many rows each table brought."""
    done = take(stores, batch("Ann", "s:ann", "s:bob"))
    assert done == Loaded(1, {"customers": 2}, {"customers": Changes(2, 0, 0)}, again=False)
    assert stores.facts.position == 1
    assert names(stores) == {"s:ann": "Ann", "s:bob": "Ann"}


def test_imports_are_listed_in_order(stores: Stores) -> None:
    """With source, time and the connector's report."""
    take(stores, OLD)
    take(stores, NEW, source="t", now=ONE)
    assert [(each.position, each.source, each.imported_at) for each in imports(stores.app)] == [
        (1, "s", NOON),
        (2, "t", ONE),
    ]
    assert imports(stores.app)[0].report == {"lines": 1}


def test_same_again_changes_nothing(stores: Stores) -> None:
    """However often; the first one's time stays."""
    first = take(stores, OLD)
    for _ in range(2):
        again = take(stores, OLD, now=ONE)
        assert again == Loaded(first.position, first.rows, ONE_SAME, again=True)
    assert [each.imported_at for each in imports(stores.app)] == [NOON]


def test_same_tables_in_another_order_are_the_same(stores: Stores) -> None:
    """A mapping's order means nothing."""
    tables = OLD | {"products": PRODUCTS.schema.empty_table()}
    take(stores, tables)
    assert take(stores, dict(reversed(tables.items()))).again


def test_same_tables_of_another_source_are_another_import(stores: Stores) -> None:
    """What it says about where facts come from differs."""
    take(stores, OLD)
    assert not take(stores, OLD, source="t").again
    assert [each.source for each in imports(stores.app)] == ["s", "t"]


def test_older_file_after_a_newer_one_applies_again(stores: Stores) -> None:
    """The last import wins, even if it was there before: it says how things are now."""
    take(stores, OLD)
    take(stores, NEW)
    assert names(stores) == {"s:ann": "New"}
    assert take(stores, OLD) == Loaded(3, {"customers": 1}, ONE_CHANGED, again=False)
    assert names(stores) == {"s:ann": "Old"}


def test_older_file_twice_after_a_newer_one_is_the_same_again(stores: Stores) -> None:
    """Only the latest import counts for what is the same."""
    for tables in (OLD, NEW, OLD):
        take(stores, tables)
    assert take(stores, OLD) == Loaded(3, {"customers": 1}, ONE_SAME, again=True)
    assert len(imports(stores.app)) == 3


def test_two_files_can_take_turns_for_ever(stores: Stores) -> None:
    """Each is a new import each time."""
    for position, tables in enumerate([OLD, NEW] * 3, start=1):
        assert take(stores, tables).position == position
    assert names(stores) == {"s:ann": "New"}


def test_files_are_archived_once_however_often_they_are_imported(stores: Stores) -> None:
    """The imports of one file point to one place."""
    for tables in (OLD, NEW, OLD):
        take(stores, tables)
    with Session(stores.app) as session:
        places = session.scalar(select(func.count(ImportFile.sha256.distinct())))
    assert places == 2


def test_noted_but_not_applied_is_caught_up(stores: Stores) -> None:
    """In order, and once."""
    take(stores, OLD)
    take(stores, NEW)
    behind = replace(stores, facts=FactsDb(None))
    assert catch_up(behind, NOON).imports == 2
    assert names(behind) == {"s:ann": "New"}
    assert catch_up(behind, NOON) == Caught()
    behind.facts.close()


def rebuild(stores: Stores) -> int:
    """Make the facts anew, in place of those there are."""
    with anew(stores, None, NOON) as made:
        return put_in_place(stores, made, NOON)


def test_rebuild_gives_the_same_facts(stores: Stores) -> None:
    """However things came about."""
    for tables in (OLD, batch("Bob", "s:bob"), NEW, OLD):
        take(stores, tables)
    before = names(stores)
    assert rebuild(stores) == 4
    assert names(stores) == before == {"s:ann": "Old", "s:bob": "Bob"}
    assert stores.facts.position == 4


def test_what_arrives_during_a_rebuild_is_in_it(stores: Stores) -> None:
    """ENG-06: the old facts are asked and changed until the new ones take their place."""
    take(stores, OLD)
    with anew(stores, None, NOON) as made:
        take(stores, NEW)
        take(stores, batch("Bob", "s:bob"))
        before = names(stores)
        assert names(made) == {"s:ann": "Old"}
        assert put_in_place(stores, made, NOON) == 3
    assert names(stores) == before == {"s:ann": "New", "s:bob": "Bob"}
    take(stores, batch("Cid", "s:cid"))
    assert names(stores)["s:cid"] == "Cid"


def test_rebuild_of_nothing(stores: Stores) -> None:
    """A workspace without imports has no facts, before and after."""
    assert rebuild(stores) == 0
    assert stores.facts.position == 0


def test_import_whose_file_is_lost_is_not_skipped(stores: Stores) -> None:
    """Facts without it would be wrong, so there are none of it and none of what follows."""
    take(stores, OLD)
    take(stores, NEW)
    lost = replace(stores, archive=Archive(None), facts=FactsDb(None))
    with pytest.raises(WorkspaceError, match="damaged"):
        catch_up(lost, NOON)
    assert lost.facts.position == 0
    assert lost.facts.count(CUSTOMERS) == 0
    lost.facts.close()


def test_import_that_cannot_be_noted_leaves_no_facts(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First noted, then applied: never facts that no import stands for."""

    def refuse(*words: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("segmentry.ingest.load._note", refuse)
        with pytest.raises(RuntimeError, match="full"):
            take(stores, OLD)
    assert (imports(stores.app), stores.facts.count(CUSTOMERS)) == ([], 0)
    assert not take(stores, OLD).again
