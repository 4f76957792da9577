"""The journal: messages are safe once `write` returns, and are read back in their order.

Many threads write at once. The first of them commits for all who wait, in one transaction,
so that a durable commit is paid once for many; nobody is told `accepted` before it is on
disk. Does not know what messages say: their bodies are bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from threading import Event, Lock
from typing import Any, Literal, TypeAlias

import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from segmentry.base.errors import WorkspaceError
from segmentry.storage.app_db import Import
from segmentry.storage.archive import Archive
from segmentry.storage.journal_tables import JournalEntry, JournalFile, MessageId
from segmentry.storage.positions import add_to, counted, last_position, take_positions

IDS_KEPT = timedelta(days=90)
"""So long an id is remembered, from when its message came."""

_AT_ONCE = 5_000
"""How many messages one transaction takes at most, of those that wait."""

_NAMED = 400
"""How many ids one statement looks for; every SQLite takes two values for each."""

_REUSED = "id_reused"

Status: TypeAlias = Literal["accepted", "duplicate", "refused"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message to be written. `about_at` is when its source last changed what it tells, when
    it came if the source does not say; `digest` is the hash of `body`, of one that somebody was
    taken from the beginning of what it was, by which versions are told apart."""

    source: str
    message_id: str | None
    received_at: datetime
    about_at: datetime
    body: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: accepted at a position; a duplicate of the one there; or
    refused, because its id stands for other content since `position`."""

    status: Status
    position: int


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is in the journal."""

    position: int
    entry: Entry


@dataclass(slots=True, eq=False)
class _Ticket:
    """What one thread wants written, and what came of it."""

    entries: Sequence[Entry]
    receipts: list[Receipt] | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    digest: bytes
    position: int


_Id: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Group:
    """What one transaction is to write, gathered from those who wait: messages, by the ids
    that are remembered and those that are so no longer."""

    known: dict[_Id, _Known] = field(default_factory=dict)
    forgotten: list[_Id] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    reused: int = 0


