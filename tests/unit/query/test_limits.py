"""What happens to a text that is larger, or worse, than any query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from segmentry.base.errors import Problem, QueryError
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import metafield
from segmentry.query import limits
from segmentry.query.bind import bind
from segmentry.query.names import Names

NAME = "metafields.a.b"


class Counted(Mapping[str, Attribute]):
    """Metafields of a store that count how often one is looked up, which is once a condition."""

    def __init__(self) -> None:
        self.looked_up = 0

    def __getitem__(self, name: str) -> Attribute:
        self.looked_up += 1
        return metafield(NAME, "number")

    def __iter__(self) -> Iterator[str]:
        return iter([NAME])

    def __len__(self) -> int:
        return 1


def refused(text: str) -> tuple[tuple[Problem, ...], int]:
    """The problems of a text, and how many of its conditions were bound."""
    metafields = Counted()
    with pytest.raises(QueryError) as caught:
        bind(text, Names(metafields))
    return caught.value.problems, metafields.looked_up


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{NAME} = 1 AND " * 201 + f"{NAME} = 1", "too_many_conditions"),
        (f"{NAME} = 1 AND " * 210 + "nothing here", "too_many_conditions"),
        (f"{NAME} = 1 AND " * 9 + "(" * 33 + f"{NAME} = 1" + ")" * 33, "too_deep"),
        (f"{NAME} = 1 AND " + "NOT " * 33 + f"{NAME} = 1", "too_deep"),
        (f"{NAME} = 1 AND {NAME} IN ({','.join(['1'] * 5_001)})", "too_many_items"),
        (f"{NAME} = 1 AND " * 1_400, "too_long"),
    ],
)
def test_nothing_is_bound_beyond_a_limit(text: str, code: str) -> None:
    """QRY-04: a limit is told alone, and neither the rest is read nor anything bound."""
    problems, bound = refused(text)
    assert [problem.code for problem in problems] == [code]
    assert bound == 0


def test_everything_is_bound_within_the_limits() -> None:
    """The counter above counts: up to the limit each condition is bound, once."""
    metafields = Counted()
    bind(" AND ".join([f"{NAME} = 1"] * limits.CONDITIONS), Names(metafields))
    assert metafields.looked_up == limits.CONDITIONS


def test_problems_before_a_limit_are_told() -> None:
    """What was found wrong before the limit was met stays told."""
    problems, _ = refused("a ! 1 OR " + f"{NAME} = 1 AND " * 201 + f"{NAME} = 1")
    assert [problem.code for problem in problems] == ["unexpected", "too_many_conditions"]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        (f"{NAME} IN ({','.join(['x'] * 4_000)}) AND {NAME} = 1", 1),
        (f"orders_placed MATCHES ({', '.join(['nothing = 1'] * 999)}) OR {NAME} = 1", 0),
        (")" * 15_000 + f"{NAME} = 1", 0),
        ("@ " * 9_000 + f"{NAME} = 1", 0),
        ("$1 " * 6_000 + f"{NAME} = 1", 0),
    ],
    ids=["values", "parameters", "brackets", "characters", "prices"],
)
def test_a_text_is_left_after_enough_problems(text: str, bound: int) -> None:
    """QRY-03: after a hundred problems a text is left as it is: nothing after them is bound."""
    problems, found = refused(text)
    assert len(problems) == limits.PROBLEMS
    assert found == bound
