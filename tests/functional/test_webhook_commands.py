"""`segmentry webhook`, from an order that comes in to the message that somebody takes.

Secrets are kept in memory here, for all commands of a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

import segmentry as sg
from tests.unit.destinations.receiving import Receiver, Reply, receiver

from .command import Ended, run_here, well


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with one segment that may send to this machine."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.segments.add("Buyers", "number_of_orders >= 1")
        store.set_allow_private(["127.0.0.1"])
    return folder


@pytest.fixture
def server() -> Iterator[Receiver]:
    """A server on this machine."""
    with receiver() as running:
        yield running


def order(folder: Path, customer: str) -> None:
    """An order comes in."""
    with sg.Workspace.open(folder) as store:
        now = store.moment().isoformat()
        bought = {"order_id": customer, "customer_id": customer, "paid": 5, "ordered_at": now}
        records = {"customers": [{"customer_id": customer}], "orders": [bought]}
        store.load(records, source="shop", live=True)


def hooks(shop: Path, *words: str) -> Any:
    """What a command about webhooks prints as JSON."""
    return well("-w", shop, "--json", "webhook", *words).json


def said(shop: Path, *words: str) -> str:
    """What it prints to a person."""
    return well("-w", shop, "webhook", *words).out


def test_an_order_is_told(shop: Path, server: Receiver) -> None:
    """By its customer's id, signed with the secret that was shown; and can be told again."""
    url = f"http://127.0.0.1:{server.port}/in"
    made = hooks(shop, "add", url, "--segment", "buyers", "--description", "Mail")
    assert (made["segments"], made["state"]) == (["Buyers"], "active")
    order(shop, "ann")
    assert hooks(shop, "send") == {"done": 1, "waiting": 0, "failed": 0}
    (received,) = server.received
    message = Webhook(made["secret"]).verify(received.body, received.headers)
    assert message["data"]["customers"] == ["ann"]
    (sent,) = hooks(shop, "deliveries")
    assert (sent["state"], sent["last_status"], sent["attempts"]) == ("done", 200, 1)
    assert hooks(shop, "replay", made["id"], "--message", sent["message"]) == {"messages": 1}
    assert hooks(shop, "replay", made["id"], "--since", "2026-01-01") == {"messages": 1}
    assert "1 messages were taken" in said(shop, "send")
    assert len(set(server.ids)) == 1
    assert "customer.joined_segment" in said(shop, "deliveries", made["id"])
    uses = well("-w", shop, "--json", "segment", "show", "Buyers").json["uses"]
    assert [(each["kind"], each["name"]) for each in uses] == [("webhook", made["id"])]


def test_a_webhook_is_looked_at_and_changed(shop: Path, server: Receiver) -> None:
    """Each verb says what it did."""
    assert "webhook add" in said(shop, "list")
    assert "Nothing was sent" in said(shop, "deliveries")
    url = f"http://127.0.0.1:{server.port}/in"
    added = said(shop, "add", url)
    assert "secret, which is not shown again: whsec_" in added
    (made,) = hooks(shop, "list")
    id = made["id"]
    assert "secret" not in made
    assert id in said(shop, "list")
    assert "is paused" in said(shop, "pause", id)
    order(shop, "ann")
    hooks(shop, "send")
    assert hooks(shop, "show", id)["waiting"] == 1
    assert "paused" in said(shop, "show", id)
    assert "is active" in said(shop, "resume", id)
    changed = hooks(shop, "edit", id, "--segment", "Buyers", "--kinds", "import.done")
    assert (changed["kinds"], changed["segments"]) == (["import.done"], ["Buyers"])
    assert hooks(shop, "edit", id, "--all-segments")["segments"] is None
    both = ("edit", id, "--segment", "Buyers", "--all-segments")
    assert run_here("-w", shop, "webhook", *both).code == 2
    assert "whsec_" in said(shop, "rotate", id)
    refused = run_here("-w", shop, "webhook", "remove", id)
    assert (refused.code, "--yes" in refused.err) == (1, True)
    assert "is removed" in said(shop, "remove", id, "--yes")
    assert hooks(shop, "list") == []


def test_ping_says_how_it_went(shop: Path, server: Receiver) -> None:
    """With its exit code as well."""
    id = hooks(shop, "add", f"http://127.0.0.1:{server.port}/in")["id"]
    assert "answering 200" in said(shop, "ping", id)
    server.answering = lambda _: Reply(503)
    failed = run_here("-w", shop, "webhook", "ping", id)
    assert (failed.code, failed.out) == (1, "It answered 503.\n")
    assert "It answered 503." in said(shop, "deliveries", "--failed")


def test_api_11_private_hosts_are_refused_until_they_are_allowed(
    shop: Path, server: Receiver
) -> None:
    """Also after they were allowed and are no more."""
    url = f"http://127.0.0.1:{server.port}/in"
    id = hooks(shop, "add", url)["id"]
    for hosts, shown in (("10.0.0.9, Hooks.Internal.", "10.0.0.9, hooks.internal"), ("none",) * 2):
        found = well("-w", shop, "--json", "settings", "set", "allow_private", hosts).json
        assert found["allow_private"] == shown
        for words in (("add", url), ("edit", id, "--url", "http://192.168.0.1/")):
            refused = run_here("-w", shop, "webhook", *words)
            assert (refused.code, "allow_private" in refused.err) == (1, True)
    assert "allow_private" in run_here("-w", shop, "webhook", "ping", id).out
    assert server.received == []
    wrong = run_here("-w", shop, "settings", "set", "allow_private", "0x7f.1")
    assert (wrong.code, "four numbers" in wrong.err) == (1, True)


def test_unknown_webhooks_are_refused(shop: Path) -> None:
    """With what was asked for."""
    ended: Ended = run_here("-w", shop, "webhook", "show", "ep_0")
    assert (ended.code, ended.err) == (1, "There is no webhook 'ep_0'.\n")
