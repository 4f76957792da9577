"""The wish that a process ends."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """While it lasts, Ctrl-C and the wish to end call `stop`, in the main thread."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda *_: stop()) for each in kinds}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
