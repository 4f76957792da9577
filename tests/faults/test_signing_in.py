"""That a time that tells something would be found, by made-up times."""

from __future__ import annotations

from random import Random

import pytest

from segmentry.base.errors import NotSignedIn

from .signing_in import Compared, compare


def _times(mean: float, count: int, seed: int) -> list[float]:
    random = Random(seed)
    return [random.gauss(mean, 0.005) for _ in range(count)]


@pytest.mark.parametrize(
    ("longer", "tells"), [(0.0, False), (0.0005, False), (0.002, True), (-0.002, True)]
)
def test_a_difference_beyond_a_millisecond_is_told(longer: float, tells: bool) -> None:
    """API-07: a thousand times each are enough for two milliseconds, with noise of five."""
    found = Compared(_times(0.05 + longer, 1_000, 1), _times(0.05, 1_000, 2))
    assert found.tells == tells


def test_each_kind_is_refused_as_often() -> None:
    """In a random order; what is let in is a fault of the proof."""
    done: list[str] = []

    def refuse(kind: str) -> None:
        done.append(kind)
        raise NotSignedIn

    found = compare(lambda n: refuse("a"), lambda n: refuse("b"), 20, seed=1)
    assert done.count("a") == done.count("b") == 20
    assert done != sorted(done)
    assert len(found.one) == len(found.other) == 20
    with pytest.raises(AssertionError):
        compare(lambda n: None, lambda n: None, 1, seed=1)
