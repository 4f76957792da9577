"""What DuckDB fails at in itself, or finds no room for, costs no answer and no facts."""

from __future__ import annotations

import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

import segmentry as sg
from segmentry.facts.tables import ORDERS
from segmentry.storage import facts_db
from segmentry.storage.connecting import connect

RECORDS = {
    "customers": [{"customer_id": "ann"}, {"customer_id": "bob"}],
    "orders": [{"order_id": 1, "customer_id": "ann", "ordered_at": "2024-05-01", "paid": 10}],
    "customer_tags": [{"customer_id": "bob", "tag": "new"}],
}


class Failing:
    """A connection that fails at a statement, and like DuckDB at every one after it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, fails: Callable[[str], None]):
        self._connection = connection
        self._fails = fails
        self._broken: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _do(self, name: str, statement: str, *values: Any, **named: Any) -> Any:
        try:
            if self._broken is None:
                self._fails(statement)
        except duckdb.Error as error:
            self._broken = error
        if self._broken is not None:
            raise type(self._broken)(str(self._broken))
        return getattr(self._connection, name)(statement, *values, **named)

    def cursor(self) -> Failing:
        """Another that fails."""
        return Failing(self._connection.cursor(), self._fails)

    def execute(self, statement: str, *values: Any) -> Any:
        """Fail or execute."""
        return self._do("execute", statement, *values)

    def sql(self, statement: str, **values: Any) -> Any:
        """Fail or ask."""
        return self._do("sql", statement, **values)


class Failpoint:
    """Fails `times` at a statement that contains `at`; counts the connections made."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at, self.times, self.made = "", 0, 0
        self.kind: type[Exception] = duckdb.InternalException
        patch.setattr(facts_db, "connect", self._connect)

    def set(self, at: str, times: int, kind: type[Exception] = duckdb.InternalException) -> None:
        """Fail from now on."""
        self.at, self.times, self.made, self.kind = at, times, 0, kind

    def _connect(self, path: Path | None) -> Failing:
        self.made += 1
        return Failing(connect(path), self._fails)

    def _fails(self, statement: str) -> None:
        if self.times and self.at in statement:
            self.times -= 1
            raise self.kind("INTERNAL Error: Attempted to access index 3 within vector of size 3")


@pytest.fixture
def failpoint(monkeypatch: pytest.MonkeyPatch) -> Failpoint:
    """One that is not set yet."""
    return Failpoint(monkeypatch)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace's folder, to be copied."""
    folder = tmp_path_factory.mktemp("facts") / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as made:
        made.load(RECORDS, source="shop")
    return folder


@pytest.fixture
def store(shop: Path, tmp_path: Path, failpoint: Failpoint) -> Iterator[sg.Workspace]:
    """A workspace in a folder, that nothing was asked of yet."""
    shutil.copytree(shop, tmp_path / "shop")
    with sg.Workspace.open(tmp_path / "shop") as opened:
        yield opened


ASKED: dict[str, Callable[[sg.Workspace], Any]] = {
    "a table": lambda store: store.facts("orders").num_rows,
    "counts": lambda store: store.row_counts()["customers"],
    "a query": lambda store: store.query("customer_tags CONTAINS 'new'").ids,
    "why": lambda store: store.why("number_of_orders = 1", "ann").inside,
    "values": lambda store: store.suggest_values("customer_tags"),
    "presets": lambda store: [each.preset.id for each in store.presets()],
    "some people": lambda store: store._stores.facts.of(["shop:ann"]).read(ORDERS).num_rows,
    "beside": lambda store: store._stores.facts.beside().position,
    "drift": lambda store: store.drift(),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_read_that_failed_is_done_again(
    store: sg.Workspace, failpoint: Failpoint, what: str
) -> None:
    """ENG-04: the file is opened anew and the same asked once more; nobody sees an error."""
    failpoint.set("SELECT", 1)
    found = ASKED[what](store)
    assert (failpoint.times, failpoint.made) == (0, 1), "it failed, and was opened once"
    assert found == ASKED[what](store)


def test_a_read_that_fails_twice_says_what_to_do(store: sg.Workspace, failpoint: Failpoint) -> None:
    """ENG-04: once more and no oftener; afterwards the workspace can be asked again."""
    failpoint.set("SELECT", 2, duckdb.FatalException)
    with pytest.raises(sg.WorkspaceError, match=r"facts\.duckdb cannot be read.*rebuild"):
        store.row_counts()
    assert failpoint.made == 1
    assert store.row_counts()["customers"] == 2


def test_what_was_in_memory_is_said_to_be_lost(failpoint: Failpoint) -> None:
    """ENG-04: there is no file to open anew."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.load(RECORDS, source="shop")
        failpoint.set("SELECT", 1)
        with pytest.raises(sg.WorkspaceError, match="in memory and are lost"):
            store.row_counts()


@pytest.mark.parametrize("at", ["DELETE", "INSERT", "COMMIT"])
def test_a_write_that_failed_can_be_done_again(
    store: sg.Workspace, failpoint: Failpoint, at: str
) -> None:
    """ENG-04: it fails whole, and is not tried again by itself; the same import completes it."""
    more = {"customers": [{"customer_id": "cid"}]}
    failpoint.set(at, 1, duckdb.FatalException)
    with pytest.raises(sg.WorkspaceError, match=r"could not be written.*do the same again"):
        store.load(more, source="shop")
    assert store.query("number_of_orders = 0").ids == ("bob",)
    assert store.load(more, source="shop").again
    assert store.query("number_of_orders = 0").ids == ("bob", "cid")
    assert store.drift() == []


def test_a_commit_without_room_can_be_done_again(store: sg.Workspace) -> None:
    """ENG-04: where the disk takes no more, the facts are those of before, and once there is
    room the same import completes them."""
    many = {"customers": [{"customer_id": f"{n * 7919 % 99991:x}{n}"} for n in range(20_000)]}
    with _files_of_at_most(200_000):
        with pytest.raises(sg.WorkspaceError, match=r"could not be written: .*too large"):
            store.load(many, source="shop")
        assert store.row_counts()["customers"] == 2
    assert store.load(many, source="shop").again
    assert store.row_counts()["customers"] == 20_002


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """While no file can grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
