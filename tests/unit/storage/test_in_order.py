"""Whoever waits for a transaction gets it in turn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.storage.app_db import Settings, open_app_db
from segmentry.storage.in_order import InOrder


def waiting(lock: InOrder, count: int) -> None:
    """Until so many wait."""
    while len(lock._waiting) < count:
        pass


def test_those_who_wait_come_in_order() -> None:
    """The first who came is the first who gets it; whoever has it can take it again."""
    lock, came = InOrder(), list[int]()
    lock.acquire()
    lock.acquire()

    def take(number: int) -> Callable[[], None]:
        def taken() -> None:
            lock.acquire()
            came.append(number)
            lock.release()

        return taken

    threads = []
    for number in range(5):
        threads.append(Thread(target=take(number)))
        threads[-1].start()
        waiting(lock, number + 1)
    lock.release()
    assert came == []
    lock.release()
    for thread in threads:
        thread.join(60)
    assert came == [0, 1, 2, 3, 4]
    lock.acquire()
    lock.release()


def test_one_who_commits_all_the_time_keeps_nobody_out(tmp_path: Path) -> None:
    """A thread that reads has its turn after each commit of others, not after a timeout."""
    app, stop, commits, reads = open_app_db(tmp_path / "app.sqlite"), Event(), [0], [0]

    def commit() -> None:
        while not stop.is_set():
            with Session(app) as session, session.begin():
                session.connection()
            commits[0] += 1

    def read() -> None:
        while reads[0] < 20:
            with Session(app) as session:
                session.scalar(select(Settings.id))
            reads[0] += 1
        stop.set()

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(commit) for _ in range(3)] + [threads.submit(read)]:
            done.result(120)
    app.dispose()
    assert reads[0] == 20
    assert commits[0] > 0
