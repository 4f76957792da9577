"""Runs a step of a workspace again and again, killed each time at a later event.

    python -m tests.functional.killing STEP FOLDER [--every-event]

For events of the step (a file put on disk or renamed, a commit, a statement that changes
the facts) a copy of the workspace it starts from has a child process take the step and
kill itself just before that event: at the first of all and the last of each kind, or at every
one. FOLDER then holds `start`, the killed copies `001`, `002`, ..., beside each the
event's name, and `whole`, where nothing was killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
from sqlalchemy import Engine, event

import segmentry as sg
from segmentry import workspace
from segmentry.exports import formats
from segmentry.ingest.messages import parse
from segmentry.ingest.messages.check import Checking
from segmentry.storage.app_db import schemas
from segmentry.storage.journal import Journal

from .golden import put_back

with suppress(ImportError):
    import pandas  # noqa: F401  DuckDB would, in every child anew

Rows: TypeAlias = dict[str, list[dict[str, Any]]]

FIRST: Rows = {
    "customers": [
        {"customer_id": "ann", "email": "ann@shop.test", "name": "Ann"},
        {"customer_id": "bob", "email": "bob@shop.test"},
        {"customer_id": "cid"},
    ],
    "customer_tags": [
        {"customer_id": "ann", "tag": "old"},
        {"customer_id": "bob", "tag": "kept"},
    ],
    "orders": [
        {"order_id": "1", "customer_id": "ann", "ordered_at": "2024-01-01T10:00:00Z", "paid": 10},
        {"order_id": "2", "customer_id": "bob", "ordered_at": "2024-02-01T10:00:00Z", "paid": 20},
        {"order_id": "3", "guest": True, "email_key": "guest@shop.test", "paid": 5}
        | {"ordered_at": "2024-02-02T10:00:00Z"},
    ],
    "order_lines": [
        {"order_id": "1", "line_number": 1, "product_id": "cup", "amount": 4},
        {"order_id": "1", "line_number": 2, "product_id": "jug", "amount": 6},
        {"order_id": "2", "line_number": 1, "product_id": "cup", "amount": 20},
    ],
}
SECOND: Rows = {
    "customers": [
        {"customer_id": "ann", "email": "ann@shop.test", "name": "Ann B."},
        {"customer_id": "dee", "email": "guest@shop.test"},
    ],
    "customer_tags": [{"customer_id": "ann", "tag": "new"}],
    "orders": [
        {"order_id": "1", "customer_id": "ann", "ordered_at": "2024-01-01T10:00:00Z", "paid": 11},
        {"order_id": "4", "guest": True, "email_key": "other@shop.test", "paid": 7}
        | {"ordered_at": "2024-03-01T10:00:00Z"},
    ],
    "order_lines": [{"order_id": "1", "line_number": 1, "product_id": "cup", "amount": 11}],
    "refunds": [
        {"refund_id": "r1", "order_id": "2", "customer_id": "bob", "amount": 20},
    ],
}
"""Replaces some of the first, adds some, and takes a guest's order over to a new account."""

EVENTS: list[dict[str, Any]] = [
    {"type": "track", "event": "Product Viewed", "anonymousId": "d", "messageId": "e1"}
    | {"timestamp": "2024-01-02T10:00:00Z", "properties": {"product_id": "cup"}},
    {"type": "identify", "userId": "ann", "anonymousId": "d", "messageId": "e2"}
    | {"timestamp": "2024-01-02T11:00:00Z", "traits": {"gender": "f", "plan": "club"}},
    {"type": "track", "event": "Order Completed", "userId": "eve", "messageId": "e3"}
    | {"timestamp": "2024-01-03T10:00:00Z", "properties": {"order_id": "9", "total": 5}},
]
"""Changes a profile of the first import and adds to it."""

SOURCE = "shop"

_CHANGES = ("BEGIN", "COMMIT", "DELETE", "INSERT", "UPDATE")

Event = Callable[[str], None]


def create(folder: Path) -> None:
    """Make an empty workspace."""
    sg.Workspace.create(folder, timezone="Europe/London", currency="GBP").close()


def load(folder: Path, records: Rows = SECOND) -> None:
    """Import records into a workspace."""
    with sg.Workspace.open(folder) as store:
        store.load(records, source=SOURCE)


def load_events(folder: Path) -> None:
    """Import events into a workspace."""
    with sg.Workspace.open(folder) as store:
        store.import_events(EVENTS, source=SOURCE)


def rebuild(folder: Path) -> None:
    """Make the facts of a workspace anew."""
    with sg.Workspace.open(folder) as store:
        store.rebuild()


SEGMENTS = {
    "Recent": "last_order_date >= -30d",
    "Others": "NOT (segments CONTAINS 'Recent')",
    "Tagged": "customer_tags CONTAINS 'new' OR amount_spent >= 20",
}
"""Saved segments: one that time changes, one that refers to it, one that the second import
changes."""

EARLY, LATE = datetime(2024, 2, 20, 12, tzinfo=UTC), datetime(2024, 3, 20, 12, tzinfo=UTC)


