"""That a server which falls behind or grows would be told."""

from __future__ import annotations

import pytest

from .__main__ import Measured

STEADY = [0.2] * 30
FLAT = [100_000_000] * 30


def test_what_stays_as_it_was_is_bounded() -> None:
    """ENG-07: as late in the end as after the first third, and as large."""
    assert Measured(visible=STEADY, resident=FLAT).bounded()


@pytest.mark.parametrize(
    "measured",
    [
        Measured(visible=[each / 10 for each in range(30)], resident=FLAT),
        Measured(visible=STEADY, resident=[each * 10_000_000 for each in range(1, 31)]),
        Measured(visible=STEADY, resident=FLAT, waiting=[(1, 0.0)]),
        Measured(visible=STEADY, resident=FLAT, refused=25),
        Measured(),
    ],
    ids=["later and later", "larger and larger", "never seen", "not taken", "nothing"],
)
def test_what_does_not_is_not(measured: Measured) -> None:
    """ENG-07: each by itself is enough."""
    assert not measured.bounded()
