"""What happens to a text that is larger, or worse, than any query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from segmentry.base.errors import Problem, QueryError
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import metafield
from segmentry.query import limits
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery
from tests.steps import counted

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


# -- segments that refer to segments ----------------------------------------------------


def _layers(width: int, ends: str) -> dict[str, SavedQuery]:
    """Ten layers of segments, each of which refers to all of the next layer."""
    last = limits.SEGMENT_DEPTH - 1
    return {
        f"s{layer}_{number}": SavedQuery(
            f"s{layer}_{number}", _all_of(layer + 1, width) if layer < last else ends
        )
        for layer in range(last + 1)
        for number in range(width)
    }


def _all_of(layer: int, width: int) -> str:
    return " OR ".join(f"segments CONTAINS 's{layer}_{number}'" for number in range(width))


def test_segments_that_are_too_much_are_not_bound() -> None:
    """Segments whose texts together go beyond the limit are told so alone, and none of those
    beyond it is bound."""
    metafields = Counted()
    one = f"{NAME} = 1 " + " " * (limits.CHARACTERS - len(NAME) - 5)
    texts = {f"s{number}": SavedQuery(f"s{number}", one) for number in range(40)}
    text = "segments IS NULL OR segments CONTAINS ANY ('s1', 's2')"
    with pytest.raises(QueryError, match="600,000 characters") as caught:
        bind(text, Names(metafields, texts))
    (problem,) = caught.value.problems
    assert problem.code == "segments_too_large"
    assert text[problem.start : problem.end] == "segments"
    assert metafields.looked_up == limits.SEGMENT_CHARACTERS // len(one)


def test_segments_up_to_the_limit_are_bound() -> None:
    """What is just not too much is bound, and each segment once however often it is named."""
    metafields = Counted()
    one = f"{NAME} = 1".ljust(limits.CHARACTERS)
    texts = {f"s{number}": SavedQuery(f"s{number}", one) for number in range(30)}
    text = " OR ".join(["segments IS NULL", "segments CONTAINS 's1'", "segments IS NOT NULL"])
    assert len(bind(text, Names(metafields, texts)).segments) == 30
    assert metafields.looked_up == 30


def test_a_segment_counts_as_often_as_it_is_led_to() -> None:
    """Small segments that lead to each other in thousands of ways are too much as well, and
    are refused at once, deep in others too: in steps for each of the 40, not for each way."""
    names = Names({}, _layers(4, "number_of_orders = 1"))
    with (
        pytest.raises(QueryError, match="600,000 characters") as caught,
        counted(40 * 2_000),
    ):
        bind("number_of_orders = 2 OR segments CONTAINS 's0_0'", names)
    assert [problem.code for problem in caught.value.problems] == ["segments_too_large"]
    few = Names({}, _layers(2, "number_of_orders = 1"))
    assert bind("segments CONTAINS 's0_0'", few).segments


def test_segments_that_all_lead_to_all_are_refused_at_once() -> None:
    """Circles everywhere are found without going every way round: each of the 2,500 references
    is looked at as often as it is written, and no more."""
    everybody = ", ".join(f"'s{number}'" for number in range(50))
    texts = {
        f"s{number}": SavedQuery(f"s{number}", f"segments CONTAINS ANY ({everybody})")
        for number in range(50)
    }
    with pytest.raises(QueryError, match="circle"), counted(2_500 * 150):
        bind("segments CONTAINS 's0'", Names({}, texts))


def test_depth_counts_along_the_longest_way() -> None:
    """A segment that was met on a short way first is too deep on a long one all the same."""
    chain = {f"s{n}": SavedQuery(f"s{n}", f"segments CONTAINS 's{n + 1}'") for n in range(9)}
    chain["s9"] = SavedQuery("s9", "number_of_orders = 1")
    names = Names({}, {**chain, "up": SavedQuery("up", "segments CONTAINS 's0'")})
    assert bind("segments CONTAINS 's0'", names).segments
    with pytest.raises(QueryError, match="10 deep"):
        bind("segments CONTAINS 's0' OR segments CONTAINS 'up'", names)


def test_names_are_suggested_among_thousands() -> None:
    """The name that was meant is found among very many, for the first few mistakes alone, and
    few names are compared with each letter by letter."""
    texts = {
        f"segment {number}": SavedQuery(f"Segment {number}", "number_of_orders = 1")
        for number in range(3_000)
    }
    wrong = ", ".join(f"'segmnet {number}'" for number in range(700, 1_200))
    with pytest.raises(QueryError) as caught, counted(1_000_000):
        bind(f"segments CONTAINS ANY ({wrong})", Names({}, texts))
    fixes = [problem.suggestion for problem in caught.value.problems]
    assert fixes[:10] == [f"'Segment {number}'" for number in range(700, 710)]
    assert set(fixes[10:]) == {None}
