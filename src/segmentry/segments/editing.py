"""Changes of saved segments: one transaction over all of them.

What is checked in it is what is saved, no change may break a segment that refers to the
changed one, and every change of a definition is written as a version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.base.errors import ConflictError, NoSegmentError, QueryError, SegmentError
from segmentry.base.text import text_key
from segmentry.facts.field import Attribute
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery
from segmentry.query.printer import print_query
from segmentry.segments import registry, uses, versions
from segmentry.segments.definition import TEXTS, Definition
from segmentry.segments.index import Index, KnownSegments
from segmentry.segments.lists import read_lists, write_lists
from segmentry.segments.naming import free_name, unknown
from segmentry.segments.registry import Use
from segmentry.segments.versions import definition_of
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.positions import SEGMENT, add_to


@dataclass(frozen=True, slots=True)
class Edit:
    """The segments while they are changed, at one moment by one author; `index` follows."""

    session: Session
    known: KnownSegments
    index: Index
    metafields: Mapping[str, Attribute]
    author: str
    now: datetime
    _rows: dict[str, Row] = field(default_factory=dict)

    # -- looking --------------------------------------------------------------------

    def row(self, name: str) -> Row:
        """The segment of a name. Refuses an unknown one."""
        key = text_key(name)
        if key not in self.index.ids:
            raise NoSegmentError(unknown(name, [each.name for each in self.index.queries.values()]))
        if key not in self._rows:
            row = self._rows[key] = self.session.scalars(select(Row).filter_by(name_key=key)).one()
            if not row.version:  # from before there were versions
                versions.record(self.session, row, self.index, "added", "", row.created_at)
        return self._rows[key]

    def refuse_taken(self, name: str) -> None:
        """Refuse a name that a segment has already, naming a free one."""
        if (saved := self.index.queries.get(text_key(name))) is not None:
            free = free_name(name, self.index.queries)
            raise ConflictError(
                f"There is a segment '{saved.name}' already. A free name is '{free}'."
            )

    # -- definitions ----------------------------------------------------------------

    def add(
        self,
        given: Definition,
        action: str = "added",
        *,
        lists: tuple[BitMap, BitMap] | None = None,
        fixed_at: datetime | None = None,
    ) -> Row:
        """A new segment. Refuses a taken name and a query that cannot be answered."""
        self.refuse_taken(given.name)
        row = self._insert(given)
        self.check([given.key])
        row.fixed_at = fixed_at
        self.reindex(row)
        if lists is not None:
            self._write_lists(row, *lists)
        self._record(row, action)
        return row

    def define(self, row: Row, wanted: Definition, action: str) -> None:
        """Make a segment what a definition says, checked; the same again is no change."""
        before = definition_of(row)
        if wanted.name != before.name:
            self._rename(row, wanted.name)
        if wanted.query != before.query:
            self._put(row, wanted)
            self.check([row.name_key])
            wanted = replace(wanted, query=row.query)
        self._put(row, wanted)
        if definition_of(row) != before:
            self._record(row, action)

    def define_all(self, wanted: Iterable[Definition], gone: Iterable[str]) -> None:
        """Make segments what definitions say and delete those of some keys, all or none."""
        changed = [self.row(self.index.queries[key].name) for key in gone]
        keys = {row.name_key for row in changed}
        for row in changed:
            self.remove(row)
        rows = [(self._made(each), action) for each in wanted if (action := self._act(each))]
        self.check([row.name_key for row, _ in rows], gone=keys)
        for row, action in rows:
            self._record(row, action)

    def _act(self, wanted: Definition) -> str | None:
        if wanted.key not in self.index.ids:
            return "added"
        return "edited" if definition_of(self.row(wanted.name)) != wanted else None

    def _made(self, wanted: Definition) -> Row:
        if wanted.key not in self.index.ids:
            return self._insert(wanted)
        row = self.row(wanted.name)
        if row.fixed_at is not None:
            raise SegmentError(f"'{row.name}' is a snapshot, which no file defines.")
        self._put(row, wanted)
        return row

    def _insert(self, given: Definition) -> Row:
        # SQLite would give the number of the last one that was deleted to somebody else.
        id = add_to(self.session.connection(), SEGMENT, 1)
        row = Row(id=id, name_key=given.key, created_at=self.now, version=0)
        self._fill(row, given)
        self.session.add(row)
        self.session.flush()
        self._rows[given.key] = row
        self.index.put(given.key, row.id, SavedQuery(row.name, row.query))
        return row

    def _put(self, row: Row, given: Definition) -> None:
        self._fill(row, given)
        self.reindex(row)

    def _fill(self, row: Row, given: Definition) -> None:
        row.name, row.query, row.preset = given.name, given.query, given.preset
        for name in TEXTS:
            setattr(row, name, getattr(given, name))
        row.tags = json.dumps(given.tags, ensure_ascii=False)
        row.archived_at = (row.archived_at or self.now) if given.archived else None

    def reindex(self, row: Row) -> None:
        """Have the index know what a row says now."""
        known = self.index.queries[row.name_key]
        saved = replace(
            known,
            name=row.name,
            text=row.query,
            archived=row.archived_at is not None,
            fixed=row.fixed_at is not None,
        )
        if saved != known:
            self.index.put(row.name_key, row.id, saved)

    def _rename(self, row: Row, new: str) -> None:
        """Give a segment another name, also where others refer to it."""
        old, key = row.name_key, text_key(new)
        if key != old:
            self.refuse_taken(new)
        referring = [self.row(self.index.queries[k].name) for k in self.index.referring_to(old)]
        del self._rows[old]
        row.name, row.name_key = new, key
        self._rows[key] = row
        self.index.rename(old, key)
        self.reindex(row)
        for other in referring:
            other.query = uses.renamed(other.query, {old: new})
            self.reindex(other)
            if other is not row:
                self._record(other, "edited")

    def _record(self, row: Row, action: str) -> None:
        versions.record(self.session, row, self.index, action, self.author, self.now)

    def remove(self, row: Row) -> tuple[Use, ...]:
        """Delete a segment; gives what used it and lost it. Refuses while a use registered for
        it blocks, naming these."""
        blocking = [use for use in registry.registered(self.session, [row.id]) if use.blocking]
        if blocking:
            raise SegmentError(_in_use(row, blocking))
        lost = registry.orphan(self.session, row)
        self.index.remove(row.name_key)
        self.session.delete(self._rows.pop(row.name_key))
        self.session.flush()
        return lost

    def delete(self, row: Row) -> tuple[Use, ...]:
        """Delete a segment that nothing holds. Refuses also while another refers to it."""
        if blocking := registry.blocking(self.session, row, self.index):
            raise SegmentError(_in_use(row, blocking))
        return self.remove(row)

    # -- lists ----------------------------------------------------------------------

    def list(self, row: Row, included: BitMap, excluded: BitMap, action: str) -> None:
        """Keep who is listed by hand."""
        if read_lists(self.session, row.id) != (included, excluded):
            self._write_lists(row, included, excluded)
            self._record(row, action)

    def _write_lists(self, row: Row, included: BitMap, excluded: BitMap) -> None:
        write_lists(self.session, row.id, included, excluded)
        known = self.index.queries[row.name_key]
        lists = self.known.lists_of(row.id)
        self.index.put(row.name_key, row.id, replace(known, lists=lists))

    # -- whether it works -----------------------------------------------------------

    def check(self, keys: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Bring the queries of these segments into their one written form; see that they, and
        those depending on them or on some that are gone, can be answered."""
        keys, queries = list(keys), self.index.queries
        names = Names(self.metafields, queries, unlisted=True)
        bound = {key: bind(queries[key].text, names, (key,)) for key in keys}
        for key, each in bound.items():
            row = self._rows[key]
            row.query = print_query(each.query)
            self.reindex(row)
        for key in sorted(self.index.depending((*keys, *gone))):
            try:
                bind(queries[key].text, names, (key,))
            except QueryError as error:
                raise SegmentError(
                    f"'{queries[key].name}' refers to it and would no longer work: "
                    f"{error.problems[0].message}"
                ) from error


def _in_use(row: Row, blocking: list[Use]) -> str:
    shown = ", ".join(use.words for use in blocking[:5])
    more = f" and {len(blocking) - 5} more" if len(blocking) > 5 else ""
    return f"'{row.name}' is used by {shown}{more}. Change or delete what uses it first."
