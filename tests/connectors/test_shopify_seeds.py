"""A synced Shopify store's tables, read by mappings written for them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

import segmentry as sg

SEEDS = Path(__file__).with_name("shopify_seeds")
LINES = ("product_id", "variant_id", "sku", "title", "quantity", "price")


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (SEEDS / f"shopify_{name}_data.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders and lines, two tables there, as one file with a row a line."""
    lines = {row["order_id"]: row for row in seed("order_line")}
    path = tmp_path_factory.mktemp("seeds") / "orders.csv"
    rows = seed("order")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], *(f"line_{name}" for name in LINES)])
        writer.writeheader()
        for row in rows:
            line = lines.get(row["id"], {})
            writer.writerow(row | {f"line_{name}": line.get(name, "") for name in LINES})
    return path


@pytest.fixture(scope="module")
def store(orders: Path) -> Iterator[sg.Workspace]:
    """The store the seeds are of."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        files = {
            "customers": SEEDS / "shopify_customer_data.csv",
            "products": SEEDS / "shopify_product_data.csv",
            "orders": orders,
        }
        for name, path in files.items():
            done = store.import_csv(path, mapping=SEEDS / f"{name}.toml", source="shopify")
            assert done.report.refused_rows == 0
        yield store


def test_every_row_is_a_record(store: sg.Workspace) -> None:
    """Those who only ordered are customers too."""
    counts = {name: store.row_counts()[name] for name in ("orders", "order_lines", "products")}
    assert counts == {
        "orders": len(seed("order")),
        "order_lines": len(seed("order_line")),
        "products": len(seed("product")),
    }
    known = {row["id"] for row in seed("customer")} | {row["customer_id"] for row in seed("order")}
    assert set(store.query("number_of_orders >= 0").ids) == known


def test_what_the_platform_counted_is_what_the_orders_come_to(store: sg.Workspace) -> None:
    """Its own counters stand in the customers' rows and are not read."""
    for row in seed("customer"):
        query = f"number_of_orders = {row['orders_count']} AND amount_spent = {row['total_spent']}"
        assert row["id"] in store.query(query).ids


@pytest.mark.parametrize(
    ("query", "members"),
    [
        ("products_purchased MATCHES (id = '4526236893281')", ("3584045351009",)),
        # An address that is a hash is no address, so that nobody can have agreed to mail there.
        ("email_subscription_status = 'SUBSCRIBED'", ()),
        ("customer_account_status = 'INVITED'", ("3589760876641",)),
        ("customer_added_date = 2020-09-09", ("3584045351009",)),
        ("orders_placed MATCHES (channel = 'app')", ("3589760876641",)),
    ],
)
def test_questions_about_them(store: sg.Workspace, query: str, members: tuple[str, ...]) -> None:
    """Products, consent, account, days in the store's zone, channel."""
    assert store.query(query).ids == members


def test_orders_in_another_currency_count_without_an_amount(store: sg.Workspace) -> None:
    """The store keeps pounds; nobody's dollars are taken for them."""
    buyers = store.query("orders_placed MATCHES (currency = 'USD')").ids
    assert len(buyers) == sum(row["currency"] == "USD" for row in seed("order")) == 5
    assert store.query("number_of_orders = 1 AND amount_spent = 0").ids == buyers
