"""The journal: durable before it says so, each message once, nothing damaged goes unseen."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from segmentry.base.errors import WorkspaceError
from segmentry.storage.app_db import Import, open_app_db
from segmentry.storage.archive import Archive
from segmentry.storage.journal import IDS_KEPT, Entry, Journal, Receipt
from segmentry.storage.positions import take_positions

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Engine]:
    """A database in a file."""
    engine = open_app_db(tmp_path / "app.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def journal(app: Engine, tmp_path: Path) -> Journal:
    """The journal in it."""
    return Journal(app, Archive(tmp_path / "journal"))


def entry(
    id: str | None, body: bytes = b"{}", *, source: str = "shop", now: datetime = NOON
) -> Entry:
    """A message."""
    return Entry(source, id, now, now, body, hashlib.sha256(body).digest())


def bodies(journal: Journal) -> list[bytes]:
    """Everything in the journal."""
    found, position = [], 0
    while position < journal.last_position():
        some = journal.following(position, journal.last_position() + 1, 1000)
        found += [each.entry.body for each in some]
        position = some[-1].position
    return found


# -- writing ----------------------------------------------------------------------------


def test_messages_come_back_as_they_were(journal: Journal) -> None:
    """In the order of their positions."""
    entries = [entry(None, b"1"), entry("a", b"2"), entry("a", b"2", source="pos")]
    assert journal.write(entries) == [Receipt("accepted", n) for n in (1, 2, 3)]
    found = journal.following(0, 4, 10)
    assert [(each.position, each.entry) for each in found] == list(enumerate(entries, 1))
    assert journal.write([]) == []


def test_the_same_message_is_taken_once(journal: Journal) -> None:
    """ING-05: again in a batch, in another, and 89 days later; after 90 it is another."""
    one = entry("a")
    assert [each.status for each in journal.write([one, one])] == ["accepted", "duplicate"]
    later = entry("a", now=NOON + timedelta(days=89))
    assert journal.write([later]) == [Receipt("duplicate", 1)]
    assert journal.write([entry("a", now=NOON + IDS_KEPT)]) == [Receipt("accepted", 2)]
    assert journal.write([entry("a", now=NOON + IDS_KEPT)]) == [Receipt("duplicate", 2)]
    assert len(bodies(journal)) == 2


def test_an_id_stands_for_one_message(journal: Journal) -> None:
    """ING-06: with other content it is refused, the first stays, and it is counted."""
    journal.write([entry("a", b"1")])
    assert journal.write([entry("a", b"2"), entry("b", b"2")]) == [
        Receipt("refused", 1),
        Receipt("accepted", 2),
    ]
    assert (bodies(journal), journal.reused()) == ([b"1", b"2"], 1)


def test_many_threads_write_each_message_once(journal: Journal, app: Engine) -> None:
    """ING-05: of one message from 50 threads at once one is accepted, and of others all;
    positions are given once. Those who wait are committed together."""
    commits: list[None] = []
    event.listen(app, "commit", lambda connection: commits.append(None))
    start = Barrier(50)

    def write(number: int) -> list[Receipt]:
        start.wait()
        return journal.write([entry("same"), entry(f"{number}", b"%d" % number)])

    with ThreadPoolExecutor(50) as threads:
        found = list(threads.map(write, range(50)))
    assert Counter(same.status for same, _ in found) == {"accepted": 1, "duplicate": 49}
    assert {other.status for _, other in found} == {"accepted"}
    assert len({other.position for _, other in found}) == 50
    assert sorted(bodies(journal)) == sorted([b"{}", *(b"%d" % number for number in range(50))])
    assert len(commits) < 50


def test_what_cannot_be_written_is_not_acknowledged(journal: Journal, app: Engine) -> None:
    """All who were to be committed together are told, and can send it again."""

    def fail(connection: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    event.listen(app, "commit", fail)
    with pytest.raises(sqlite3.OperationalError):
        journal.write([entry("a")])
    event.remove(app, "commit", fail)
    assert journal.last_position() == 0
    assert journal.write([entry("a")]) == [Receipt("accepted", 1)]


# -- damage -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE journal SET body = x'00' WHERE position = 2", "message 2 is not what was"),
        ("UPDATE journal SET source = 'Shop' WHERE position = 3", "message 3 is not what was"),
        ("UPDATE journal SET about_at = '1999-01-01 00:00:00.000000'", "message 1 is not"),
        ("DELETE FROM journal WHERE position = 2", "message 2 is missing"),
        ("DELETE FROM journal WHERE position = 1", "message 1 is missing"),
        ("DELETE FROM journal", "message 1 is missing"),
    ],
)
def test_damage_is_told(journal: Journal, app: Engine, change: str, said: str) -> None:
    """ENG-03: whatever of a message changed or went."""
    journal.write([entry(None, b"%d" % number) for number in range(3)])
    with closing(app.raw_connection()) as connection:
        connection.cursor().execute(change)
    with pytest.raises(WorkspaceError, match=f"damaged: {said}.*Restore"):
        journal.following(0, 4, 10)


def test_a_tail_that_is_missing_is_told(journal: Journal, app: Engine) -> None:
    """ENG-03: also where what is left follows without a gap."""
    journal.write([entry(None), entry(None)])
    with closing(app.raw_connection()) as connection:
        connection.cursor().execute("DELETE FROM journal WHERE position = 2")
    with pytest.raises(WorkspaceError, match="message 2 is missing"):
        bodies(journal)


# -- moving to the archive --------------------------------------------------------------


def imported(app: Engine) -> None:
    """Note an import."""
    with Session(app) as session, session.begin():
        position = take_positions(session.connection(), 1)
        noted = {"source": "s", "fingerprint": f"{position}", "imported_at": NOON, "report": ""}
        session.add(Import(position=position, **noted))


def compacted(journal: Journal, applied: int, days: int = 7, now: datetime = NOON) -> int:
    """Move what came so many days ago."""
    return journal.compact(applied, now - timedelta(days=days), now)


def test_moved_messages_are_read_as_before(journal: Journal, app: Engine) -> None:
    """In their order, between imports, in part; ids stay known, and new positions follow."""
    old, week = NOON - timedelta(days=8), [entry(None, b"%d" % n) for n in range(9)]
    journal.write([entry("a", b"a", now=old), entry("b", b"b", now=old)])
    imported(app)
    journal.write([entry("c", b"c", now=old), *week])
    before = [journal.following(0, 3, 10), *(journal.following(n, 14, 10) for n in (3, 4, 7))]
    assert compacted(journal, applied=0) == 0
    assert compacted(journal, applied=1) == 1
    assert compacted(journal, applied=13) == 2
    assert compacted(journal, applied=13) == 0
    after = [journal.following(0, 3, 10), *(journal.following(n, 14, 10) for n in (3, 4, 7))]
    assert [each.entry.body for each in after[0] + journal.following(1, 3, 10)] == [b"a", b"b"]
    assert after[2:] == before[2:]
    assert [each.entry.body for each in after[1]] == [b"c"]
    assert journal.write([entry("b", b"b"), entry("b", b"z")]) == [
        Receipt("duplicate", 2),
        Receipt("refused", 2),
    ]
    assert journal.write([entry(None)]) == [Receipt("accepted", 14)]


def test_all_moved_goes_on_after_it(journal: Journal, app: Engine) -> None:
    """Positions are never given twice, and ids are forgotten after their time alone."""
    journal.write([entry("a"), entry("b")])
    late = NOON + IDS_KEPT
    assert compacted(journal, applied=2, now=late - timedelta(seconds=1)) == 2
    assert journal.write([entry("a", now=late - timedelta(seconds=1))])[0].status == "duplicate"
    assert compacted(journal, applied=2, now=late) == 0
    assert journal.last_position() == 2
    assert journal.write([entry("a", now=late)]) == [Receipt("accepted", 3)]
    assert bodies(journal) == [b"{}"] * 3
