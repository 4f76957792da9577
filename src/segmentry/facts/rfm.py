"""RFM: scores from 1 to 5 for recency, frequency and money, and the group they give.

A score is 1 + floor(5 w / n), where n buyers are compared with and w of them do
strictly worse; equal values so get the same, lower score. Frequency and money are
joined as their mean, halves up.
"""

from __future__ import annotations

from bisect import bisect_right

FEWEST_BUYERS = 50
"""With fewer buyers scores say nothing and are missing."""

GROUPS: dict[str, str] = {
    "CHAMPIONS": "bought very recently, often and for much",
    "LOYAL": "buy often and for much, a while ago",
    "ACTIVE": "bought recently, with middling orders",
    "NEW": "bought very recently, with little so far",
    "PROMISING": "bought recently, with little so far",
    "NEEDS_ATTENTION": "middling in everything",
    "ALMOST_LOST": "a while ago, and little",
    "PREVIOUSLY_LOYAL": "the best buyers of the past, long gone",
    "AT_RISK": "good buyers of the past, long gone",
    "DORMANT": "long ago, and little",
    "PROSPECTS": "have no order that counts",
}
"""The eleven groups, best first, each with what it holds."""


def fewest_worse(population: int) -> tuple[int, ...]:
    """How many of so many buyers have to do strictly worse for the scores 2, 3, 4 and 5."""
    return tuple(-(-step * population // 5) for step in range(1, 5))


def score(worse: int, population: int) -> int:
    """The score of someone than whom `worse` of `population` buyers do strictly worse."""
    return 1 + bisect_right(fewest_worse(population), worse)


def group(recency: int, frequency: int, monetary: int) -> str:
    """The group of a buyer with these scores; every combination has exactly one."""
    value = (frequency + monetary + 1) // 2
    if recency <= 2:
        return "PREVIOUSLY_LOYAL" if value == 5 else "AT_RISK" if value >= 3 else "DORMANT"
    if value >= 4:
        return "CHAMPIONS" if recency == 5 else "LOYAL"
    if recency == 3:
        return "NEEDS_ATTENTION" if value == 3 else "ALMOST_LOST"
    if value >= 2:
        return "ACTIVE"
    return "NEW" if recency == 5 else "PROMISING"
