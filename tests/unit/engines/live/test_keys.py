"""Keys are found by their text, also where they are looked up as numbers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from segmentry.engines.live.keys import Keys

_ASKED = (
    *("shop:1", "shop:7", "shop:07", "shop:0x7", "shop:-7", "shop: 7", "shop:", "shop:7a"),
    *("other:7", "7", "", None, "shop:70000000000000000000", "shop:900000000000", "shop:0"),
)


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("shop:1",),
        ("shop:7", "shop:1", "shop:3"),
        ("shop:7", "shop:900000000000"),
        ("shop:07", "shop:7"),
        ("shop:0", "shop:7"),
        ("shop:-7", "shop:7"),
        ("shop:0x7", "shop:1"),
        ("shop:7", "other:7"),
        ("shop:7", "7"),
        ("shop:7a", "shop:7"),
        ("a:b:7", "a:b:1"),
        ("7", "1"),
    ],
)
def test_a_key_is_found_by_its_whole_text(keys: tuple[str, ...]) -> None:
    """A text is at the place of the key that it equals, and nowhere if it equals none."""
    found = Keys(pa.array(keys, pa.string())).rows_of(_column([*_ASKED, *keys]))
    expected = [keys.index(text) if text in keys else -1 for text in (*_ASKED, *keys)]
    assert found.tolist() == expected


@pytest.mark.parametrize("asked", [("shop:3", "shop:1"), ("shop:1", "shop:x"), (None,), ()])
def test_keys_can_stand_elsewhere(asked: tuple[str | None, ...]) -> None:
    """Keys that stand in another order are found where they stand, left out ones nowhere."""
    keys = Keys(pa.array(["shop:1", "shop:2", "shop:3"]), np.array([1, -1, 0]))
    standing = {"shop:1": 1, "shop:3": 0}
    assert keys.rows_of(_column(asked)).tolist() == [standing.get(text or "", -1) for text in asked]


def _column(texts: object) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])
