"""Files made to take all memory there is are refused with little."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from . import hostile

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="measured where Linux tells"
)


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        (
            "o.csv",
            partial(hostile.unclosed_quote, size=20_000_000),
            "o.csv, line 3, column 'sku': a quote is opened here and not closed properly",
        ),
        (
            "o.csv",
            partial(hostile.one_line, size=20_000_000),
            "o.csv, line 3: more than 16,777,216 characters without a line end",
        ),
        ("o.parquet", hostile.long_text_on_every_row, "0 accepted, 40000 refused"),
        (
            "o.parquet",
            hostile.long_text_like_the_one_before,
            "o.parquet: 25 rows of it take 25,",
        ),
        (
            "o.parquet",
            hostile.rows_of_nothing,
            "o.parquet is damaged Parquet: it says that it has 15,000,000 rows, in ",
        ),
    ],
)
def test_a_hostile_file_takes_little_memory(
    tmp_path: Path, name: str, make: Callable[[Path], Path], said: str
) -> None:
    """ING-24: less than 512 MB, whatever the file would unpack to."""
    seen = hostile.bounded(make(tmp_path / name))
    assert seen.said.startswith(said), seen
    assert seen.peak < 512, seen
