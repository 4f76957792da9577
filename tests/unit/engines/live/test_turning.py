"""When time alone can change an answer."""

from __future__ import annotations

from segmentry.engines.live.coming.turning import _MOVING
from segmentry.engines.live.values.catalogue import _BY_GAP, _BY_SCORE
from segmentry.facts.catalogue import ATTRIBUTES


def test_every_attribute_that_moves_says_when() -> None:
    """One that does not would be looked at every day, and the search end in a few years.
    Dates that move do so when a fact takes effect, which is looked at anyway."""
    moving = [each for each in ATTRIBUTES.values() if each.moves and not each.type.dated]
    assert {each.name for each in moving if not each.relative} == set(_MOVING)


def test_what_is_measured_against_the_store_is_declared() -> None:
    """The catalogue and the engine name the same attributes."""
    declared = {name for name, each in ATTRIBUTES.items() if each.relative}
    assert declared == {*_BY_GAP, *_BY_SCORE}
