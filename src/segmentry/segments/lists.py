"""Customers put into a segment and kept out of it by hand: how they are kept and read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pyroaring import BitMap
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.query.bound import Lists
from segmentry.storage.app_db import SegmentList
from segmentry.storage.numbers import customers_of, known_numbers, numbers_of

ListAction: TypeAlias = Literal["included", "excluded", "unlisted"]
_COLUMNS = ("customer_id", "email")
_FORMULA = re.compile(r"'(?=[=+\-@])")
"""What stands before a sign that would begin a formula, in files of members."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Who is put in and kept out by hand, by the ids that people know."""

    included: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListChange:
    """How many customers a change listed or unlisted, and how many are listed after it.

    `unknown` are the texts that stand for no customer and were left out.
    """

    changed: int
    included: int
    excluded: int
    unknown: tuple[str, ...] = ()


class ListsOf:
    """Reads the lists of one segment when they are first needed, and keeps them.

    A customer who was listed and has been merged into another is that other.
    """

    def __init__(
        self, app: Engine, segment: int, survivors: Callable[[], Mapping[str, str]]
    ) -> None:
        self._app = app
        self._segment = segment
        self._survivors = survivors
        self._kept: tuple[Mapping[str, str], Lists] | None = None

    def __call__(self) -> Lists:
        """The lists, by the keys of customers as they are now."""
        survivors = self._survivors()
        if self._kept is None or self._kept[0] is not survivors:
            self._kept = survivors, self._read(survivors)
        return self._kept[1]

    def _read(self, survivors: Mapping[str, str]) -> Lists:
        def now(session: Session, numbers: BitMap) -> frozenset[str]:
            return frozenset(survivors.get(key, key) for key in customers_of(session, numbers))

        with Session(self._app) as session:
            included, excluded = read_lists(session, self._segment)
            return Lists(now(session, included), now(session, excluded))


def read_lists(session: Session, segment: int) -> tuple[BitMap, BitMap]:
    """The numbers of those put in, and of those kept out."""
    row = session.get(SegmentList, segment)
    if row is None:
        return BitMap(), BitMap()
    return BitMap.deserialize(row.included), BitMap.deserialize(row.excluded)


def write_lists(session: Session, segment: int, included: BitMap, excluded: BitMap) -> None:
    """Keep the lists of a segment in place of those it had."""
    row = session.get(SegmentList, segment)
    if row is None:
        session.add(row := SegmentList(segment_id=segment))
    row.included, row.excluded = included.serialize(), excluded.serialize()


def relisted(
    session: Session,
    lists: tuple[BitMap, BitMap],
    action: ListAction,
    customers: frozenset[str],
    survivors: Mapping[str, str],
) -> tuple[BitMap, BitMap]:
    """The lists after customers were put in one of them, or in neither; who was listed before
    they were merged into one of these, stands for that one no more."""
    former = sorted(key for key, survivor in survivors.items() if survivor in customers)
    known = known_numbers(session, former)
    those = numbers_of(session, sorted(customers))
    every = those | BitMap(known[key] for key in former if key in known)
    included, excluded = lists[0] - every, lists[1] - every
    if action == "included":
        return included | those, excluded
    return included, excluded | those if action == "excluded" else excluded


def ids_in(text: str) -> list[str]:
    """The ids or addresses in a text: those of a CSV's column `customer_id` or `email`, else
    everything between commas, semicolons, blanks and ends of lines."""
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    headings = [each.strip().casefold() for each in next(csv.reader([first]), [])]
    for column in _COLUMNS:
        if column in headings:
            place = headings.index(column)
            rows = csv.reader(io.StringIO(rest))
            return _tidy(row[place] for row in rows if len(row) > place)
    return _tidy(re.split(r"[\s,;]+", text.lstrip("\ufeff")))


def _tidy(ids: Iterable[str]) -> list[str]:
    return [_FORMULA.sub("", each.strip(), count=1) for each in ids if each.strip()]
