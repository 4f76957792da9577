"""Posts events at a steady rate to a server on the sample store, and tells how long it took
until they were acknowledged and until they were visible.

With `--segments` there are so many of them that the events change, and it ends with 1 if the
server falls behind more and more or grows: if events of the last third show half a second later
than those of the first, or memory is half as large again as it was after the first third.

Speaks to 127.0.0.1 alone and stops by itself.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
import time
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import httpx
import numpy as np

import segmentry as sg
from segmentry.access import Caller
from segmentry.base.errors import UserError
from tests.bench.asking.segments import draw_segments
from tests.bench.asking.texts import name_of, text_of
from tests.functional.command import run
from tests.functional.serving import Running, serving

_BATCH = 25
_SENDERS = 4
_LOOKED = 20
_PAGE = 4096
_LATER, _LARGER = 0.5, 1.5


@dataclass
class Measured:
    """When batches were sent, acknowledged, and visible; in seconds."""

    lock: Lock = field(default_factory=Lock)
    acknowledged: list[float] = field(default_factory=list)
    waiting: list[tuple[int, float]] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    refused: int = 0

    def bounded(self) -> bool:
        """Whether it was in the end as it was after the first third."""
        third = len(self.visible) // 3
        if not third or self.waiting or self.refused:
            return False
        first, last = np.median(self.visible[:third]), np.median(self.visible[-third:])
        before, after = self.resident[len(self.resident) // 3], self.resident[-1]
        return bool(last < first + _LATER and after < before * _LARGER)


def main() -> int:
    """Load, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=1_000, help="events a second")
    parser.add_argument("--segments", type=int, default=0, help="so many more than the sample's")
    parser.add_argument("--changing", type=int, default=0, help="and so many that events change")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "demo"
        made = run("demo", folder)
        assert made.code == 0, made.err
        with sg.Workspace.open(folder) as workspace:
            customers = workspace.query("number_of_orders >= 0").ids
            moment = workspace.moment()
            _add_segments(workspace, asked.segments, len(customers))
            for number in range(asked.changing):
                query = f"storefront.product_viewed MATCHES (count >= {number + 1})"
                workspace.segments.add(f"Changing {number + 1}", query)
            segments = len(workspace.segments)
            token = workspace.access.tokens.add(
                Caller.command_line("load"), "load", ["records:write", "imports:read"]
            ).text
        with serving(folder) as server:
            stands = moment.isoformat()
            measured = _load(server, token, customers, stands, asked)
        shutil.rmtree(folder)
    _say(measured, asked, len(customers), segments)
    return int(bool(asked.changing) and not measured.bounded())


def _add_segments(workspace: sg.Workspace, count: int, customers: int) -> None:
    """Segments as the benchmarks draw them, but those of one name or of what this store has
    not."""
    for number, each in enumerate(draw_segments("standard", count, customers)):
        with suppress(UserError):
            workspace.segments.add(f"{name_of(number)} {number}", text_of(each))


def _load(server: Running, token: str, customers: Any, moment: str, asked: Any) -> Measured:
    measured, stop, address = Measured(), Event(), server.address
    work: Queue[tuple[float, int]] = Queue()
    senders = [
        Thread(target=_send, args=[address, token, customers, moment, work, stop, measured])
        for _ in range(_SENDERS)
    ]
    watcher = Thread(target=_watch, args=[address, token, stop, measured])
    process = Path(f"/proc/{server.process.pid}/statm")
    for each in (*senders, watcher):
        each.start()
    began = time.monotonic()
    for batch in range(asked.seconds * asked.rate // _BATCH):
        due = began + batch * _BATCH / asked.rate
        time.sleep(max(0.0, due - time.monotonic()))
        work.put((due, batch))
        if batch % _LOOKED == 0:
            measured.resident.append(int(process.read_text().split()[1]) * _PAGE)
    until = time.monotonic() + 120
    while (work.qsize() or measured.waiting) and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    for each in (*senders, watcher):
        each.join(60)
    return measured


def _send(
    address: str,
    token: str,
    customers: Any,
    moment: str,
    work: Queue[tuple[float, int]],
    stop: Event,
    measured: Measured,
) -> None:
    random = Random(0)
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    while not stop.is_set():
        try:
            due, batch = work.get(timeout=0.2)
        except Empty:
            continue
        messages = [
            _message(f"{batch}-{n}", random.choice(customers), moment) for n in range(_BATCH)
        ]
        body = {"source": "online_retail", "messages": messages}
        answer = client.post(f"{address}/api/v1/records", json=body)
        now = time.monotonic()
        with measured.lock:
            if answer.status_code != 202:
                measured.refused += _BATCH
                continue
            # From when it was due: a sender that is late is no excuse.
            measured.acknowledged.append(now - due)
            measured.waiting.append((answer.json()["position"], due))


def _message(id: str, customer: str, moment: str) -> dict[str, Any]:
    event = {
        "event_id": id,
        "customer_id": customer,
        "name": "product_viewed",
        "occurred_at": moment,
    }
    return {"message_id": id, "records": {"events": [event]}}


def _watch(address: str, token: str, stop: Event, measured: Measured) -> None:
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    while not stop.is_set():
        position = client.get(f"{address}/api/v1/records").json()["position"]
        now = time.monotonic()
        with measured.lock:
            measured.waiting.sort()
            shown = bisect_left(measured.waiting, (position + 1, 0.0))
            measured.visible += [now - due for _, due in measured.waiting[:shown]]
            del measured.waiting[:shown]
        stop.wait(0.02)


def _say(measured: Measured, asked: Any, customers: int, segments: int) -> None:
    print(
        f"{asked.rate:,} events a second for {asked.seconds:,} s in batches of {_BATCH}, "
        f"{customers:,} customers, {segments} segments; {platform.machine()}, Python "
        f"{platform.python_version()}"
    )
    for what, seconds in (("acknowledged", measured.acknowledged), ("visible", measured.visible)):
        if seconds:
            p50, p99 = np.percentile(seconds, [50, 99]) * 1000
            print(
                f"{what}: {len(seconds) * _BATCH:,} events, p50 {p50:,.0f} ms, p99 {p99:,.0f} ms, "
                f"slowest {max(seconds) * 1000:,.0f} ms"
            )
    sizes = [each / 1e6 for each in measured.resident]
    if sizes:
        third = sizes[len(sizes) // 3]
        print(f"memory: {third:,.0f} MB after a third, {sizes[-1]:,.0f} MB in the end")
    print(f"not taken: {measured.refused:,}; never seen: {len(measured.waiting) * _BATCH:,}")


if __name__ == "__main__":
    sys.exit(main())