def opened_at(folder: Path, now: datetime) -> sg.Workspace:
    """The workspace, at a moment of our choice."""
    return sg.Workspace.open(folder, clock=lambda: now)


def add_segments(folder: Path) -> None:
    """Save the segments in a workspace."""
    with opened_at(folder, EARLY) as store:
        for name, query in SEGMENTS.items():
            store.segments.add(name, query)


def refresh(folder: Path) -> None:
    """Bring memberships up to date a month later."""
    with opened_at(folder, LATE) as store:
        store.refresh()


def arrive(folder: Path) -> None:
    """Import records on the day that the segments are saved."""
    with opened_at(folder, EARLY) as store:
        store.load(SECOND, source=SOURCE)


def edit(folder: Path) -> None:
    """Give a segment another query, and so another meaning to one that refers to it."""
    with opened_at(folder, EARLY) as store:
        store.segments.edit("Recent", "last_order_date >= -10d")


MESSAGES: list[dict[str, Any]] = [
    {"message_id": f"m{number}", "records": {name: rows}}
    for number, (name, rows) in enumerate(SECOND.items())
]
"""The second import as live messages, a table each."""

ACKNOWLEDGED = "acknowledged"
"""The file that says that messages were told to be accepted."""


def record(folder: Path) -> None:
    """Accept live messages, tell so, and apply them."""
    with opened_at(folder, EARLY) as store:
        done = store.accept(json.dumps({"source": SOURCE, "messages": MESSAGES}).encode())
        assert done.count("accepted") == len(MESSAGES)
        (folder / ACKNOWLEDGED).touch()
        store.apply_accepted()


def compact(folder: Path) -> None:
    """Move applied messages to the archive, some days later."""
    with opened_at(folder, LATE) as store:
        assert store.compact_journal() == len(MESSAGES)


WRITTEN = ("csv", "xlsx", "parquet")
"""Formats whose parts are the file and are made into one; JSON lines are as CSV."""


def export(folder: Path) -> None:
    """Write members to a file of these formats, two rows at a time."""
    formats.PART = 2
    with sg.Workspace.open(folder) as store:
        for name in WRITTEN:
            store.segments["All"].export(folder / f"all.{name}", fields=["number_of_orders"])


def restore(folder: Path) -> None:
    """Make the workspace of a backup beside the one it is of."""
    sg.Workspace.restore(folder / "shop.tar", folder / "again", clock=lambda: EARLY)


def upgrade(folder: Path) -> None:
    """Open a workspace that an earlier version left."""
    opened_at(folder, EARLY).close()


def erase(folder: Path) -> None:
    """Erase somebody who is in an import and in a message, on the day that they were added."""
    with opened_at(folder, EARLY) as store:
        store.erase("ann", reason="asked")


def _told(start: Path) -> None:
    _first(start)
    message = {"message_id": "of-ann", "at": "2024-02-01T10:00:00Z"}
    tags = [{"customer_id": each, "tag": f"tag of {each}"} for each in ("ann", "bob")]
    with opened_at(start, EARLY) as store:
        store.accept([message | {"records": {"customer_tags": tags}}], source=SOURCE)
        store.apply_accepted()
        store.segments.add("All", "number_of_orders >= 0")
        store.access.keys.derive("any")


def _nothing(start: Path) -> None:
    """A step that makes its own folder starts from none."""


def _first(start: Path) -> None:
    create(start)
    load(start, FIRST)


def _with_segments(start: Path) -> None:
    _first(start)
    add_segments(start)


def _before(start: Path) -> None:
    """The first import, of a day before the messages, and the segments."""
    create(start)
    with opened_at(start, EARLY - timedelta(days=1)) as store:
        store.load(FIRST, source=SOURCE)
    add_segments(start)


def _recorded(start: Path) -> None:
    _before(start)
    record(start)


def _saved(start: Path) -> None:
    create(start)
    customers = [{"customer_id": f"c{number}"} for number in range(9)]
    with sg.Workspace.open(start) as store:
        store.load({"customers": customers}, source=SOURCE)
        store.segments.add("All", "number_of_orders >= 0")
        assert store.live_count() == len(customers)


def _backed_up(start: Path) -> None:
    start.mkdir()
    _with_segments(start / "shop")
    with opened_at(start / "shop", EARLY) as store:
        store.backup(start / "shop.tar")


def _left_by(revision: str, start: Path) -> None:
    _with_segments(start)
    put_back(start, revision)


STEPS: dict[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "create": (_nothing, create),
    "load": (_first, load),
    "events": (_first, load_events),
    "rebuild": (_first, rebuild),
    "refresh": (_with_segments, refresh),
    "arrive": (_with_segments, arrive),
    "edit": (_with_segments, edit),
    "record": (_before, record),
    "compact": (_recorded, compact),
    "export": (_saved, export),
    "restore": (_backed_up, restore),
    **{f"upgrade-{each}": (partial(_left_by, each), upgrade) for each in schemas()[1:]},
    "erase": (_told, erase),
}
"""A step's name, what it starts from, and the step."""

