"""Files through the front door: the sample store as a flat CSV gives the same segments."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import segmentry as sg
from segmentry.ingest import files
from segmentry.ingest.connectors import online_retail
from segmentry.ingest.connectors.online_retail.export import write_order_lines

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
QUERIES = (
    "number_of_orders >= 10 AND last_order_date < -90d",
    "customer_countries CONTAINS 'FR'",
    "amount_spent > 1000 AND refunded_amount > 0",
    "number_of_orders = 0",
)


@pytest.fixture(scope="module")
def sample() -> online_retail.Mapped:
    """The sample store as the demo loads it."""
    return online_retail.map_lines(online_retail.read())


@pytest.fixture(scope="module")
def flat(sample: online_retail.Mapped, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample store as one CSV of order lines."""
    path = tmp_path_factory.mktemp("flat") / "order_lines.csv"
    lines = sum(sample.tables[name].num_rows for name in ("order_lines", "refunds", "products"))
    assert write_order_lines(sample.tables, path) > lines
    return path


@pytest.fixture(scope="module")
def imported(flat: Path) -> files.FileImport:
    """The CSV as the general importer reads it."""
    plan = files.plan_import([flat], None, LONDON, "GBP")
    assert plan.files[0].mapping.name == "order-lines"
    return files.read_import(plan, online_retail.SOURCE, NOW)


def test_the_flat_csv_gives_the_same_tables(
    sample: online_retail.Mapped, imported: files.FileImport
) -> None:
    """Row for row and cell for cell, customers without orders and loose refunds included."""
    assert imported.report.refused_rows == 0
    for name, table in sample.tables.items():
        assert imported.tables[name].equals(table), name
    assert all(table.num_rows == 0 for table in imported.if_new.values())


def test_the_flat_csv_gives_the_same_segments(
    sample: online_retail.Mapped, imported: files.FileImport
) -> None:
    """The same people answer the same questions."""
    answers = []
    for tables in (sample.tables, imported.tables):
        with sg.Workspace.create(
            None, timezone="Europe/London", currency="GBP", stands_at=date(2011, 12, 9)
        ) as workspace:
            workspace.load(tables, source=online_retail.SOURCE)
            answers.append([workspace.query(query).ids for query in QUERIES])
    assert answers[0] == answers[1]
    assert all(answers[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured where Linux tells")
def test_an_import_fits_in_a_gigabyte(flat: Path) -> None:
    """Over a million lines, measured in a process of its own."""
    program = textwrap.dedent(
        """
        import sys
        from datetime import UTC, datetime
        from zoneinfo import ZoneInfo
        from segmentry.ingest import files
        plan = files.plan_import([sys.argv[1]], None, ZoneInfo("Europe/London"), "GBP")
        files.read_import(plan, "shop", datetime.now(UTC))
        status = open("/proc/self/status").read()
        print(status.partition("VmHWM:")[2].split()[0])
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(flat)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert int(done.stdout) < 1_048_576


def test_progress_is_told_and_ends_at_one(tmp_path: Path) -> None:
    """Shares never go back."""
    path = tmp_path / "o.csv"
    path.write_text("order_id,date,total\n1,2025-01-01,5.00\n")
    told: list[tuple[float, str]] = []
    plan = files.plan_import([path, path], None, LONDON, "GBP")
    files.read_import(plan, "shop", NOW, lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert told[-1] == (1.0, "done")


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_its_orders(
    tmp_path: Path,
) -> None:
    """Loaded through the workspace, the corrected order replaces its lines too."""
    head = "order_id,ordered_at,line_kind,sku,quantity,unit_price,customer_id\n"
    path = tmp_path / "o.csv"
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as workspace:

        def load(text: str) -> None:
            path.write_text(head + text)
            found = files.read_import(
                files.plan_import([path], None, workspace.store.zone, "GBP"), "shop", NOW
            )
            workspace.load({**found.tables, "customers": found.if_new["customers"]}, source="shop")

        old = "1,2025-01-01,PRODUCT,A,1,5.00,a\n1,2025-01-01,PRODUCT,B,1,5.00,a\n"
        load(old)
        before = workspace.facts("orders"), workspace.facts("order_lines")
        load(old)
        assert (workspace.facts("orders"), workspace.facts("order_lines")) == before
        load("1,2025-01-01,PRODUCT,A,2,5.50,a\n")
        assert workspace.facts("orders")["paid"].to_pylist() == [110_000]
        assert workspace.facts("order_lines")["sku"].to_pylist() == ["A"]
        assert workspace.spend() == {"a": 110_000}
