"""Saved segments: a name and the query that says who belongs.

Keeps their texts and answers through what the workspace gives it to ask with. A text
is saved only when it can be answered, and no change may break a segment that refers
to the changed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.errors import QueryError, SegmentError, UserError
from segmentry.base.quoting import quote
from segmentry.base.text import text_key
from segmentry.facts.field import Attribute
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names, SavedQuery
from segmentry.query.printer import print_query
from segmentry.segments import uses
from segmentry.segments.answer import (
    Change,
    Every,
    FileWanted,
    MembersFile,
    Progress,
    Result,
    change,
)
from segmentry.segments.naming import free_name, tidy
from segmentry.segments.upcoming import Upcoming
from segmentry.segments.why import Why
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.due import mark_due


@dataclass(frozen=True, slots=True)
class Asking:
    """What a workspace answers for its segments.

    `answer` is given a query, a moment, and the ids of those to ask, all where it is None.
    `table` puts attributes, named by its second argument, beside the members of a result.
    `changed` is told after segments were made or changed.
    """

    now: Callable[[], datetime]
    metafields: Callable[[], Mapping[str, Attribute]]
    answer: Callable[[BoundQuery, datetime | date | None, Iterable[str] | None], Result]
    table: Callable[[Result, Sequence[str]], pa.Table]
    next_change: Callable[[BoundQuery, str, datetime | date | None], Upcoming]
    why: Callable[[BoundQuery, str, datetime | date | None], Why]
    changed: Callable[[], object]
    history: Callable[[str, str | None, int], pa.Table]
    export: Callable[[Segment, FileWanted], MembersFile]
    sizes: Callable[[BoundQuery, date, date | None, Every], pa.Table]


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment as it is written down, apart from any store; `preset` is its origin."""

    name: str
    query: str
    description: str = ""
    preset: str | None = None

    @property
    def key(self) -> str:
        """The name as names are compared."""
        return text_key(self.name)


@dataclass(frozen=True, slots=True)
class Segment:
    """A saved segment; `preset` is the ready-made one it came from."""

    name: str
    query: str
    description: str
    preset: str | None
    created_at: datetime
    _saved: SavedSegments = field(repr=False, compare=False)

    def result(
        self, *, as_of: datetime | date | None = None, among: Iterable[str] | None = None
    ) -> Result:
        """Its members at a moment, now if none is given, with count and sentence; with
        `among` only these customers are asked."""
        return self._saved.result(self.query, as_of=as_of, among=among)

    def others(self, *, as_of: datetime | date | None = None) -> Result:
        """Everybody who is not a member at a moment, now if none is given."""
        return self._saved.result(self.complement, as_of=as_of)

    @property
    def complement(self) -> str:
        """The query of everybody who is not a member."""
        return f"NOT (segments CONTAINS {quote(self.name)})"

    def members(
        self,
        *,
        as_of: datetime | date | None = None,
        among: Iterable[str] | None = None,
        fields: Sequence[str] = (),
    ) -> pa.Table:
        """Its members at a moment, each with the values of the attributes named."""
        return self._saved.table(self.result(as_of=as_of, among=among), fields)

    def export(
        self,
        out: str | Path,
        *,
        format: str | None = None,
        fields: Sequence[str] | None = None,
        as_of: datetime | date | None = None,
        progress: Progress | None = None,
    ) -> MembersFile:
        """Write its members at a moment, now if none is given, to a file that is whole or not
        there: .csv, .xlsx, .parquet or .jsonl, or of a folder one named after the segment.

        `fields` are the attributes beside them and, once given, those of its next exports that
        name none; an empty list forgets them. The same export after one that was broken off
        goes on with it where nothing has changed since. Refuses what it cannot write, and more
        rows than a sheet has.
        """
        wanted = FileWanted(out, format, fields, as_of, progress)
        return self._saved.asking.export(self, wanted)

    def next_change(self, customer: str, *, as_of: datetime | date | None = None) -> Upcoming:
        """When a customer next joins or leaves after a moment, now if none is given.

        Refuses the id of nobody. See `Workspace.next_change`.
        """
        return self._saved.next_change(self.query, customer, as_of=as_of)

    def why(self, customer: str, *, as_of: datetime | date | None = None) -> Why:
        """Why a customer is in it or not at a moment, now if none is given.

        Refuses the id of nobody. See `Workspace.why`.
        """
        return self._saved.why(self.query, customer, as_of=as_of)

    def history(self, *, customer: str | None = None, limit: int = 10_000) -> pa.Table:
        """Who joined and left it, when and why, the latest first; of one customer or of all."""
        return self._saved.asking.history(self.name, customer, limit)

    def sizes(self, since: date, until: date | None = None, every: Every = "day") -> pa.Table:
        """How many members it had on each day. See `Workspace.sizes`."""
        return self._saved.sizes(self.query, since, until, every)

    @property
    def definition(self) -> Definition:
        """What defines it."""
        return Definition(self.name, self.query, self.description, self.preset)