class Journal:
    """The journal of one workspace; any thread may write and read."""

    def __init__(self, app: Engine, archive: Archive) -> None:
        self._app = app
        self._archive = archive
        self._waiting: list[_Ticket] = []
        self._queue = Lock()
        self._leading = Lock()
        self.news = Event()
        """Set when messages were accepted; cleared by whoever applies them."""

    # -- writing ----------------------------------------------------------------------

    def write(self, entries: Sequence[Entry]) -> list[Receipt]:
        """Have messages on disk, all or none of them; what became of each, in order."""
        if not entries:
            return []
        ticket = _Ticket(entries)
        with self._queue:
            self._waiting.append(ticket)
        with self._leading:  # who comes here first commits for those who wait meanwhile
            if ticket.receipts is None and ticket.error is None:
                self._lead(self._taken(ticket))
        if ticket.receipts is None:
            raise _again(ticket.error)
        return ticket.receipts

    def _taken(self, own: _Ticket) -> list[_Ticket]:
        """The tickets that are next, the leader's among them, as many as one commit takes."""
        with self._queue:
            room, group = _AT_ONCE - len(own.entries), [own]
            self._waiting.remove(own)
            while self._waiting and len(self._waiting[0].entries) <= room:
                group.append(self._waiting.pop(0))
                room -= len(group[-1].entries)
        return group

    def _lead(self, group: list[_Ticket]) -> None:
        try:
            with self._app.begin() as connection:
                receipts = _put(connection, [ticket.entries for ticket in group])
        except BaseException as error:
            for ticket in group:
                ticket.error = error
            raise
        for ticket, found in zip(group, receipts, strict=True):
            ticket.receipts = found
        self.news.set()

    # -- reading ----------------------------------------------------------------------

    def last_position(self) -> int:
        """The last position given, to a message or an import."""
        with self._app.connect() as connection:
            return last_position(connection)

    def reused(self) -> int:
        """How many messages were refused because their id stood for another."""
        with self._app.connect() as connection:
            return counted(connection, _REUSED)

    def following(self, position: int, end: int, limit: int) -> list[Written]:
        """The messages that follow a position, in order, some of those before `end`, which is
        that of an import or the end of the sequence; at least one where there is room for one.

        Refuses a journal that is damaged: a message that is missing or not what was written.
        """
        limit = min(limit, end - position - 1)
        with Session(self._app) as session:
            found = self._from_files(session, position, limit)
            found = found or _rows(session.connection(), position, limit)
        for expected, each in zip_longest(range(position + 1, position + 1 + limit), found):
            if each is None or each.position != expected:
                if each is None and expected > position + 1:
                    break  # the end of a file of the archive
                raise _damaged(expected, "is missing")
        return found

    def _from_files(self, session: Session, position: int, limit: int) -> list[Written]:
        of = JournalFile
        rows = select(of).where(of.last > position, of.first <= position + 1)
        file = session.scalars(rows).first()
        if file is None:
            return []
        table = self._archive.read(file.sha256).slice(position + 1 - file.first, limit)
        return [_of_file(row) for row in table.to_pylist()]

    # -- taking people out ------------------------------------------------------------

    def every(self) -> Iterator[list[Written]]:
        """All messages that are not in the archive, some at a time."""
        position = 0
        while True:
            with Session(self._app) as session:
                found = _rows(session.connection(), position, _AT_ONCE)
            if not found:
                return
            yield found
            position = found[-1].position

    def files(self) -> Iterator[tuple[str, list[Written]]]:
        """The messages in each file of the archive, by its hash."""
        with Session(self._app) as session:
            hashes = session.scalars(select(JournalFile.sha256).order_by(JournalFile.first)).all()
        for sha256 in dict.fromkeys(hashes):
            yield sha256, [_of_file(row) for row in self._archive.read(sha256).to_pylist()]

    def keep_file(self, run: Sequence[Written]) -> str:
        """Put the messages of a file in the archive as they are to be from now on; the hash
        that `put_file` takes."""
        return self._archive.add(_table(run))

    # -- moving to the archive --------------------------------------------------------

    def compact(self, applied: int, received_before: datetime, now: datetime) -> int:
        """Move messages to the archive that are applied and came before a moment, and forget
        ids that are older than they are kept; returns how many messages were moved.

        A run of messages between two imports makes a file, or several. Where a process ends
        in between, every message is in one of the two places, and is told so.
        """
        moved = 0
        while run := self._oldest_run(applied, received_before):
            file = JournalFile(
                first=run[0].position,
                last=run[-1].position,
                sha256=self._archive.add(_table(run)),
                messages=len(run),
            )
            of = JournalEntry.position
            with Session(self._app) as session, session.begin():
                session.execute(delete(JournalEntry).where(of.between(file.first, file.last)))
                session.add(file)
            moved += len(run)
        with Session(self._app) as session, session.begin():
            session.execute(delete(MessageId).where(MessageId.received_at <= now - IDS_KEPT))
        return moved

    def _oldest_run(self, applied: int, received_before: datetime) -> list[Written]:
        with Session(self._app) as session:
            first = session.scalar(select(func.min(JournalEntry.position)))
            if first is None:
                return []
            of = Import.position
            following = session.scalar(select(func.min(of)).where(of > first))
            found = _rows(session.connection(), first - 1, _IN_A_FILE)
        end = applied if following is None else min(applied, following - 1)
        run = [each for each in found if each.position <= end]
        for number, each in enumerate(run):
            if each.entry.received_at >= received_before or each.position != first + number:
                return run[:number]
        return run


_IN_A_FILE = 50_000
"""How many messages go into one file of the archive at most."""


def _again(error: BaseException | None) -> BaseException:
    """What went wrong for all of a group, for one of its threads."""
    if isinstance(error, WorkspaceError):
        return type(error)(str(error))
    failed = WorkspaceError("The messages could not be written. None was taken: send them again.")
    failed.__cause__ = error
    return failed


def _put(connection: Connection, wanted: list[Sequence[Entry]]) -> list[list[Receipt]]:
    """Write what is new of several threads' entries; what became of each."""
    group = _with_ids(connection, [each for some in wanted for each in some])
    # Positions are counted from 0 until it is known how many there are.
    receipts = [[_received(each, group) for each in some] for some in wanted]
    if group.reused:
        add_to(connection, _REUSED, group.reused)
    if not group.entries:
        return receipts
    first = take_positions(connection, len(group.entries))
    _insert(connection, group, first)
    return [[_placed(each, first) for each in some] for some in receipts]


def _with_ids(connection: Connection, entries: Sequence[Entry]) -> _Group:
    """A group that knows what the ids of its entries stood for before."""
    wanted = {(each.source, each.message_id) for each in entries if each.message_id is not None}
    oldest = max(each.received_at for each in entries) - IDS_KEPT
    of, listed, group = MessageId, sorted(wanted), _Group()
    for start in range(0, len(listed), _NAMED):
        rows = select(of.source, of.message_id, of.digest, of.position, of.received_at)
        rows = rows.where(tuple_(of.source, of.message_id).in_(listed[start : start + _NAMED]))
        for source, id, digest, position, received in connection.execute(rows):
            if received > oldest:
                group.known[source, id] = _Known(digest, position)
            else:
                group.forgotten.append((source, id))
    return group