_ASIDE = {
    "create": ("record: ",),
    "restore": ("archive: ", "facts: ", "journal: ", "replace "),
    **{f"upgrade-{each}": ("archive: ", "facts: ", "record: CREATE") for each in schemas()},
}
"""What a step is killed at only at every event: nobody looks at where it happens yet, or it
is much like others."""


class Watched:
    """A DuckDB connection that tells of each statement that changes something."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tell: Event) -> None:
        self._connection = connection
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, *values: Any) -> Any:
        """Tell, then execute; after a commit tell once more."""
        words = statement.split()
        if words[0] in _CHANGES:
            self._tell("facts: " + " ".join(words[:3]))
        done = self._connection.execute(statement, *values)
        if words[0] == "COMMIT":
            self._tell("facts: after COMMIT")
        return done


def _watch(tell: Event) -> None:
    """Have everything that outlasts a process told just before it happens."""
    connect, fsync, rename, replace = duckdb.connect, os.fsync, Path.rename, Path.replace

    def watched_connect(*args: Any, **options: Any) -> Any:
        return Watched(connect(*args, **options), tell)

    def watched_fsync(file: int) -> None:
        tell("archive: put on disk")
        fsync(file)

    def watched_rename(path: Path, target: Path) -> Path:
        tell(f"rename to *{target.suffix}")
        return rename(path, target)

    def watched_replace(path: Path, target: Path) -> Path:
        tell(f"replace {''.join(target.parent.suffixes)}*{target.suffix}")
        return replace(path, target)

    duckdb.connect = watched_connect
    # Put in place of what is watched, which no type allows.
    os.fsync = watched_fsync  # type: ignore[assignment]
    Path.rename = watched_rename  # type: ignore[method-assign,assignment]
    Path.replace = watched_replace  # type: ignore[method-assign,assignment]
    _watch_accepting(tell)
    event.listen(Engine, "commit", lambda connection: tell("journal: COMMIT"))
    event.listen(
        Engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: _tell_schema(statement, tell),
    )


def _tell_schema(statement: str, tell: Event) -> None:
    words = statement.split()
    if words[0] in ("ALTER", "CREATE", "DROP"):
        tell("record: " + " ".join(words[:3]))


def _watch_accepting(tell: Event) -> None:
    """A batch that was received, that was read, each message checked; all that on disk."""
    read, entry, write = parse.read_batch, Checking.entry, Journal.write

    def watched_read(raw: bytes) -> Any:
        tell("accept: received")
        found = read(raw)
        tell("accept: parsed")
        return found

    def watched_entry(checking: Checking, message: Any) -> Any:
        tell("accept: checking")
        return entry(checking, message)

    def watched_write(journal: Journal, entries: Any) -> Any:
        tell("accept: checked")
        receipts = write(journal, entries)
        tell("accept: replying")
        return receipts

    workspace.read_batch = watched_read  # type: ignore[attr-defined]
    Checking.entry = watched_entry  # type: ignore[method-assign,assignment]
    Journal.write = watched_write  # type: ignore[method-assign,assignment]


def _killed_at(number: int, note: Path) -> Event:
    """An event handler that kills this process at the event with this number."""
    seen = 0

    def tell(what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            note.write_text(what)
            os.kill(os.getpid(), signal.SIGKILL)

    return tell


def _noted(notes: Path) -> Event:
    """An event handler that writes down all events."""

    def tell(what: str) -> None:
        with notes.open("a") as file:
            file.write(f"{what}\n")

    return tell


def _in_child(task: Callable[[], None]) -> int:
    """Do it in a process of its own; returns the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        try:
            task()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        sys.exit("a step failed instead of being killed")
    return 0


def _attempt(name: str, every: bool, folder: Path, tell: Event) -> None:
    aside = () if every else _ASIDE.get(name, ())
    _watch(lambda what: None if what.startswith(aside) else tell(what))
    STEPS[name][1](folder)


def _chosen(events: list[str], every: bool) -> list[int]:
    """The numbers of the events to be killed at, from 1."""
    last = {_kind(event): number for number, event in enumerate(events, 1)}
    return [n for n in range(1, len(events) + 1) if every or n == 1 or n in last.values()]


def _kind(event: str) -> str:
    """All statements that change rows within a transaction are of one kind."""
    place, what = event.split()[:2]
    return f"{place} {'rows' if what in _CHANGES[2:] else what}"


def main(name: str, folder: Path, every: bool) -> None:
    """Take the step once whole, then again for each event it is to be killed at."""
    prepare, _ = STEPS[name]
    start, whole = folder / "start", folder / "whole"
    _in_child(partial(prepare, start))

    def attempt(place: Path, tell: Event) -> int:
        if start.exists():
            shutil.copytree(start, place)
        return _in_child(partial(_attempt, name, every, place, tell))

    assert attempt(whole, _noted(folder / "events")) == 0
    events = (folder / "events").read_text().splitlines()
    for number in _chosen(events, every):
        place = folder / f"{number:03}"
        ended = attempt(place, _killed_at(number, place.with_suffix(".event")))
        assert ended == signal.SIGKILL, f"event {number} did not come again"


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), "--every-event" in sys.argv)
