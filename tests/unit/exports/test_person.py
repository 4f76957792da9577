"""EXP-07: everything about one person, and nothing about another."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.base.errors import UserError
from segmentry.facts.tables import TABLES
from tests.functional.command import run_here
from tests.generative.stores import CUSTOMERS, SOURCE, make_up, opened

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Ann, who was Anna too, beside Bob."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as made:
        made.segments.add("Buyers", "number_of_orders >= 1")
        people = [
            {"customer_id": name, "email": f"{name}@shop.test", "name": name.title()}
            for name in ("ann", "anna", "bob")
        ]
        records = {
            "customers": people,
            "customer_merges": [{"customer_id": "anna", "merged_into": "ann", "merged_at": NOW}],
            "customer_tags": [
                {"customer_id": name, "tag": f"of {name}"} for name in ("ann", "bob")
            ],
            "orders": [
                {"order_id": f"o-{name}", "customer_id": name, "ordered_at": NOW, "paid": 10}
                for name in ("ann", "anna", "bob")
            ],
            "order_lines": [
                {"order_id": f"o-{name}", "line_number": 1, "product_id": f"p-{name}", "amount": 1}
                for name in ("anna", "bob")
            ],
            "refunds": [
                {"refund_id": f"r-{name}", "order_id": f"o-{name}", "refunded_at": NOW, "amount": 1}
                for name in ("ann", "bob")
            ],
            "consents": [
                {"customer_id": name, "channel": "EMAIL", "address_key": f"{name}@shop.test"}
                | {"acted_at": NOW, "state": "SUBSCRIBED", "source": "form"}
                | {"proof": f"box ticked by {name}"}
                for name in ("ann", "bob")
            ],
        }
        made.load(records, source="shop")
    return folder


def test_everything_about_one_and_nothing_about_another(shop: Path) -> None:
    """Profiles merged into them, lines of their orders, consent with its proof, segments and
    when they joined; of somebody else not a word."""
    with sg.Workspace.open(shop) as store:
        found = store.everything_about("ann")
    told = json.dumps(found)
    assert found["segments"] == ["Buyers"]
    assert [row["change"] for row in found["joined_and_left"]] == ["joined"]
    for word in ("Ann", "Anna", "of ann", "o-anna", "p-anna", "r-ann", "box ticked by ann"):
        assert word in told, word
    assert "bob" not in told.casefold()


def test_a_former_id_and_a_file(shop: Path, tmp_path: Path) -> None:
    """The former id leads to the same person; nobody is refused."""
    with sg.Workspace.open(shop) as store:
        records = store.everything_about("ann")["records"]
        with pytest.raises(UserError, match="no customer 'eve'"):
            store.everything_about("eve")
    out = tmp_path / "ann.json"
    ended = run_here("-w", shop, "customer", "export", "anna", "--out", out)
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(out.read_text())["records"] == records
    assert run_here("-w", shop, "customer", "export", "eve").code == 1


@pytest.mark.parametrize("seed", range(12))
def test_every_row_is_somebody_s(seed: int) -> None:
    """Over all customers of a made-up store each row that names one is told once, to them."""
    made = make_up(len(CUSTOMERS), seed)
    with opened(made) as store:
        told: dict[str, int] = {}
        for name in CUSTOMERS:
            for table, rows in _records(store, name).items():
                told[table] = told.get(table, 0) + len(rows)
        survivors = store._stores.facts.survivors()
        for table, count in told.items():
            if "customer_id" in [column.name for column in TABLES[table].columns]:
                rows = store.facts(table).to_pylist()
                own = [row for row in rows if row["customer_id"] in _keys(survivors)]
                assert count >= len(own), table


def _records(store: sg.Workspace, name: str) -> dict[str, list[object]]:
    try:
        return dict(store.everything_about(name)["records"])
    except UserError:
        return {}


def _keys(survivors: dict[str, str]) -> set[str]:
    return {f"{SOURCE}:{name}" for name in CUSTOMERS} | set(survivors)
