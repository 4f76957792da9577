"""What keeps the product from doing its work, as long as it does: for the page that says whether
all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock

from segmentry.base.errors import UserError
from segmentry.serving.log import log

_PAUSE = 1.0
"""So many seconds somebody who failed waits before they go on."""


class Troubles:
    """By the part of the product that has it, what is wrong with it now."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._now: dict[str, str] = {}

    @property
    def now(self) -> Mapping[str, str]:
        """What is wrong now."""
        with self._lock:
            return dict(self._now)

    def note(self, part: str, error: Exception) -> None:
        """Something is wrong with a part from now on."""
        said = str(error) if isinstance(error, UserError) else type(error).__name__
        with self._lock:
            new = self._now.get(part) != said
            self._now[part] = said
        if new:
            log.error("trouble", part=part, exc_info=error)

    def over(self, part: str) -> None:
        """All is well with a part again, if it was not."""
        with self._lock:
            well_again = self._now.pop(part, None)
        if well_again:
            log.info("well again", part=part)

    @contextmanager
    def of(self, part: str, stop: Event) -> Iterator[None]:
        """Do a part's work. Where it fails this is noted, and over when it next goes well; it
        never ends the thread that does it."""
        try:
            yield
        except Exception as error:
            self.note(part, error)
            stop.wait(_PAUSE)
        else:
            self.over(part)
