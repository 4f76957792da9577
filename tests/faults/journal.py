"""`make faults`: kills a process that takes in messages, again and again; none may be lost.

    python -m tests.faults.journal [--kills N] [--seed N] [--clients N]

A child process owns a workspace, in which clients post batches of messages while they are
applied; it is killed at a random moment and another one takes over. Each client writes down
what was acknowledged, and goes on after that: what was taken in but never acknowledged is
sent again. In the end every message that was acknowledged is in the journal and in the facts,
once. The first that is not is told with its kill, and the program ends with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from time import monotonic, sleep

import segmentry as sg
from segmentry.storage.checks import check_files

SOURCE = "shop"
CHECKED_EVERY = 25
"""After so many kills all that was acknowledged is looked for."""

_LONGEST = 0.4
"""So many seconds at most a process lives once it is at work."""

_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class Shop:
    """The folder of a workspace and of what its clients wrote down."""

    folder: Path
    clients: int

    @property
    def workspace(self) -> Path:
        """Where the workspace is."""
        return self.folder / "shop"

    def notes(self, client: int) -> Path:
        """Where a client writes the last message that was acknowledged, a line each time."""
        return self.folder / f"client-{client}"

    def acknowledged(self, client: int) -> int:
        """How many messages of a client were acknowledged; a line that was cut off is none."""
        path = self.notes(client)
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        return int(whole.rpartition(b"\n")[2] or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill and look; 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="journal", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--clients", type=int, default=4, help="how many post at once")
    asked = parser.parse_args(arguments)
    began, random = monotonic(), Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="journal-") as folder:
        shop = Shop(Path(folder), asked.clients)
        _in_child(lambda: _create(shop))
        for kill in range(1, asked.kills + 1):
            _live_and_die(shop, random)
            if kill % CHECKED_EVERY == 0 or kill == asked.kills:
                if _in_child(lambda: _look(shop)):
                    print(f"after kill {kill} of seed {asked.seed}")
                    return 1
                sent = sum(map(shop.acknowledged, range(shop.clients)))
                print(f"{kill:,} kills, {sent:,} messages acknowledged", flush=True)
        print(
            f"{asked.kills:,} kills, {asked.clients} clients, {sent:,} messages in "
            f"{monotonic() - began:,.0f} s: 0 acknowledged lost, 0 applied twice"
        )
    return 0


def _create(shop: Shop) -> None:
    with sg.Workspace.create(shop.workspace, timezone="Europe/London", currency="GBP") as store:
        customers = [
            {"customer_id": f"c{n}", "email": f"c{n}@shop.test"} for n in range(_CUSTOMERS)
        ]
        store.load({"customers": customers}, source=SOURCE)
        store.segments.add("Lookers", "storefront.product_viewed MATCHES (count >= 3)")


# -- a process and its death ------------------------------------------------------------


def _live_and_die(shop: Shop, random: Random) -> None:
    """Have a process work on the workspace for a while, and kill it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(shop, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        ready = told.readline()
        sleep(random.uniform(0, _LONGEST))
        os.kill(child, signal.SIGKILL)
        rest = told.read()
    _, status = os.waitpid(child, 0)
    if not ready or rest or not os.WIFSIGNALED(status):
        raise RuntimeError(f"a process failed by itself: {rest or status}")


def _work(shop: Shop, told: int) -> None:
    """A process's whole life: it never ends by itself, but for a fault, which it tells."""
    try:
        with sg.Workspace.open(shop.workspace) as store:
            failed: list[str] = []
            for client in range(shop.clients):
                post = _noting(failed, partial(_post, shop, store, client))
                Thread(target=post, daemon=True).start()
            os.write(told, b"at work\n")
            while not failed:
                store.wait_for_accepted(0.1)
                store.apply_accepted()
            os.write(told, failed[0].encode())
    except BaseException:
        os.write(told, traceback.format_exc().encode())
    finally:
        os._exit(70)


def _noting(failed: list[str], act: Callable[[], None]) -> Callable[[], None]:
    def tried() -> None:
        try:
            act()
        except BaseException:
            failed.append(traceback.format_exc())

    return tried


def _post(shop: Shop, store: sg.Workspace, client: int) -> None:
    """Post batches, each after what was acknowledged before."""
    last, random = shop.acknowledged(client), Random()
    with shop.notes(client).open("ab", buffering=0) as notes:
        notes.write(b"\n")  # what a process that was killed wrote half of ends here
        while True:
            numbers = range(last + 1, last + random.randint(1, 12))
            raw = json.dumps({"source": SOURCE, "messages": [*_messages(client, numbers)]})
            done = store.accept(raw.encode())
            assert done.count("refused") == 0, "nothing of it is wrong"
            last = numbers.stop - 1
            notes.write(b"%d\n" % last)


def _messages(client: int, numbers: range) -> Iterator[dict[str, object]]:
    for number in numbers:
        event = {
            "event_id": f"{client}-{number}",
            "customer_id": f"c{number % _CUSTOMERS}",
            "name": "product_viewed",
            "occurred_at": "2026-01-01T10:00:00Z",
        }
        yield {"message_id": f"{client}-{number}", "records": {"events": [event]}}


# -- looking ----------------------------------------------------------------------------


def _look(shop: Shop) -> None:
    """Refuse what was acknowledged and is not there, and what is there twice."""
    with sg.Workspace.open(shop.workspace) as store:
        assert store.waiting() == 0, "opening applies what waits"
        ids = store.facts("events").column("event_id").to_pylist()
        assert store.drift() == [], "segments are what they ought to be"
    there = set(ids)
    assert len(there) == len(ids), "an event is in the facts twice"
    for client in range(shop.clients):
        for number in range(1, shop.acknowledged(client) + 1):
            assert f"{SOURCE}:{client}-{number}" in there, f"{client}-{number} is lost"
    with closing(sqlite3.connect(shop.workspace / "app.sqlite")) as app:
        twice = "SELECT message_id FROM journal GROUP BY source, message_id HAVING count(*) > 1"
        assert app.execute(twice).fetchall() == [], "a message is in the journal twice"
        ((messages,),) = app.execute("SELECT count(*) FROM journal").fetchall()
    assert messages == len(ids), "as many messages as events"
    assert [each for each in check_files(shop.workspace) if each.problem] == []


def _in_child(act: Callable[[], None]) -> int:
    """Do something in a process of its own, so that this one opens nothing; 1 if it failed."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return int(os.waitstatus_to_exitcode(status) != 0)


if __name__ == "__main__":
    sys.exit(main())
