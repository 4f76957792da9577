"""Negated tests of records become complements."""

from __future__ import annotations

from segmentry.plan.nodes import Leaf
from segmentry.plan.rules.positive import positive

from .asked import asked, leaf, others


def test_not_matches_is_the_complement() -> None:
    """NOT MATCHES is everybody but those of MATCHES."""
    before = asked("orders_placed NOT MATCHES (channel = 'web')")
    assert positive(before) == others(leaf("orders_placed MATCHES (channel = 'web')"))


def test_a_positive_test_stays() -> None:
    """MATCHES is left as it is."""
    before = asked("orders_placed MATCHES (channel = 'web')")
    assert positive(before) == Leaf(before)
