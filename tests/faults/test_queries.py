"""A few of the texts that `make fuzz` reads as queries, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import ProblemList, QueryError
from segmentry.query import limits
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from tests.generative import queries
from tests.generative.queries import Offer

from . import reading
from .queries import main
from .texts import spoilt, text_variant

OFFER = Offer.of(lambda text: bind(text, reading.STORE), segments=("VIP", "it's"))


def test_spoilt_texts_are_read_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """QRY-03: no text ends in any way but bound or refused in its place, in so many steps."""
    assert main(["--texts", "200", "--seed", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("200 texts")
    assert "bound" in said


@given(queries.valid(OFFER), st.integers(0, 2**32), st.integers(0, 3))
def test_spoilt_queries_are_read_or_refused(text: str, seed: int, changes: int) -> None:
    """QRY-03: the same of any valid query over the catalogue, after a few changes or none."""
    random = Random(seed)
    for _ in range(changes):
        text = spoilt(random, text)
    ending = reading.read(text)
    assert ending.outcome in ("bound", "refused"), ending.seen


def test_the_same_number_spoils_a_text_the_same_way() -> None:
    """A finding can be had again from its seed and number."""
    first = [text_variant(3, number) for number in range(300)]
    assert first == [text_variant(3, number) for number in range(300)]
    assert len(set(first)) > 250
    assert max(map(len, first)) > limits.CHARACTERS


def _fails(text: str, names: object) -> object:
    raise KeyError(text)


def _never_ends(text: str, names: object) -> object:
    while True:
        pass


def _goes_far(text: str, names: object) -> object:
    while True:
        len(text)


def _says_nothing(text: str, names: object) -> object:
    raise QueryError(text, ())


def _points_outside(text: str, names: object) -> object:
    problems = ProblemList(text)
    problems.add("unexpected", "Here.", len(text), len(text) + 1)
    raise QueryError(text, tuple(problems.items))


@pytest.mark.parametrize(
    ("binding", "seen"),
    [
        (_fails, "KeyError"),
        (_never_ends, "still at it"),
        (_goes_far, "more than 10,000 steps"),
        (_says_nothing, "0 problems"),
        (_points_outside, "unexpected lies outside"),
    ],
)
def test_what_should_not_happen_is_found(
    binding: Callable[[str, object], object], seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A binder that fails in another way, never ends or points nowhere is seen to."""
    monkeypatch.setattr(reading, "bind", binding)
    monkeypatch.setattr(reading, "STEPS", 10_000)
    monkeypatch.setattr(reading, "GIVEN_UP", 0.5)
    ending = reading.read("number_of_orders = 1")
    assert ending.outcome == "finding"
    assert seen in ending.seen


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("CHARACTERS", "number_of_orders = 1".ljust(limits.CHARACTERS + 1)),
        ("CONDITIONS", " OR ".join(["number_of_orders = 1"] * (limits.CONDITIONS + 1))),
        ("LIST_ITEMS", f"number_of_orders IN ({','.join(['1'] * (limits.LIST_ITEMS + 1))})"),
        ("NESTING", "NOT " * (2 * limits.NESTING + 2) + "number_of_orders = 1"),
    ],
)
def test_a_limit_that_is_not_kept_is_found(
    limit: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What binds is counted apart from the parser: were it to let more through, it is seen."""
    assert reading.read(text).outcome == "refused"
    beyond = _read_without(limit, text, monkeypatch)
    assert list(reading.beyond(beyond.query)) != []


def _read_without(limit: str, text: str, monkeypatch: pytest.MonkeyPatch) -> BoundQuery:
    with monkeypatch.context() as without:
        without.setattr(limits, limit, 10**9)
        return bind(text)
