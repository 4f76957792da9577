"""What is made up over the sample store: the same for everybody, in time, and named so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import segmentry as sg
from segmentry.facts.tables import TABLES
from segmentry.ingest.connectors.synthetic import SOURCE, overlay
from segmentry.sample import sample_store
from tests.functional.sample_store import Demo

MADE_UP = ("consents", "events", "checkouts", "checkout_lines")
REAL = ("customers", "orders", "order_lines", "products")


@dataclass(frozen=True, slots=True)
class Stores:
    """The sample store with what is made up, and without it."""

    whole: sg.Workspace
    real: sg.Workspace
    tables: dict[str, pa.Table]


@pytest.fixture(scope="module")
def stores(demo: Demo) -> Iterator[Stores]:
    """Both, made once."""
    with sample_store() as real, sg.Workspace.open(demo.folder) as whole:
        yield Stores(whole, real, {name: real.facts(name) for name in REAL})


def test_no_real_record_is_changed(stores: Stores) -> None:
    """Orders, lines, refunds and products are what they were; customers have addresses now."""
    for name in TABLES:
        if name not in (*MADE_UP, "customers"):
            assert stores.whole.facts(name).equals(stores.real.facts(name)), name
    addresses = ["email", "email_key", "phone"]
    profiles = [
        each.facts("customers").drop_columns(addresses).sort_by("customer_id")
        for each in (stores.whole, stores.real)
    ]
    assert profiles[0].equals(profiles[1])


def test_money_and_rfm_are_as_before(stores: Stores) -> None:
    """For every customer."""
    assert stores.whole.spend() == stores.real.spend()
    for name in ("rfm_group", "number_of_orders", "amount_spent", "last_order_date"):
        assert stores.whole.values(name) == stores.real.values(name)


def test_one_seed_makes_one_store(stores: Stores) -> None:
    """Again the same, whatever the order of the rows it is made over; another seed another."""
    first = overlay(stores.tables)
    turned = {
        name: table.take(pa.array(range(table.num_rows - 1, -1, -1)))
        for name, table in stores.tables.items()
    }
    again, other = overlay(turned), overlay(stores.tables, seed=1)
    for name in MADE_UP:
        assert again[name].equals(first[name]), name
        assert not other[name].equals(first[name]), name
        assert stores.whole.facts(name).num_rows == first[name].num_rows


def test_everything_made_up_is_named_so(stores: Stores) -> None:
    """By its source; addresses lead nowhere."""
    for name, column in (("events", "event_id"), ("checkouts", "checkout_id")):
        ids = stores.whole.facts(name)[column]
        assert pc.all(pc.starts_with(ids, f"{SOURCE}:")).as_py()
        assert len(pc.unique(ids)) == len(ids)
    assert pc.unique(stores.whole.facts("consents")["source"]).to_pylist() == [SOURCE]
    profiles = stores.whole.facts("customers")
    assert pc.all(pc.ends_with(profiles["email"], "@synthetic.example")).as_py()
    phones = profiles["phone"].drop_null()
    assert pc.all(pc.match_substring_regex(phones, r"^\+447700900\d{3}$")).as_py()
    assert len(pc.unique(phones)) == len(phones) == 1_000


def test_it_lies_within_the_real_time(stores: Stores) -> None:
    """Between the first and the last order, and after the customer's own first moment."""
    bounds = pc.min_max(stores.tables["orders"]["ordered_at"])
    first = stores.tables["customers"].select(["customer_id", "created_at"])
    moments = {"events": "occurred_at", "checkouts": "last_active_at", "consents": "acted_at"}
    for name, column in moments.items():
        found = stores.whole.facts(name).select(["customer_id", column])
        there = pc.min_max(found[column])
        assert bounds["min"].as_py() <= there["min"].as_py(), name
        assert there["max"].as_py() <= bounds["max"].as_py(), name
        known = found.join(first, "customer_id", join_type="inner")
        assert known.num_rows == found.num_rows, name
    consents = stores.whole.facts("consents").select(["customer_id", "acted_at"])
    known = consents.join(first, "customer_id")
    assert pc.all(pc.greater_equal(known["acted_at"], known["created_at"])).as_py()


def test_some_checkouts_became_their_own_customers_orders(stores: Stores) -> None:
    """With all that was bought on them, just before; most others were left behind."""
    checkouts = stores.whole.facts("checkouts")
    orders = stores.tables["orders"].select(["order_id", "customer_id", "ordered_at", "total"])
    became = checkouts.filter(pc.is_valid(checkouts["order_id"])).join(
        orders, "order_id", right_suffix="_of_order"
    )
    assert 3_000 < became.num_rows < checkouts.num_rows - 2_000
    assert became["customer_id"].equals(became["customer_id_of_order"])
    assert became["value"].equals(became["total"])
    assert pc.all(pc.less_equal(became["last_active_at"], became["ordered_at"])).as_py()


def test_nobody_is_written_to_without_consent(stores: Stores) -> None:
    """Every e-mail comes after a subscription, and none after the customer left."""
    consents = stores.whole.facts("consents")
    mail = consents.filter(pc.equal(consents["channel"], "EMAIL")).to_pylist()
    since = {row["customer_id"]: row["acted_at"] for row in mail if row["state"] == "SUBSCRIBED"}
    until = {row["customer_id"]: row["acted_at"] for row in mail if row["state"] != "SUBSCRIBED"}
    events = stores.whole.facts("events").select(["customer_id", "name", "occurred_at"])
    sent = events.filter(pc.equal(events["name"], "email.delivered")).to_pylist()
    assert all(since[row["customer_id"]] < row["occurred_at"] for row in sent)
    left = [row for row in sent if row["customer_id"] in until]
    assert left
    assert all(row["occurred_at"] < until[row["customer_id"]] for row in left)


@pytest.mark.parametrize(
    "preset",
    [
        *("abandoned-checkouts", "abandoned-cart-last-24-hours", "email-subscribers"),
        *("prospective-buyers", "potential-buyers", "churn-risks", "winback-opportunities"),
        *("browsing-this-week", "cart-without-order", "searched-without-order", "long-visits"),
        *("engaged-subscribers", "unengaged", "clicked-without-order", "sms-subscribers"),
        *("text-message-responders", "texts-but-no-email", "browsed-without-buying"),
    ],
)
def test_ready_made_segments_have_somebody_and_not_everybody(stores: Stores, preset: str) -> None:
    """A number to look at."""
    (query,) = [offer.query for offer in stores.whole.presets() if offer.preset.id == preset]
    assert query is not None
    assert 5 < stores.whole.query(query).count < 0.9 * stores.whole.live_count()


def test_all_kinds_of_events_are_there(stores: Stores) -> None:
    """What is done in the store and what becomes of messages."""
    counts = Counter(stores.whole.facts("events")["name"].to_pylist())
    assert set(counts) == {
        *("page_viewed", "product_viewed", "searched", "cart_added", "checkout_started"),
        *("session_ended", "email.delivered", "email.opened", "email.clicked", "email.bounced"),
        *("email.unsubscribed", "email.marked_as_spam", "sms.delivered", "sms.clicked"),
        *("sms.failed", "sms.unsubscribed"),
    }
