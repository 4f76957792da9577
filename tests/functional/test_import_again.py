"""Files imported a second time: the same, corrected, and after the first was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES
from segmentry.storage.changes import Changes

from .command import environment

FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "order_id,ordered_at,customer_id,email,phone,product_id,quantity,unit_price,refunded\n"
ORDERS = HEAD + (
    "1,2025-01-01,ann,ann@shop.test,,cup,1,5.00,2.00\n"
    "2,2025-01-02,bob,bob@shop.test,,jug,2,5.00,\n"
    "3,2025-01-03,,guest@shop.test,,jug,1,5.00,\n"
)
PEOPLE = "customer_id,email,tags,email_consent\nann,ann@shop.test,vip,yes\nbob,bob@shop.test,,\n"


class Shop:
    """A store in memory that files are imported into; a day passes before each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.now = FIRST_DAY
        self.workspace = sg.Workspace.create(
            None, timezone="Europe/London", currency="GBP", clock=lambda: self.now
        )

    def take(self, *texts: str) -> dict[str, Changes]:
        """Import files of these texts; returns what changed."""
        self.now += timedelta(days=1)
        paths = []
        for text in texts:
            paths.append(
                self._folder / ("orders.csv" if text.startswith("order") else "people.csv")
            )
            paths[-1].write_text(text)
        return dict(self.workspace.import_csv(*paths).changes)

    def members(self, query: str) -> tuple[str, ...]:
        """Who a query is true for."""
        return self.workspace.query(query).ids


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty store."""
    shop = Shop(tmp_path)
    with shop.workspace:
        yield shop


def facts(store: sg.Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """All facts, in no order that matters."""
    return {
        name: sorted((tuple(row.values()) for row in store.facts(name).to_pylist()), key=repr)
        for name in TABLES
    }


# -- the same, and corrected ------------------------------------------------------------


def test_the_same_files_again_change_nothing(shop: Shop) -> None:
    """Not even the day of a consent without a date; also when other files came in between."""
    first = shop.take(ORDERS, PEOPLE)
    assert first["orders"] == Changes(new=3, changed=0, same=0)
    before = facts(shop.workspace)
    for texts in ((ORDERS, PEOPLE), (ORDERS,), (PEOPLE, ORDERS), (ORDERS, PEOPLE)):
        changes = shop.take(*texts)
        assert {(each.new, each.changed) for each in changes.values()} == {(0, 0)}
        assert facts(shop.workspace) == before


def test_a_corrected_file_changes_what_it_corrects(shop: Shop) -> None:
    """One order is counted as changed, its new product as new, the rest as the same."""
    shop.take(ORDERS)
    changes = shop.take(ORDERS.replace("jug,2,5.00", "mug,3,4.00"))
    assert changes["orders"] == Changes(new=0, changed=1, same=2)
    assert changes["products"] == Changes(new=1, changed=0, same=0)
    assert shop.members("amount_spent = 12") == ("bob",)


def test_a_refund_gone_from_a_corrected_file_is_gone(shop: Shop) -> None:
    """An order brings all its refunds as it brings all its lines; the same after a rebuild."""
    shop.take(ORDERS)
    assert shop.members("refunded_amount > 0") == ("ann",)
    changes = shop.take(ORDERS.replace("2.00\n", "\n"))
    assert changes["orders"] == Changes(new=0, changed=1, same=2)
    for _ in range(2):
        assert shop.members("refunded_amount > 0") == ()
        assert shop.members("amount_spent = 5") == ("ann", "guest@shop.test")
        shop.workspace.rebuild()


def test_refunds_stay_where_a_file_does_not_tell_of_any(shop: Shop) -> None:
    """A file without a column for them corrects the orders, not their refunds."""
    shop.take(ORDERS)
    without = "".join(line.rpartition(",")[0] + "\n" for line in ORDERS.splitlines())
    shop.take(without)
    assert shop.members("refunded_amount = 2 AND amount_spent = 3") == ("ann",)


def test_a_dry_run_tells_what_would_change_and_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    """The same counts as the import itself."""
    shop.take(ORDERS)
    path = tmp_path / "corrected.csv"
    path.write_text(ORDERS.replace("cup,1", "cup,2"))
    before = facts(shop.workspace)
    told = shop.workspace.import_csv(path, dry_run=True)
    assert told.loaded is None
    assert facts(shop.workspace) == before
    assert shop.workspace.import_csv(path).changes == told.changes
    assert told.changes["orders"] == Changes(0, 1, 2)


# -- killed -----------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
import segmentry as sg
until = float(sys.argv[1])
def told(share, what):
    if share >= until:
        os.kill(os.getpid(), signal.SIGKILL)
with sg.Workspace.open(sys.argv[2]) as store:
    store.import_csv(*sys.argv[3:], progress=told)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of orders and customers, made up, that are read in several batches."""
    folder = tmp_path_factory.mktemp("large")
    orders, people = folder / "orders.csv", folder / "people.csv"
    rows = [
        f"{n // 2},2025-02-{n // 2 % 28 + 1:02},{n // 2 % 700},,,p{n % 90},{n % 5 + 1},3.50,\n"
        for n in range(20_000)
    ]
    orders.write_text(HEAD + "".join(rows))
    people.write_text(
        "customer_id,email,tags\n" + "".join(f"{n},c{n}@shop.test,t{n % 9}\n" for n in range(700))
    )
    return orders, people


