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
from tests.functional.serving import serving

CLIENTS = 4
_PATIENCE = 120.0


@dataclass
class Clients:
    """Four threads that post until they are told to stop, each message until it is answered."""

    token: str
    address: str = ""
    stop: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def post(self, number: int, seed: int) -> None:
        """Post batch after batch."""
        random, batch = Random(f"{seed} {number}"), 0
        while not self.stop.is_set():
            batch += 1
            ids = [f"{number}-{batch}-{each}" for each in range(random.randint(1, 20))]
            self._until_answered(ids, random)

    def _until_answered(self, ids: list[str], random: Random) -> None:
        body = {"source": "shop", "messages": [_message(id) for id in ids]}
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                answer = httpx.post(
                    f"{self.address}/api/v1/records",
                    json=body,
                    headers={"Authorization": f"Bearer {self.token}"},
                    timeout=20,
                )
            except httpx.HTTPError:
                time.sleep(0.05)  # killed: the same again, once it is back
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
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as workspace:
        workspace.load(
            {"customers": [{"customer_id": f"c{each}"} for each in range(CLIENTS)]}, source="shop"
        )
        workspace.segments.add("Seen", "storefront.product_viewed MATCHES (count >= 1)")
        made = workspace.access.tokens.add(
            Caller.command_line("faults"), "kills", ["records:write", "imports:read"]
        )
    clients, random = Clients(made.text), Random(seed)
    threads = [Thread(target=clients.post, args=[n, seed], daemon=True) for n in range(CLIENTS)]
    for kill in range(kills):
        with serving(folder) as server:
            clients.address = server.address
            for each in threads if kill == 0 else ():
                each.start()
            time.sleep(random.uniform(0.05, 0.8))
            server.process.kill()
    with serving(folder) as server:
        clients.address = server.address
        time.sleep(1.0)
        clients.stop.set()
        for each in threads:
            each.join(_PATIENCE)
    assert not clients.wrong, clients.wrong[0]
    return _looked_at(folder, clients, kills)


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
