"""The keys of a table, and where each of them stands.

Most sources number their records, so that keys differ only in a whole number after the
source's name. Such keys are looked up as numbers, which takes a fraction of the time.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live.columns import NONE
from segmentry.engines.live.exact import Whole

_SPARSE = 8
"""Numbers spread over more places than so many for each are not looked up by place."""


class Keys:
    """Different keys, each at its place: that among `texts` or, where it is given, that of
    `standing` at the same index, which is NONE for a key that shall not be found."""

    def __init__(self, texts: pa.Array, standing: Whole | None = None) -> None:
        self.texts = texts
        self._standing = np.arange(len(texts)) if standing is None else standing

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.texts)

    def rows_of(self, column: pa.ChunkedArray) -> Whole:
        """Where each text of a column stands; NONE for a missing or unknown one."""
        found = None if self._numbers is None else _numbers(column, self._prefix)
        if found is None or self._numbers is None:
            return self._standing_of(pc.index_in(column, value_set=self.texts, skip_nulls=True))
        if self._places is None:
            return self._standing_of(pc.index_in(found, value_set=self._numbers, skip_nulls=True))
        place = _filled(pc.subtract(found, self._low))
        inside = (place >= 0) & (place < len(self._places))
        return self._places[np.where(inside, place, NONE)]  # the last place is that of none

    def _standing_of(self, indices: pa.ChunkedArray) -> Whole:
        return np.append(self._standing, NONE)[_filled(indices)]

    @cached_property
    def _prefix(self) -> str:
        """What stands before the numbers: the name of the source."""
        return str(self.texts[0]).rpartition(":")[0] + ":" if self.size else ""

    @cached_property
    def _numbers(self) -> pa.ChunkedArray | None:
        """The numbers of the keys; None if they are no numbers of one source."""
        texts = pa.chunked_array([self.texts])
        if not pc.all(pc.starts_with(texts, self._prefix), min_count=0).as_py():
            return None
        return _numbers(texts, self._prefix)

    @cached_property
    def _low(self) -> int:
        low: int | None = pc.min(self._numbers).as_py()
        return low or 0

    @cached_property
    def _places(self) -> Whole | None:
        """The place of every number from the lowest to the highest, and one for none."""
        assert self._numbers is not None
        numbers = self._numbers.to_numpy()
        span = int(numbers.max(initial=self._low)) - self._low + 1
        if span > _SPARSE * self.size + 1:
            return None
        places = np.full(span + 1, NONE)
        places[numbers - self._low] = self._standing
        return places


def _numbers(column: pa.ChunkedArray, prefix: str) -> pa.ChunkedArray | None:
    """The numbers after a prefix, missing where that does not stand; None if one is no number
    as numbers are written: without a sign and without a nought before it."""
    begins = pc.starts_with(column, prefix)
    if not pc.all(begins, min_count=0).as_py():
        column = pc.if_else(begins, column, pa.scalar(None, pa.string()))
    for strange in ("0", "-"):
        if pc.any(pc.starts_with(column, prefix + strange), min_count=0).as_py():
            return None
    try:
        return pc.utf8_slice_codeunits(column, len(prefix)).cast(pa.int64())
    except pa.ArrowInvalid:
        return None


def _filled(rows: pa.ChunkedArray) -> Whole:
    filled: Whole = rows.cast(pa.int64()).fill_null(NONE).to_numpy()
    return filled
