"""All saved segments at a glance: their queries, and which of them refer to which.

Read once; afterwards only what changed is looked at, however many segments there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.text import text_key
from segmentry.query.completion import uses as names_used
from segmentry.query.names import SavedQuery, no_lists
from segmentry.segments.lists import ListsOf
from segmentry.segments.uses import asks_for_all, named
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.app_db import SegmentList
from segmentry.storage.segment_changes import changes_in, changes_now


class Index:
    """What queries can refer to, by name key, in the order the segments were made, as it was
    after so many changes. One that was published is changed no more; `copy` it first."""

    def __init__(self, changes: int) -> None:
        self.changes = changes
        self.queries: dict[str, SavedQuery] = {}
        self.ids: dict[str, int] = {}
        self._keys: dict[int, str] = {}
        self._referring: dict[str, frozenset[str]] = {}
        self._asking_for_all: frozenset[str] = frozenset()

    def copy(self) -> Index:
        """The same, to be changed."""
        new = Index(self.changes)
        new.queries, new.ids, new._keys = dict(self.queries), dict(self.ids), dict(self._keys)
        new._referring, new._asking_for_all = dict(self._referring), self._asking_for_all
        return new

    def put(self, key: str, id: int, saved: SavedQuery) -> None:
        """Have a segment, in place of what was known of it."""
        self._refers(key, refers=False)
        self.queries[key], self.ids[key], self._keys[id] = saved, id, key
        self._refers(key, refers=True)

    def remove(self, key: str) -> None:
        """Have a segment no more."""
        self._refers(key, refers=False)
        del self.queries[key], self._keys[self.ids.pop(key)]

    def rename(self, key: str, new: str) -> None:
        """Have a segment under another key, in the same place."""
        self._refers(key, refers=False)
        self.queries = {new if each == key else each: q for each, q in self.queries.items()}
        id = self.ids[new] = self.ids.pop(key)
        self._keys[id] = new
        self._refers(new, refers=True)

    def _refers(self, key: str, *, refers: bool) -> None:
        """Note whom a segment's query names, or forget it. One that is fixed needs nobody."""
        saved = self.queries.get(key)
        if saved is None or saved.fixed:
            return
        for other in named(saved.text):
            known = self._referring.get(other, frozenset())
            self._referring[other] = known | {key} if refers else known - {key}
        if asks_for_all(saved.text):
            known = self._asking_for_all
            self._asking_for_all = known | {key} if refers else known - {key}

    def referring_to(self, key: str) -> list[str]:
        """The keys of the segments whose queries name one, in the order they were made."""
        return sorted(self._referring.get(key, ()), key=self.ids.__getitem__)

    def depending(self, keys: Iterable[str]) -> frozenset[str]:
        """The keys of the segments that change with these."""
        start = frozenset(keys)
        found = self._asking_for_all if start else start
        reached = start | found
        while reached:
            following = (self._referring.get(key, frozenset()) for key in reached)
            reached = frozenset().union(*following) - found
            found |= reached
        return found - start

    def changed_since(self, before: Mapping[str, SavedQuery]) -> list[int]:
        """The ids of the segments that can have other members than before, by what they or
        others say; without those that are new."""
        differ = {key for key, saved in self.queries.items() if before.get(key) is not saved}
        gone = before.keys() - self.queries.keys()
        affected = differ | self.depending({*differ, *gone})
        return [self.ids[key] for key in affected if key in self.ids]

    def name_of(self, id: int) -> str | None:
        """The present name of a segment by its id."""
        key = self._keys.get(id)
        return None if key is None else self.queries[key].name

    @cached_property
    def names_used(self) -> Counter[str]:
        """In how many of the queries each attribute and function occurs."""
        return names_used(saved.text for saved in self.queries.values())


class KnownSegments:
    """The index of a workspace, read anew only when somebody else changed the segments.

    `survivors` tells who merged customers are now.
    """

    def __init__(self, app: Engine, survivors: Callable[[], Mapping[str, str]]) -> None:
        self._app = app
        self._survivors = survivors
        self._index: Index | None = None

    def now(self) -> Index:
        """The index as things are now."""
        index = self._index
        if index is None or index.changes != changes_now(self._app):
            with Session(self._app) as session:
                index = self._read(session)
            self._index = index
        return index

    def to_change(self, session: Session) -> Index:
        """A copy for a transaction that will change something."""
        index = self._index
        if index is None or index.changes != changes_in(session):
            return self._read(session)
        return index.copy()

    def publish(self, index: Index) -> None:
        """Go on from what a transaction that was kept has made."""
        self._index = index

    def lists_of(self, id: int) -> ListsOf:
        """Reads the lists of a segment when they are needed."""
        return ListsOf(self._app, id, self._survivors)

    def _read(self, session: Session) -> Index:
        index = Index(changes_in(session))
        rows = select(
            *(Row.id, Row.name, Row.query, Row.archived_at, Row.fixed_at, SegmentList.segment_id)
        ).outerjoin(SegmentList, SegmentList.segment_id == Row.id)
        for id, name, query, archived_at, fixed_at, listed in session.execute(
            rows.order_by(Row.id)
        ):
            lists = no_lists if listed is None else self.lists_of(id)
            saved = SavedQuery(name, query, lists, fixed_at is not None, archived_at is not None)
            index.put(text_key(name), id, saved)
        return index
