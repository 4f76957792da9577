"""Members to a file: asked once, by one state of the facts at one moment, then written.

The file is whole or not there. One that was broken off is gone on with where nothing that
it is made from has changed; without a moment given, that is at the moment of the first
attempt if this is not long ago.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine

from segmentry.base.errors import UserError
from segmentry.exports import fields as remembered
from segmentry.exports import formats
from segmentry.exports.columns import settling, with_moment
from segmentry.exports.formats import About, Format
from segmentry.exports.places import place, stem_of
from segmentry.exports.unfinished import Unfinished
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
                    taken = self._at(then, asked, fields, before)
                    if taken.key == note.key:
                        return taken
            return self._at(now, asked, fields, before)

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
        self, moment: datetime, asked: Asked, fields: tuple[str, ...], before: Mapping[str, str]
    ) -> _Taken:
        result = asked.answer(moment)
        table = self.table(result, fields)
        members = hashlib.sha256("\n".join(settling(table)).encode()).hexdigest()
        key = {**before, "as_of": moment.isoformat(), "members": members}
        return _Taken(result, with_moment(table, moment, self.store().zone), key)


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """The members at a moment, their values, and all that these follow from."""

    result: Result
    table: pa.Table
    key: Mapping[str, str]

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
    if format.refuse is not None:
        format.refuse(taken.table)
    unfinished = Unfinished(path)
    went_on = (note := unfinished.note()) is not None and note.key == taken.key

    def told(share: float) -> None:
        progress(share, f"writing {path.name}")

    try:
        if format.whole is None:
            _in_parts(taken, unfinished, format, told)
        else:
            unfinished.begin(taken.key)
            format.whole(taken.table, unfinished.rows, About(taken.facts, store.currency), told)
        unfinished.finish()
    except OSError as error:
        if format.whole is not None:
            unfinished.remove()
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}. "
            "Give the same command again when that is mended."
        ) from error
    return went_on


def _in_parts(
    taken: _Taken, unfinished: Unfinished, format: Format, told: Callable[[float], None]
) -> None:
    assert format.rows is not None
    table, begun = taken.table, unfinished.begin(taken.key)
    if not begun.size:
        unfinished.add(taken.key, format.head(table), 0)
    for start in range(begun.rows, table.num_rows, formats.PART):
        end = min(start + formats.PART, table.num_rows)
        unfinished.add(taken.key, format.rows(table.slice(start, formats.PART)), end)
        told(end / table.num_rows)
