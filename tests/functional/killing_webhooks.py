"""Collects and sends webhooks in processes that are killed, each at a later moment.

    python -m tests.functional.killing_webhooks DATABASE

Process after process does what is to be done; the first is killed before its first event, the
next before its second, and so on, and then from the first again. Events are the commits of the
database and, with its answer not yet noted, each message that was sent. Ends when a process
had nothing more to do, and prints how many were killed, by the kind of the event.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text

from segmentry.destinations.outbound import Answer, Outbound
from segmentry.destinations.webhooks import Webhooks, collecting
from segmentry.destinations.webhooks.delivering import CLAIM
from segmentry.storage.app_db import open_app_db
from tests.unit.destinations.receiving import HOST, FakeDns
from tests.unit.destinations.telling import NOON, SOURCE

MOST = 100
"""So many processes at most."""
SECRET = json.dumps({"secret": "whsec_c2VjcmV0"}).encode()


class OneSecret:
    """A place for secrets in which there is one, by any name."""

    def get(self, name: str) -> bytes:
        """The secret."""
        return SECRET

    def set(self, name: str, value: bytes) -> None:
        """Keeps nothing."""

    def remove(self, name: str) -> None:
        """Forgets nothing."""


class Watched(Outbound):
    """Sends, and tells when an answer is there."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super().post(url, headers, body)
        _tell("sent")
        return answer


_left = 0
"""How many events there are until this process is killed, at the one that makes it nothing."""


def _tell(what: str) -> None:
    global _left
    _left -= 1
    if _left == 0:
        with Path(f"{sys.argv[1]}.killed").open("a") as file:
            file.write(f"{what}\n")
        os.kill(os.getpid(), signal.SIGKILL)


def _work(database: Path, round: int) -> None:
    """All that is to be done, at a moment at which no claim of those before holds any more."""
    app = open_app_db(database)
    now = NOON + round * CLAIM + timedelta(seconds=1)
    outbound = Watched(lambda: frozenset({HOST}), FakeDns())
    event.listen(Engine, "commit", lambda connection: _tell("commit"))
    webhooks = Webhooks(app, OneSecret(), outbound, lambda: SOURCE, lambda: now)
    webhooks.collect(now)
    webhooks.deliver_due(now)


def _killed(database: Path, round: int) -> bool:
    global _left
    _left = round % 11 + 1
    child = os.fork()
    if child == 0:
        try:
            _work(database, round)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def main() -> None:
    """Until nothing is left to do."""
    collecting.AT_ONCE = 2
    database = Path(sys.argv[1])
    for round in range(MOST):
        _killed(database, round)
        reading = create_engine(f"sqlite:///{database}")
        with reading.connect() as connection:
            told = connection.execute(text("SELECT max(position) FROM outbox_readers")).scalar()
            last = "SELECT max(first + joined_count + left_count) - 1 FROM membership_changes"
            changed = connection.execute(text(last)).scalar()
            waiting = "SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'"
            if told == changed and not connection.execute(text(waiting)).scalar():
                break
        reading.dispose()
    else:
        sys.exit("it never ended")
    print(json.dumps(Counter(Path(f"{database}.killed").read_text().splitlines())))


if __name__ == "__main__":
    main()
