"""One thread at a time has the floor, in the order they came; lines are bounded."""

from __future__ import annotations

import time
from threading import Event, Thread

import pytest

from segmentry.base.errors import BusyError
from segmentry.serving import floor
from segmentry.serving.floor import MOST_OF_EACH, Floor


def _until(line: Floor, waiting: int) -> None:
    until = time.monotonic() + 60
    while line.waiting != waiting:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_the_first_who_came_is_the_next() -> None:
    """And whoever has it may take it again."""
    line, order = Floor(), list[int]()

    def ask(number: int) -> None:
        with line.taken("ann"), line.taken("ann"):
            order.append(number)

    threads = [Thread(target=ask, args=[number]) for number in range(6)]
    with line.taken():
        for number, each in enumerate(threads):
            each.start()
            _until(line, number + 1)
    for each in threads:
        each.join(60)
    assert order == list(range(6))
    assert line.waiting == 0


def test_nobody_fills_the_line_alone() -> None:
    """So many of one person are let wait; others are still, and room comes back."""
    line, done = Floor(), Event()

    def ask() -> None:
        with line.taken("ann"):
            done.wait(60)

    threads = [Thread(target=ask) for _ in range(MOST_OF_EACH)]
    with line.taken():
        for each in threads:
            each.start()
        _until(line, MOST_OF_EACH)
        refused = Thread(target=_refused, args=[line, "ann"])
        refused.start()
        refused.join(60)
        assert not refused.is_alive()
    done.set()
    for each in threads:
        each.join(60)
    with line.taken("ann"):
        pass


def _refused(line: Floor, who: str) -> None:
    with pytest.raises(BusyError), line.taken(who):
        pass


def test_whoever_waits_too_long_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told so, and hold up nobody after."""
    monkeypatch.setattr(floor, "LONGEST", 0.01)
    line, told = Floor(), list[BusyError]()

    def ask() -> None:
        try:
            with line.taken("ann"):
                raise AssertionError("had the floor")
        except BusyError as error:
            told.append(error)

    with line.taken():
        waiting = Thread(target=ask)
        waiting.start()
        waiting.join(60)
    assert len(told) == 1
    assert line.waiting == 0
    with line.taken("bob"):
        pass
