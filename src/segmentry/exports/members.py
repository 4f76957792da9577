"""Members to a file: asked once, by one state of the facts at one moment, then written.

The file is whole or not there. One that was broken off is gone on with where nothing that
it is made from has changed: who the members are is asked again to know that, and values only
of those whose rows are not on disk. Without a moment given, that is at the moment of the first
attempt if this is not long ago.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine

from segmentry.base.errors import UserError
from segmentry.exports import fields as remembered
from segmentry.exports.columns import SEGMENTS, settling, with_moment
from segmentry.exports.formats import About, Format
from segmentry.exports.places import place, stem_of
from segmentry.exports.unfinished import Note, Unfinished
from segmentry.facts.store import Store
from segmentry.segments.answer import FileWanted, MembersFile, Progress, Result

_GOES_ON_WITHIN = timedelta(hours=1)
"""How old a moment nobody asked for may be, when an export is gone on with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is exported: the members that `answer` gives for a moment; `query` is their text,
    `segment` the name of the saved segment, if it is one."""

    query: str
    answer: Callable[[datetime], Result]
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Exports:
    """What a workspace gives its exports.

    While `standing_still` is held no facts change; `facts` names the state they are in.
    `moment` is the one that is meant, now where it is None.
    """

    app: Engine
    store: Callable[[], Store]
    names: Callable[[], tuple[str, ...]]
    moment: Callable[[datetime | date | None], datetime]
    table: Callable[[Result, Sequence[str]], pa.Table]
    facts: Callable[[], str]
    standing_still: AbstractContextManager[object]

    def write(self, asked: Asked, wanted: FileWanted) -> MembersFile:
        """Write the members to a file, or to one named after them in a folder."""
        stem = "members" if asked.segment is None else stem_of(asked.segment, self.names())
        path, format = place(wanted.out, wanted.format, stem)
        fields, last = self._fields(asked.segment, wanted.fields)
        taken = self._taken(asked, format, fields, wanted.as_of, Unfinished(path))
        if wanted.fields is not None and asked.segment is not None:
            remembered.remember(self.app, asked.segment, fields)
        progress = wanted.progress or (lambda share, now: None)
        resumed = _written(taken, path, format, self.store(), progress)
        return MembersFile(path, taken.result.count, taken.result.as_of, fields, last, resumed)

    def _fields(
        self, segment: str | None, fields: Sequence[str] | None
    ) -> tuple[tuple[str, ...], bool]:
        """The fields, and whether they are those of the last time."""
        if fields is not None or segment is None:
            return remembered.tidied(fields or ()), False
        last = remembered.last_used(self.app, segment)
        return last, bool(last)

    def _taken(
        self,
        asked: Asked,
        format: Format,
        fields: tuple[str, ...],
        as_of: datetime | date | None,
        unfinished: Unfinished,
    ) -> _Taken:
        """The members and their values: at the moment given, at that of an export which was
        broken off and can be gone on with, or now."""
        with self.standing_still:
            before = self._key(asked, format, fields)
            now, note = self.moment(as_of), unfinished.note()
            if as_of is None and note is not None and note.key.items() >= before.items():
                then = datetime.fromisoformat(note.key["as_of"])
                if timedelta() <= now - then <= _GOES_ON_WITHIN:
                    taken = self._at(then, asked, fields, before, note)
                    if taken.begun is not None:
                        return taken
            return self._at(now, asked, fields, before, note)

    def _key(self, asked: Asked, format: Format, fields: tuple[str, ...]) -> dict[str, str]:
        """What a file is made from, apart from the moment."""
        return {
            "segment": asked.segment or "",
            "query": asked.query,
            "fields": json.dumps(fields),
            "format": format.name,
            "facts": self.facts(),
        }

    def _at(
        self,
        moment: datetime,
        asked: Asked,
        fields: tuple[str, ...],
        before: Mapping[str, str],
        note: Note | None,
    ) -> _Taken:
        result = asked.answer(moment)
        who = self.table(result, [each for each in fields if each == SEGMENTS])
        members = hashlib.sha256("\n".join(settling(who)).encode()).hexdigest()
        key = {**before, "as_of": moment.isoformat(), "members": members}
        begun = note if note is not None and note.key == key else None
        done = 0 if begun is None else begun.rows
        rest = self._values(result, fields, who, done)
        return _Taken(result, with_moment(rest, moment, self.store().zone), key, begun)

    def _values(self, result: Result, fields: Sequence[str], who: pa.Table, done: int) -> pa.Table:
        """The rows after those that are done; what `who` has of them is not asked again."""
        others = [each for each in fields if each not in who.column_names]
        values = self.table(replace(result, ids=result.ids[done:]), others)
        for number, name in enumerate(fields, 1):
            if name in who.column_names:
                values = values.add_column(number, name, who.column(name).slice(done))
        return values


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """The members at a moment, the values of those that are not on disk, all that these follow
    from, and what there is to go on with."""

    result: Result
    rest: pa.Table
    key: Mapping[str, str]
    begun: Note | None

    @property
    def facts(self) -> dict[str, str]:
        """What the file says of itself, where it has a place for that."""
        return {
            "segment": self.key["segment"],
            "query": self.result.text,
            "as_of": self.key["as_of"],
            "count": str(self.result.count),
        }


def _written(taken: _Taken, path: Path, format: Format, store: Store, progress: Progress) -> bool:
    """Write the file; returns whether an earlier attempt was gone on with."""
    count = taken.result.count
    if format.refuse is not None:
        format.refuse(taken.rest, count)
    unfinished = Unfinished(path)
    about = About(taken.facts, count, store.currency)

    def told(share: float) -> None:
        progress(share, f"writing {path.name}")

    try:
        begun = taken.begun or unfinished.begin(taken.key)
        unfinished.write(begun, format, taken.rest, about, told)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}. "
            "Give the same command again when that is mended."
        ) from error
    return taken.begun is not None