def _received(entry: Entry, group: _Group) -> Receipt:
    """What becomes of an entry, given those before it; positions of the group are below 1."""
    position = -len(group.entries)
    if entry.message_id is not None:
        key = entry.source, entry.message_id
        known = group.known.setdefault(key, _Known(entry.digest, position))
        if known.digest != entry.digest:
            group.reused += 1
            return Receipt("refused", known.position)
        if known.position != position:
            return Receipt("duplicate", known.position)
    group.entries.append(entry)
    return Receipt("accepted", position)


def _placed(receipt: Receipt, first: int) -> Receipt:
    """A receipt with the position in the sequence of all."""
    if receipt.position > 0:
        return receipt
    return Receipt(receipt.status, first - receipt.position)


def _insert(connection: Connection, group: _Group, first: int) -> None:
    of = MessageId
    rows = [_values(Written(position, each)) for position, each in enumerate(group.entries, first)]
    connection.execute(insert(JournalEntry), rows)
    for start in range(0, len(group.forgotten), _NAMED):
        some = group.forgotten[start : start + _NAMED]
        connection.execute(delete(of).where(tuple_(of.source, of.message_id).in_(some)))
    if ids := [{name: row[name] for name in _OF_ID} for row in rows if row["message_id"]]:
        connection.execute(insert(of), ids)


def without_ids(session: Session, messages: Sequence[Written]) -> None:
    """Forget the ids of messages, as part of a transaction."""
    of = MessageId
    entries = [each.entry for each in messages if each.entry.message_id is not None]
    wanted = [(each.source, each.message_id) for each in entries]
    for start in range(0, len(wanted), _NAMED):
        some = wanted[start : start + _NAMED]
        session.execute(delete(of).where(tuple_(of.source, of.message_id).in_(some)))


def put_anew(session: Session, messages: Sequence[Written]) -> None:
    """Have messages be in the journal as they are here, as part of a transaction."""
    for each in messages:
        values = _values(each)
        row = update(JournalEntry).where(JournalEntry.position == values.pop("position"))
        session.execute(row.values(values))


def put_file(session: Session, old: str, new: str) -> None:
    """Have a file of the archive stand for another, as part of a transaction."""
    session.execute(update(JournalFile).where(JournalFile.sha256 == old).values(sha256=new))


_OF_ID = ("source", "message_id", "digest", "position", "received_at")


def _values(written: Written) -> dict[str, Any]:
    entry = written.entry
    return {
        "position": written.position,
        "source": entry.source,
        "message_id": entry.message_id,
        "received_at": entry.received_at,
        "about_at": entry.about_at,
        "body": entry.body,
        "digest": entry.digest,
        "checksum": checksum_of(written),
    }


def checksum_of(written: Written) -> int:
    """Of all that a message is: one bit that turned shows."""
    entry = written.entry
    head = (written.position, entry.source, entry.message_id, _micros(entry.received_at))
    text = repr((*head, _micros(entry.about_at))).encode()
    return zlib.crc32(entry.body, zlib.crc32(entry.digest, zlib.crc32(text)))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_COLUMNS = (
    *(JournalEntry.position, JournalEntry.source, JournalEntry.message_id),
    *(JournalEntry.received_at, JournalEntry.about_at, JournalEntry.body),
    *(JournalEntry.digest, JournalEntry.checksum),
)


def _rows(connection: Connection, position: int, limit: int) -> list[Written]:
    rows = select(*_COLUMNS).where(JournalEntry.position > position)
    found = connection.execute(rows.order_by(JournalEntry.position).limit(limit))
    return [_checked(row.position, Entry(*row[1:7]), row.checksum) for row in found]


def _checked(position: int, entry: Entry, checksum: int) -> Written:
    written = Written(position, entry)
    if checksum_of(written) != checksum:
        raise _damaged(position, "is not what was written")
    return written


def _damaged(position: int, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"The journal in app.sqlite is damaged: message {position} {what}. "
        "Restore the workspace from a backup."
    )


_SCHEMA = pa.schema(
    [
        ("position", pa.int64()),
        ("source", pa.string()),
        ("message_id", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("about_at", pa.timestamp("us", tz="UTC")),
        ("body", pa.binary()),
        ("digest", pa.binary()),
        ("checksum", pa.int64()),
    ]
)
"""Messages in a file of the archive."""


def _table(run: Sequence[Written]) -> pa.Table:
    return pa.Table.from_pylist([_values(each) for each in run], _SCHEMA)


def _of_file(row: dict[str, Any]) -> Written:
    checksum = row.pop("checksum")
    return _checked(row.pop("position"), Entry(**row), checksum)
