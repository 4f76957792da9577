"""The saved segments of one workspace.

Finds them and answers through what the workspace gives it to ask with. Changes are made by
`editing`, what uses segments is kept by `registry`, versions by `versions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Self, Unpack

import pyarrow as pa
from pyroaring import BitMap
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.errors import NoSegmentError, SegmentError, UserError
from segmentry.base.text import text_key
from segmentry.facts.field import Attribute
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names, SavedQuery
from segmentry.segments import versions
from segmentry.segments.answer import Change, Every, FileWanted, MembersFile, Result, change
from segmentry.segments.definition import Definition, Details
from segmentry.segments.editing import Edit
from segmentry.segments.index import Index, KnownSegments
from segmentry.segments.lists import ListAction, ListChange, Listed, read_lists, relisted
from segmentry.segments.meant import Meant
from segmentry.segments.naming import free_name, tidy, unknown
from segmentry.segments.page import Page
from segmentry.segments.people import People, find
from segmentry.segments.registry import Use, Uses
from segmentry.segments.segment import Segment
from segmentry.segments.upcoming import Upcoming
from segmentry.segments.versions import Version, definition_of
from segmentry.segments.why import Why
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.due import mark_due
from segmentry.storage.numbers import customers_of, numbers_of
from segmentry.storage.segment_changes import note_change


@dataclass(frozen=True, slots=True)
class Asking:
    """What a workspace answers for its segments.

    `answer` is given a query, a moment, and the ids of those to ask, all where it is None.
    `table` puts attributes, named by its second argument, beside the members of a result.
    `day` is the store's local day of a moment. `changed` is told after segments were made or
    changed.
    """

    now: Callable[[], datetime]
    metafields: Callable[[], Mapping[str, Attribute]]
    answer: Callable[[BoundQuery, datetime | date | None, Iterable[str] | None], Result]
    table: Callable[[Result, Sequence[str]], pa.Table]
    next_change: Callable[[BoundQuery, str, datetime | date | None], Upcoming]
    why: Callable[[BoundQuery, str, datetime | date | None], Why]
    day: Callable[[datetime], date]
    people: People
    changed: Callable[[], object]
    history: Callable[[str, str | None, int], pa.Table]
    export: Callable[[Segment, FileWanted], MembersFile]
    sizes: Callable[[BoundQuery, date, date | None, Every], pa.Table]
    page: Callable[[BoundQuery, datetime | date | None, int, int], Page]


class SavedSegments:
    """The segments of one workspace, in the order they were made; archived ones are found by
    name and left out elsewhere. Changes are written down as made by `author`."""

    def __init__(self, app: Engine, asking: Asking, author: str) -> None:
        self._app = app
        self._known = KnownSegments(app, asking.people.survivors)
        self._meant = Meant(Index(0), {})
        self.asking = asking
        self.author = author
        self.uses = Uses(app, self._known, asking.now)

    def by(self, author: str) -> Self:
        """The same segments, changed by somebody else."""
        other = copy(self)
        other.author = author
        return other

    # -- finding --------------------------------------------------------------------

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.listed())

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        return text_key(name) in self._known.now().ids

    def __getitem__(self, name: str) -> Segment:
        with Session(self._app) as session:
            return self._segment(self._row(session, name))

    def by_id(self, id: int) -> Segment:
        """The segment with a number, which stays the same when its name does not. Refuses one
        that is not there."""
        with Session(self._app) as session:
            row = session.get(Row, id)
            if row is None:
                raise NoSegmentError(f"There is no segment {id}.")
            return self._segment(row)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order the segments were made."""
        return tuple(each.name for each in self.saved_queries().values() if not each.archived)

    def listed(
        self,
        *,
        folder: str | None = None,
        tag: str | None = None,
        search: str = "",
        archived: bool | None = False,
    ) -> list[Segment]:
        """The segments in a folder or below it, with a tag, with all words of a search in
        their texts; those put away where `archived`, both kinds for None."""
        with Session(self._app) as session:
            found = [self._segment(row) for row in session.scalars(select(Row).order_by(Row.id))]
        return [
            each
            for each in found
            if (archived is None or each.archived == archived)
            and (folder is None or each.in_folder(folder))
            and (tag is None or each.tagged(tag))
            and each.mentions(search)
        ]

    def definitions(self) -> list[Definition]:
        """What all segments are defined as, archived ones too; snapshots follow from nothing
        that could be written down."""
        everything = self.listed(archived=None)
        return [each.definition for each in everything if each.fixed_at is None]

    def saved_queries(self) -> Mapping[str, SavedQuery]:
        """What queries can refer to, by name key."""
        return self._known.now().queries

    def names_used(self) -> Mapping[str, int]:
        """In how many queries each attribute and function occurs."""
        return self._known.now().names_used

    def referring_to(self, name: str) -> tuple[str, ...]:
        """The names of the segments whose queries name this one."""
        index = self._known.now()
        return tuple(index.queries[key].name for key in index.referring_to(text_key(name)))

    # -- asking ---------------------------------------------------------------------

    def bound(self, segment: Definition, query: str | None = None) -> BoundQuery:
        """A segment's meaning, with those it lists by hand; of another `query` if given."""
        names = Names(self.asking.metafields(), self.saved_queries())
        return bind(segment.query if query is None else query, names, (segment.key,))

    def query(self, text: str) -> BoundQuery:
        """The meaning of a query that may refer to these segments."""
        return bind(text, Names(self.asking.metafields(), self.saved_queries()))

    def meanings(self, names: Iterable[str]) -> Iterator[BoundQuery | UserError]:
        """What the segments of these names mean; of one that cannot be answered, why not."""
        index, metafields = self._known.now(), self.asking.metafields()
        if not self._meant.holds(index, metafields):
            self._meant = Meant(index, metafields)
        return map(self._meant.by_key, map(text_key, names))

    def table(self, result: Result, fields: Sequence[str]) -> pa.Table:
        """The members of a result, each with the values of the attributes named."""
        return self.asking.table(result, fields)

    def preview(self, name: str, query: str, *, as_of: datetime | date | None = None) -> Change:
        """Who would join and leave if a segment had another query. Changes nothing."""
        before = self[name]
        after = self.asking.answer(self.bound(before, query), as_of, None)
        return change(before.result(as_of=as_of), after)

    def versions(self, name: str) -> tuple[Version, ...]:
        """What a segment has been defined as, the first version first."""
        index = self._known.now()
        with Session(self._app) as session:
            return versions.versions_of(session, self._row(session, name), index)

    def lists(self, name: str) -> Listed:
        """Who is put into a segment and kept out of it by hand."""
        people = self.asking.people
        survivors = people.survivors()
        with Session(self._app) as session:
            included, excluded = (
                {survivors.get(key, key) for key in customers_of(session, numbers)}
                for numbers in read_lists(session, self._row(session, name).id)
            )
        shown = (tuple(sorted(map(people.shown, keys))) for keys in (included, excluded))
        return Listed(*shown)

    # -- changing -------------------------------------------------------------------

    def add(
        self, name: str, query: str, *, preset: str | None = None, **details: Unpack[Details]
    ) -> Segment:
        """Save a segment. Refuses a name that is taken, in any case, and a query that cannot
        be answered."""
        return self.add_defined(Definition(tidy(name), query, preset=preset).saying(details))

    def add_defined(self, given: Definition) -> Segment:
        """Save a segment by its definition; refuses what `add` does."""
        with self._changing() as edit:
            return self._segment(edit.add(given))

    def edit(
        self,
        name: str,
        query: str | None = None,
        *,
        if_version: int | None = None,
        **details: Unpack[Details],
    ) -> Segment:
        """Give a segment another query or other details. Refuses a query that cannot be
        answered, or that a segment referring to this one could not be answered with; and
        with `if_version` a segment that has another version by now."""
        with self._changing() as edit:
            row = edit.row(name)
            if if_version is not None:
                versions.refuse_changed(edit.session, row, if_version, edit.index)
            if query is not None and row.fixed_at is not None:
                raise SegmentError(f"'{row.name}' is a snapshot; no query says who belongs.")
            wanted = definition_of(row).saying(details)
            if query is not None:
                wanted = replace(wanted, query=query)
            edit.define(row, wanted, "edited")
            return self._segment(row)

    def rename(self, name: str, new: str, *, if_version: int | None = None) -> Segment:
        """Give a segment another name, and change it in the queries that refer to it. Refuses
        with `if_version` a segment that has another version by now."""
        with self._changing() as edit:
            row = edit.row(name)
            if if_version is not None:
                versions.refuse_changed(edit.session, row, if_version, edit.index)
            edit.define(row, replace(definition_of(row), name=tidy(new)), "renamed")
            return self._segment(row)

    def revert(self, name: str, version: int) -> Segment:
        """Make a segment what it was defined as in one of its versions; that is a new version.

        Who is listed by hand stays. Refuses one that cannot be answered any more.
        """
        with self._changing() as edit:
            row = edit.row(name)
            wanted = versions.to_go_back_to(edit.session, row, version, edit.index)
            edit.define(row, wanted, f"reverted to version {version}")
            return self._segment(row)

    def duplicate(self, name: str, new: str | None = None) -> Segment:
        """Save a segment once more with those it lists, as `Name (2)` unless another name is
        given."""
        with self._changing() as edit:
            row = edit.row(name)
            free = free_name(row.name, edit.index.queries) if new is None else tidy(new)
            again = replace(definition_of(row), name=free, preset=None, archived=False)
            lists = read_lists(edit.session, row.id)
            return self._segment(
                edit.add(again, lists=lists if any(lists) else None, fixed_at=row.fixed_at)
            )

    def archive(self, name: str) -> Segment:
        """Put a segment away: it keeps its name, and what refers to it goes on working."""
        return self._put_away(name, "archived", away=True)

    def restore(self, name: str) -> Segment:
        """Take a segment back from where it was put away."""
        return self._put_away(name, "restored", away=False)

    def _put_away(self, name: str, action: str, *, away: bool) -> Segment:
        with self._changing() as edit:
            row = edit.row(name)
            edit.define(row, replace(definition_of(row), archived=away), action)
            return self._segment(row)

    def delete(self, name: str, *, if_version: int | None = None) -> tuple[Use, ...]:
        """Delete a segment; gives what used it without blocking, and now has none. Refuses
        while another segment refers to it or a use blocks, naming these; and with `if_version`
        one that has another version by now."""
        with self._changing() as edit:
            row = edit.row(name)
            if if_version is not None:
                versions.refuse_changed(edit.session, row, if_version, edit.index)
            return edit.delete(row)

    def replace(self, final: Sequence[Definition]) -> None:
        """Make the segments those given, all or none of them. Those that stay keep their
        place and the moment they were made, and snapshots stay."""
        with self._changing() as edit:
            wanted = {each.key for each in final}
            queries = edit.index.queries.items()
            gone = [key for key, each in queries if key not in wanted and not each.fixed]
            edit.define_all(final, gone)

    # -- listing by hand ------------------------------------------------------------

    def include(self, name: str, ids: Iterable[str], *, skip_unknown: bool = False) -> ListChange:
        """Put customers in, by id or e-mail address, whatever the query says; they are kept
        out no more. Refuses ids of nobody, unless they are to be skipped."""
        return self._list(name, ids, "included", skip_unknown=skip_unknown)

    def exclude(self, name: str, ids: Iterable[str], *, skip_unknown: bool = False) -> ListChange:
        """Keep customers out, as `include` puts them in."""
        return self._list(name, ids, "excluded", skip_unknown=skip_unknown)

    def unlist(self, name: str, ids: Iterable[str], *, skip_unknown: bool = False) -> ListChange:
        """List customers no more: the query alone says whether they belong."""
        return self._list(name, ids, "unlisted", skip_unknown=skip_unknown)

    def _list(
        self, name: str, ids: Iterable[str], action: ListAction, *, skip_unknown: bool
    ) -> ListChange:
        found = find(self.asking.people, ids)
        if not skip_unknown:
            found.refuse_unknown()
        with self._changing() as edit:
            row = edit.row(name)
            before = read_lists(edit.session, row.id)
            survivors = self.asking.people.survivors()
            after = relisted(edit.session, before, action, found.keys, survivors)
            edit.list(row, *after, action)
        moved = (before[0] ^ after[0]) | (before[1] ^ after[1])
        return ListChange(len(moved), len(after[0]), len(after[1]), found.unknown)

    def snapshot(
        self, name: str, new: str | None = None, *, as_of: datetime | date | None = None
    ) -> Segment:
        """Save the members of a segment at a moment, now if none is given, as a segment that
        stays so whatever happens; its name has the day unless another is given."""
        of = self[name]
        result = of.result(as_of=as_of)
        keys = sorted(map(self.asking.people.key_of, result.ids))
        with self._changing() as edit:
            day = self.asking.day(result.as_of)
            wished = f"{of.name} on {day}" if new is None else tidy(new)
            if new is None and text_key(wished) in edit.index.ids:
                wished = free_name(wished, edit.index.queries)
            taken = replace(of.definition, name=wished, preset=None, archived=False)
            lists = numbers_of(edit.session, keys), BitMap()
            row = edit.add(taken, "taken", lists=lists, fixed_at=result.as_of)
            return self._segment(row)

    # -- rows -----------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[Edit]:
        """One transaction over all segments, known to everybody when it is kept."""
        metafields, now = self.asking.metafields(), self.asking.now()
        with Session(self._app, expire_on_commit=False) as session, session.begin():
            index: Index = self._known.to_change(session)
            before = dict(index.queries)
            yield Edit(session, self._known, index, metafields, self.author, now)
            mark_due(session, index.changed_since(before))
            index.changes = note_change(session)
        self._known.publish(index)
        self.asking.changed()

    def _row(self, session: Session, name: str) -> Row:
        row = session.scalars(select(Row).filter_by(name_key=text_key(name))).first()
        if row is None:
            raise NoSegmentError(unknown(name, tuple(session.scalars(select(Row.name)))))
        return row

    def _segment(self, row: Row) -> Segment:
        definition = definition_of(row)
        return Segment(
            **{each.name: getattr(definition, each.name) for each in fields(Definition)},
            id=row.id,
            created_at=row.created_at,
            version=row.version or 1,
            archived_at=row.archived_at,
            fixed_at=row.fixed_at,
            _saved=self,
        )
