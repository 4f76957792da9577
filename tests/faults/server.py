"""Kills a server at random moments while four clients post, and looks at what became of it.

`python -m tests.faults.server --kills 1000 --seed 1`: whatever was acknowledged is there once,
and what was sent again was known. Speaks to 127.0.0.1 alone and stops by itself.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread

import httpx

import segmentry as sg
from segmentry.access import Caller

from .forked import forked_server

CLIENTS = 4
CHECKED_EVERY = 50
"""After so many kills all that was acknowledged is looked for."""

_PATIENCE = 300.0

_WHILE_STARTING = 0.2
"""In so many of the cases a server is killed at a moment of which nobody knows whether it
listens yet: while it makes good what the kill before left."""

_MOST_BATCHES, _LONGEST = 12, 5.0
"""Otherwise it lives until so many batches at most were answered, or so many seconds."""

_MOMENT = 0.2
"""And so many seconds at most after that."""


@dataclass
class Clients:
    """Four threads that post until they are told to stop, each message until it is answered."""

    token: str
    address: str = ""
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    answered: int = 0
    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def post(self, number: int, seed: int) -> None:
        """Post batch after batch."""
        random, batch = Random(f"{seed} {number}"), 0
        with httpx.Client(headers={"Authorization": f"Bearer {self.token}"}, timeout=20) as http:
            while not self.stop.is_set():
                batch += 1
                ids = [f"{number}-{batch}-{each}" for each in range(random.randint(1, 20))]
                self._until_answered(http, ids)

    def wait_for(self, batches: int, seconds: float) -> None:
        """Wait until so many more batches were answered, or so many seconds went by."""
        until, wanted = time.monotonic() + seconds, self.answered + batches
        while self.answered < wanted and time.monotonic() < until:
            time.sleep(0.005)

    def _until_answered(self, http: httpx.Client, ids: list[str]) -> None:
        body = {"source": "shop", "messages": [_message(id) for id in ids]}
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                answer = http.post(f"{self.address}/api/v1/records", json=body)
            except httpx.HTTPError:
                time.sleep(0.02)  # killed: the same again, once it is back
                continue
            if answer.status_code == 202:
                self._note(ids, [each["status"] for each in answer.json()["receipts"]])
                return
            if answer.status_code < 500:
                self.wrong.append(answer.text)
                return
        if not self.stop.is_set():
            self.wrong.append("not answered for long")

    def _note(self, ids: list[str], statuses: list[str]) -> None:
        with self.lock:
            self.answered += 1
            self.acknowledged.update(ids)
            self.statuses.update(statuses)


def _message(id: str) -> dict[str, object]:
    event = {
        "event_id": id,
        "customer_id": f"c{id.partition('-')[0]}",
        "name": "product_viewed",
        "occurred_at": "2026-01-01T00:00:00Z",
    }
    return {"message_id": id, "records": {"events": [event]}}


def killed_while_posting(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill a server so often; gives what was counted. Raises AssertionError where something
    acknowledged is lost or there twice."""
    began, clients, random = time.monotonic(), Clients(_make(folder)), Random(seed)
    log = folder.with_name("server.log")
    threads = [Thread(target=clients.post, args=[n, seed], daemon=True) for n in range(CLIENTS)]
    for kill in range(1, kills + 1):
        with forked_server(folder, log) as server:
            if kill == 1 or random.random() > _WHILE_STARTING:
                clients.address = server.address()
                for each in threads if kill == 1 else ():
                    each.start()
                clients.wait_for(random.randrange(_MOST_BATCHES), _LONGEST)
            time.sleep(random.uniform(0, _MOMENT))
        if kill % CHECKED_EVERY == 0:
            with clients.lock:
                _looked_at(folder, clients, kill)
            told = f"{kill:,} kills, {len(clients.acknowledged):,} records acknowledged"
            print(f"{told}, {time.monotonic() - began:,.0f} s", flush=True)
    with forked_server(folder, log) as server:
        clients.address = server.address()
        time.sleep(1.0)
        clients.stop.set()
        for each in threads:
            each.join(_PATIENCE)
    assert not clients.wrong, clients.wrong[0]
    return _looked_at(folder, clients, kills)


def _make(folder: Path) -> str:
    """A store with a segment of those who look at things; gives a token for those who post."""
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as workspace:
        workspace.load(
            {"customers": [{"customer_id": f"c{each}"} for each in range(CLIENTS)]}, source="shop"
        )
        workspace.segments.add("Seen", "storefront.product_viewed MATCHES (count >= 1)")
        made = workspace.access.tokens.add(
            Caller.command_line("faults"), "kills", ["records:write", "imports:read"]
        )
    return made.text


def _looked_at(folder: Path, clients: Clients, kills: int) -> dict[str, int]:
    with sg.Workspace.open(folder) as workspace:
        found = Counter(workspace.facts("events").column("event_id").to_pylist())
        drift = workspace.drift()
    there = {f"shop:{id}" for id in clients.acknowledged}
    lost, twice = there - found.keys(), [id for id, count in found.items() if count > 1]
    assert not lost, f"{len(lost)} acknowledged records are lost, such as {min(lost)}"
    assert not twice, f"{len(twice)} records are there twice, such as {min(twice)}"
    assert not drift, "stored members are not those of a fresh evaluation"
    return {
        "kills": kills,
        "acknowledged": len(there),
        "known when sent again": clients.statuses["duplicate"],
        "lost": len(lost),
        "twice": len(twice),
    }


def main() -> None:
    """Kill, and say what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = killed_while_posting(Path(folder) / "store", asked.kills, asked.seed)
    print(", ".join(f"{count:,} {what}" for what, count in told.items()))


if __name__ == "__main__":
    main()