class SavedSegments:
    """The segments of one workspace, in the order they were made."""

    def __init__(self, app: Engine, asking: Asking) -> None:
        self._app = app
        self.asking = asking

    # -- reading --------------------------------------------------------------------

    def __iter__(self) -> Iterator[Segment]:
        with Session(self._app) as session:
            rows = session.scalars(select(Row).order_by(Row.id))
            return iter([self._segment(row) for row in rows])

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return text_key(name) in map(text_key, self.names)

    def __getitem__(self, name: str) -> Segment:
        with Session(self._app) as session:
            row = session.scalars(select(Row).filter_by(name_key=text_key(name))).first()
        if row is None:
            raise SegmentError(_unknown(name, self.names))
        return self._segment(row)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order the segments were made."""
        with Session(self._app) as session:
            return tuple(session.scalars(select(Row.name).order_by(Row.id)))

    def saved_queries(self) -> dict[str, SavedQuery]:
        """What queries can refer to, by name key."""
        return saved_queries([segment.definition for segment in self])

    def bound(self, names: Iterable[str]) -> Iterator[BoundQuery | UserError]:
        """What the segments of these names mean; of one that cannot be answered, why not."""
        known = Names(self.asking.metafields(), self.saved_queries())
        for name in names:
            key = text_key(name)
            try:
                yield bind(known.segments[key].text, known, (key,))
            except QueryError as error:
                yield error

    def referring_to(self, name: str) -> tuple[str, ...]:
        """The names of the segments whose queries name this one."""
        key = text_key(name)
        return tuple(each.name for each in self if key in uses.named(each.query))

    def result(
        self,
        query: str,
        *,
        as_of: datetime | date | None = None,
        among: Iterable[str] | None = None,
    ) -> Result:
        """The answer to a query that may refer to these segments."""
        names = Names(self.asking.metafields(), self.saved_queries())
        return self.asking.answer(bind(query, names), as_of, among)

    def next_change(
        self, query: str, customer: str, *, as_of: datetime | date | None = None
    ) -> Upcoming:
        """When a customer next joins or leaves a query that may refer to these segments."""
        names = Names(self.asking.metafields(), self.saved_queries())
        return self.asking.next_change(bind(query, names), customer, as_of)

    def why(self, query: str, customer: str, *, as_of: datetime | date | None = None) -> Why:
        """Why a customer is in a query that may refer to these segments, or not."""
        names = Names(self.asking.metafields(), self.saved_queries())
        return self.asking.why(bind(query, names), customer, as_of)

    def sizes(self, query: str, since: date, until: date | None, every: Every) -> pa.Table:
        """How many members a query that may refer to these segments had on each day."""
        names = Names(self.asking.metafields(), self.saved_queries())
        return self.asking.sizes(bind(query, names), since, until, every)

    def table(self, result: Result, fields: Sequence[str]) -> pa.Table:
        """The members of a result, each with the values of the attributes named."""
        return self.asking.table(result, fields)

    # -- changing -------------------------------------------------------------------

    def add(
        self,
        name: str,
        query: str,
        *,
        description: str = "",
        preset: str | None = None,
    ) -> Segment:
        """Save a segment. Refuses a name that is taken, in any case, and a query that cannot
        be answered."""
        given = Definition(tidy(name), query, description.strip(), preset)
        with self._changing() as edit:
            edit.refuse_taken(given.name)
            return self._segment(edit.add(given, self.asking.now()))

    def edit(
        self, name: str, query: str | None = None, *, description: str | None = None
    ) -> Segment:
        """Give a segment another query or description. Refuses a query that cannot be
        answered, or that a segment referring to this one could not be answered with."""
        with self._changing() as edit:
            row = edit.row(name)
            if query is not None:
                row.query = query
                edit.check([row.name_key])
            if description is not None:
                row.description = description.strip()
            return self._segment(row)

    def preview(self, name: str, query: str, *, as_of: datetime | date | None = None) -> Change:
        """Who would join and leave if a segment had another query. Changes nothing."""
        before = self[name]
        key = text_key(name)
        names = Names(self.asking.metafields(), self.saved_queries())
        after = self.asking.answer(bind(query, names, (key,)), as_of, None)
        return change(before.result(as_of=as_of), after)

    def rename(self, name: str, new: str) -> Segment:
        """Give a segment another name, and change it in the queries that refer to it."""
        new = tidy(new)
        with self._changing() as edit:
            row = edit.row(name)
            if text_key(new) != row.name_key:
                edit.refuse_taken(new)
            edit.rename(row, new)
            return self._segment(row)

    def duplicate(self, name: str, new: str | None = None) -> Segment:
        """Save a segment once more, as `Name (2)` unless another name is given."""
        with self._changing() as edit:
            row = edit.row(name)
            if new is None:
                new = free_name(row.name, edit.rows)
            edit.refuse_taken(new := tidy(new))
            copy = Definition(new, row.query, row.description)
            return self._segment(edit.add(copy, self.asking.now()))

    def delete(self, name: str) -> None:
        """Delete a segment. Refuses while another segment refers to it, naming that one."""
        with self._changing() as edit:
            row = edit.row(name)
            users = [r.name for r in edit.rows.values() if row.name_key in uses.named(r.query)]
            if users:
                raise SegmentError(
                    f"'{row.name}' is used by {listed(users)}. Change or delete what uses it first."
                )
            edit.remove(row.name_key)

    def replace(self, final: Sequence[Definition]) -> None:
        """Make the segments those given, all or none of them. Those that stay keep their
        place and the moment they were made."""
        with self._changing() as edit:
            for key in set(edit.rows) - {each.key for each in final}:
                edit.remove(key)
            for each in final:
                edit.put(each, self.asking.now())
            edit.check(list(edit.rows))

    @contextmanager
    def _changing(self) -> Iterator[_Edit]:
        """One transaction over all segments: what is checked in it is what is saved."""
        metafields = self.asking.metafields()
        with Session(self._app, expire_on_commit=False) as session, session.begin():
            rows = {r.name_key: r for r in session.scalars(select(Row).order_by(Row.id))}
            before = {key: row.query for key, row in rows.items()}
            yield _Edit(session, rows, metafields)
            mark_due(session, _affected(before, rows))
        self.asking.changed()

    def _segment(self, row: Row) -> Segment:
        return Segment(row.name, row.query, row.description, row.preset, row.created_at, self)


@dataclass(frozen=True, slots=True)
class _Edit:
    """The rows while they are changed, by name key."""

    session: Session
    rows: dict[str, Row]
    metafields: Mapping[str, Attribute]

    def row(self, name: str) -> Row:
        if (row := self.rows.get(text_key(name))) is None:
            raise SegmentError(_unknown(name, [row.name for row in self.rows.values()]))
        return row

    def refuse_taken(self, name: str) -> None:
        if (row := self.rows.get(text_key(name))) is not None:
            free = free_name(name, self.rows)
            raise SegmentError(f"There is a segment '{row.name}' already. A free name is '{free}'.")

    def add(self, given: Definition, now: datetime) -> Row:
        row = self.put(given, now)
        self.check([row.name_key])
        return row

    def put(self, given: Definition, now: datetime) -> Row:
        row = self.rows.get(given.key)
        if row is None:
            row = Row(name_key=given.key, created_at=now)
            self.session.add(row)
            self.rows[given.key] = row
        row.name, row.query = given.name, given.query
        row.description, row.preset = given.description, given.preset
        return row

    def remove(self, key: str) -> None:
        self.session.delete(self.rows.pop(key))
        self.session.flush()

    def rename(self, row: Row, new: str) -> None:
        for other in self.rows.values():
            if row.name_key in uses.named(other.query):
                other.query = uses.renamed(other.query, row.name_key, new)
        del self.rows[row.name_key]
        row.name, row.name_key = new, text_key(new)
        self.rows[row.name_key] = row

    def check(self, keys: Sequence[str]) -> None:
        """Bring the queries of these segments into their one written form; see that they and
        those depending on them can be answered."""
        texts = {key: row.query for key, row in self.rows.items()}
        names = Names(
            self.metafields, {k: SavedQuery(r.name, r.query) for k, r in self.rows.items()}
        )
        for key in keys:
            self.rows[key].query = print_query(bind(texts[key], names, (key,)).query)
        for key in sorted(uses.depending(keys, texts)):
            try:
                bind(texts[key], names, (key,))
            except QueryError as error:
                raise SegmentError(
                    f"'{self.rows[key].name}' refers to it and would no longer work: "
                    f"{error.problems[0].message}"
                ) from error


def _affected(before: Mapping[str, str], rows: Mapping[str, Row]) -> list[int]:
    """The ids of segments whose members can be others than before a change."""
    texts = {key: row.query for key, row in rows.items()}
    differ = {key for key, text in texts.items() if before.get(key) != text}
    affected = differ | uses.depending({*differ, *(before.keys() - texts)}, texts)
    return [rows[key].id for key in affected if key in before]


def saved_queries(definitions: Sequence[Definition]) -> dict[str, SavedQuery]:
    """What queries can refer to, by name key."""
    return {each.key: SavedQuery(each.name, each.query) for each in definitions}


def _unknown(name: str, names: Sequence[str]) -> str:
    by_key = {text_key(each): each for each in names}
    close = get_close_matches(text_key(name), by_key, n=1)
    hint = f" Did you mean '{by_key[close[0]]}'?" if close else ""
    return f"There is no segment '{name}'.{hint}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in quotes, the first few of them."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
