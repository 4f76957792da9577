"""The members of every segment of a workspace, kept: what is stored, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from threading import RLock
from typing import Literal, Protocol

from pyroaring import BitMap
from sqlalchemy import Engine as AppDb
from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.engines.base import Engine
from segmentry.facts.store import Store
from segmentry.facts.touched import Touched
from segmentry.membership.answers import Answers
from segmentry.membership.hashed import MembersThen, members_then
from segmentry.membership.history import History
from segmentry.membership.refresh import News, error_words, is_due, refresh
from segmentry.membership.stored import Facts, Failed, Header, Renewed, StoredMembers
from segmentry.membership.turn import Turn, turn
from segmentry.membership.watched import Watched, watched
from segmentry.plan.nodes import EVERYBODY, Plan
from segmentry.query.bound import BoundQuery
from segmentry.storage.app_db import Segment
from segmentry.storage.numbers import customers_of


class FactsState(Protocol):
    """What is asked of the facts beside an engine's answers."""

    @property
    def version(self) -> str:
        """Which facts they are."""
        ...

    @property
    def position(self) -> int:
        """The last import they have."""
        ...

    def touched_since(self, position: int) -> Touched | None:
        """Whose facts changed after a position, and how; None where it may be those of all."""
        ...

    def triggering_since(self, position: int) -> frozenset[str] | None:
        """Those of them whose change can start something; None where it may be that of all."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What memberships are made from: the store, an engine over its facts, segments bound."""

    store: Callable[[], Store]
    facts: FactsState
    engine: Callable[[], Engine]
    bound: Callable[[Iterable[str]], Iterator[BoundQuery | UserError]]
    """The queries of saved segments by their names, in order; errors for those at fault."""


@dataclass(frozen=True, slots=True)
class State:
    """A segment's stored members, as far as can be said without them.

    They are `count`, true at `as_of` and, while it is `current`, since then; `due_at` is when
    somebody can next join or leave by time alone. After a refresh that `failed` all that is
    of the last good version, and `error` says what was wrong.
    """

    segment: str
    state: Literal["current", "due", "failed", "archived"]
    version: int
    count: int
    as_of: datetime | None
    due_at: datetime | None
    failed_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many joined and left a segment in a refresh, and how many there are then."""

    segment: str
    joined: int
    left: int
    count: int


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: segments in which somebody moved, those that failed, and when the
    next one is due by time alone."""

    as_of: datetime
    moved: tuple[Turnover, ...]
    failed: Mapping[str, str]
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Drift:
    """A segment whose stored members are not those that a fresh evaluation finds."""

    segment: str
    missing: tuple[str, ...]
    surplus: int


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    name: str
    archived: bool