def make(folder: Path) -> Path:
    """An empty store in a folder."""
    sg.Workspace.create(folder, timezone="Europe/London", currency="GBP").close()
    return folder


@pytest.fixture(scope="module")
def clean(large: tuple[Path, Path]) -> dict[str, list[tuple[Any, ...]]]:
    """The facts after one import that was not killed."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        assert store.import_csv(*large).report.refused_rows == 0
        return facts(store)


@pytest.mark.parametrize("share", [0.01, 0.75, 0.99])
def test_an_import_killed_and_done_again_equals_one_clean_run(
    tmp_path: Path,
    large: tuple[Path, Path],
    clean: dict[str, list[tuple[Any, ...]]],
    share: float,
) -> None:
    """Whatever the share that was done: nothing is there before all of it is."""
    folder = make(tmp_path / "shop")
    import_killed(folder, large, share)
    with sg.Workspace.open(folder) as store:
        assert facts(store) == (clean if share > 0.75 else facts_of_nothing())
        again = store.import_csv(*large)
        assert again.loaded is not None
        assert again.loaded.again == (share > 0.75)
        assert facts(store) == clean
        assert len(store.imports()) == store.rebuild() == 1
        assert facts(store) == clean


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_records_loaded_between_a_killed_import_and_its_repetition_stay(
    tmp_path: Path, large: tuple[Path, Path], share: float
) -> None:
    """The same facts as loaded and imported once each, also after a rebuild."""
    records = {
        "customers": [{"customer_id": "1", "name": "Between"}, {"customer_id": "new"}],
        "orders": [{"order_id": "between", "customer_id": "new", "ordered_at": "2025-01-01"}],
    }
    folder = make(tmp_path / "shop")
    import_killed(folder, large, share)
    with (
        sg.Workspace.open(folder) as store,
        sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as whole,
    ):
        for each in (store, whole):
            each.load(records, source="shop")
            each.import_csv(*large)
        assert facts(store) == facts(whole)
        assert len(facts(store)["orders"]) == 10_001
        assert len(store.imports()) == store.rebuild() == (2 if share == 0.5 else 3)
        assert facts(store) == facts(whole)


def import_killed(folder: Path, paths: tuple[Path, Path], share: float) -> None:
    """Import files into a store in a process that kills itself at a share of the work."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(share), folder, *paths],
        env=environment(),
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL


def facts_of_nothing() -> dict[str, list[tuple[Any, ...]]]:
    """The facts of an empty store."""
    return {name: [] for name in TABLES}