class Memberships:
    """The stored members of one workspace's segments. One refresh at a time."""

    def __init__(self, app: AppDb, sources: Sources) -> None:
        self._app = app
        self._sources = sources
        self._stored = StoredMembers(app)
        self._answers = Answers(app, sources.engine)
        self._lock = RLock()
        self._facts_seen: str | None = None
        self._known: dict[int, tuple[BoundQuery, Store, str, Watched]] = {}
        self.history = History(app)

    # -- making it true ---------------------------------------------------------------

    def refresh(self, now: datetime) -> Refreshed:
        """Make the members of every active segment what they are at a moment.

        Only what can have changed is evaluated. A segment that cannot be keeps its last good
        version, with the error beside it; everything else is in place at once, or nothing.
        """
        with self._lock:
            headers, facts = self._stored.headers(), self._facts()
            rows = [row for row in self._rows() if not row.archived]
            due = [row for row in rows if is_due(headers.get(row.id), facts, now)]
            segments, failed = self._watched(due, now)
            state = self._sources.facts
            news = News(now, facts, cache(state.touched_since), cache(state.triggering_since))
            found = refresh(segments, headers, self._members(headers), self._answers, news)
            if found.renewed or failed or found.failed:
                self._stored.write(found.renewed, (*failed, *found.failed), now)
                headers = self._stored.headers()
            names = {row.id: row.name for row in rows}
            return Refreshed(
                now,
                tuple(
                    _turnover(each, names[each.segment_id]) for each in found.renewed if each.turns
                ),
                {names[each.segment_id]: each.error for each in (*failed, *found.failed)},
                _next_due(rows, headers),
            )

    def warm(self, now: datetime) -> None:
        """Ask every segment about somebody, so that what it asks about is read before somebody
        waits for it."""
        engine = self._sources.engine()
        some = engine.page(Plan(EVERYBODY), now, 0, 1).customers
        rows = [row for row in self._rows() if not row.archived]
        for each in self._watched(rows, now)[0]:
            with suppress(Exception):  # what is wrong with it a refresh will tell
                engine.members(each.plan, now, some)

    def _members(self, headers: Mapping[int, Header]) -> Callable[[int], BitMap]:
        return lambda id: self._stored.members(id, headers[id].version)

    def next_due(self) -> datetime | None:
        """The first moment at which somebody can join or leave an active segment by time
        alone; None for never."""
        return _next_due([row for row in self._rows() if not row.archived], self._stored.headers())

    def _watched(self, rows: Iterable[_Row], now: datetime) -> tuple[list[Watched], list[Failed]]:
        found: list[Watched] = []
        failed: list[Failed] = []
        due, store = list(rows), self._sources.store()
        bound = self._sources.bound(row.name for row in due)
        for row, query in zip(due, bound, strict=True):
            if isinstance(query, UserError):
                failed.append(Failed(row.id, now, error_words(query)))
            else:
                found.append(self._watched_one(row, query, store))
        return found, failed

    def _watched_one(self, row: _Row, query: BoundQuery, store: Store) -> Watched:
        """A segment by its query: the very same while that is, and the store and its name are."""
        known = self._known.get(row.id)
        if known is None or known[0] is not query or known[1:3] != (store, row.name):
            made = watched(row.id, row.name, query, store)
            known = self._known[row.id] = query, store, row.name, made
        return known[3]

    def _facts(self) -> Facts:
        facts = Facts(self._sources.facts.version, self._sources.facts.position)
        if self._facts_seen not in (None, facts.version):
            self._answers.forget()
        self._facts_seen = facts.version
        return facts

    def _rows(self) -> list[_Row]:
        rows = select(Segment.id, Segment.name, Segment.archived_at).order_by(Segment.id)
        with Session(self._app) as session:
            found = session.connection().execute(rows)
            return [_Row(id, name, archived is not None) for id, name, archived in found]

    # -- looking ----------------------------------------------------------------------

    def states(self, now: datetime) -> list[State]:
        """Every segment's, in the order they were made."""
        headers, facts = self._stored.headers(), self._facts()
        return [_state(row, headers.get(row.id), facts, now) for row in self._rows()]

    def take_up(self) -> None:
        """Have stored members go on from facts that were made anew, at the moment they are of,
        so that what time did since then is noted as such."""
        moments = [each.as_of for each in self._stored.headers().values() if each.as_of]
        if moments:
            self.refresh(max(moments))

    def then(self) -> tuple[MembersThen, ...]:
        """Who is stored as the members of each segment, by hash."""
        return members_then(self._app)

    def state(self, segment: str, now: datetime) -> State:
        """That of one segment, by its exact name."""
        return next(each for each in self.states(now) if each.segment == segment)

    def members(self, segment: str) -> list[str]:
        """The stored members of a segment by the keys engines know them by, of one version."""
        members = self._stored.members(self.segment_id(segment))
        with Session(self._app) as session:
            return customers_of(session, members)

    def segment_id(self, name: str) -> int:
        """The id of a saved segment by its exact name."""
        return next(row.id for row in self._rows() if row.name == name)

    def drift(self, now: datetime, fresh: Engine, *, mend: bool = False) -> list[Drift]:
        """Segments whose stored members differ from those that an engine finds, which read
        the facts anew. Refreshes first; with `mend` what differs is put right."""
        self.refresh(now)
        with self._lock:
            headers, facts = self._stored.headers(), self._facts()
            rows = [row for row in self._rows() if not row.archived and row.id in headers]
            segments, _ = self._watched(rows, now)
            answers = Answers(self._app, lambda: fresh)
            found, mended = [], []
            for each in segments:
                header = headers[each.id]
                at = max(now, header.as_of or now)
                members = answers.members(each.plan, at)
                off = turn(self._stored.members(each.id), members, at, "restated")
                if not off or header.error is not None:
                    continue
                found.append(self._drift(each.name, off))
                due = answers.due(each.plan, at)
                count = len(members)
                mended.append(Renewed(each.id, (off,), at, count, each.meaning, facts, due))
            if mend:
                self._stored.write(mended, (), now)
            return found

    def drift_then(self, fresh: Engine) -> list[Drift]:
        """Segments whose stored members differ from those that an engine finds at the moment
        they are of; changes nothing. Those of other facts or of another definition than
        there are now, as before a refresh, are passed over."""
        with self._lock:
            headers, position = self._stored.headers(), self._sources.facts.position
            rows = [row for row in self._rows() if not row.archived and row.id in headers]
            answers, found = Answers(self._app, lambda: fresh), []
            for row, query in zip(rows, self._sources.bound(r.name for r in rows), strict=True):
                then = headers[row.id]
                if isinstance(query, UserError) or then.as_of is None:
                    continue
                each = watched(row.id, row.name, query, self._sources.store())
                if (then.meaning, then.facts.position) != (each.meaning, position):
                    continue
                members = answers.members(each.plan, then.as_of)
                if off := turn(self._stored.members(row.id), members, then.as_of, "restated"):
                    found.append(self._drift(row.name, off))
            return found

    def _drift(self, segment: str, off: Turn) -> Drift:
        with Session(self._app) as session:
            missing = tuple(sorted(customers_of(session, off.joined)))
        return Drift(segment, missing, len(off.left))


def _next_due(rows: Iterable[_Row], headers: Mapping[int, Header]) -> datetime | None:
    """Of those that did not fail; these are tried again at any time."""
    kept = (headers[row.id] for row in rows if row.id in headers)
    due = (each.due_at for each in kept if each.error is None and each.due_at is not None)
    return min(due, default=None)


def _turnover(each: Renewed, name: str) -> Turnover:
    joined = sum(len(one.joined) for one in each.turns)
    return Turnover(name, joined, sum(len(one.left) for one in each.turns), each.count)


def _state(row: _Row, header: Header | None, facts: Facts, now: datetime) -> State:
    if header is None:
        return State(row.name, "archived" if row.archived else "due", 0, 0, None, None, None, None)
    known: Literal["current", "due", "failed", "archived"] = "current"
    if row.archived:
        known = "archived"
    elif header.error is not None:
        known = "failed"
    elif is_due(header, facts, now):
        known = "due"
    return State(
        row.name,
        known,
        header.version,
        header.count,
        header.as_of,
        header.due_at,
        header.failed_at,
        header.error,
    )
