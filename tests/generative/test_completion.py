"""Completion takes any text, and offers what valid queries go on with."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.errors import ProblemList
from segmentry.base.quoting import unquote
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Field
from segmentry.facts.metafields import metafield
from segmentry.facts.operators import Type
from segmentry.query.completion import Known, KnownValue, complete
from segmentry.query.completion.suggestion import Suggestion
from segmentry.query.lexer import Token, tokenize
from segmentry.query.names import Names, SavedQuery

from . import queries

_METAFIELDS = tuple(metafield(f"metafields.custom.{t}", t) for t in ("text", "date", "list"))
_SEGMENTS = ("VIP", "It's new")
OFFER = queries.Offer.of(metafields=_METAFIELDS, segments=_SEGMENTS)
KNOWN = Known(
    Names(
        {each.name: each for each in _METAFIELDS},
        {name.lower(): SavedQuery(name, "number_of_orders > 1") for name in _SEGMENTS},
        predictions=True,
    ),
    lambda name, prefix: (KnownValue("it's"), KnownValue("123", "a teapot"), KnownValue("")),
    {"number_of_orders": 3},
)
_FIELDS: tuple[Field, ...] = (
    *ATTRIBUTES.values(),
    *(each for function in FUNCTIONS.values() for each in function.parameters),
)
_ENUMS = {field.name: field.values for field in _FIELDS if field.type is Type.ENUM}
_UNKNOWN = ("property.", "sum_")


def _follows(tokens: list[Token]) -> Iterator[Token]:
    """The tokens that the catalogue, the language or the names of the store give."""
    last = ""
    for token in tokens:
        if token.kind == "name" and token.text in (*ATTRIBUTES, *_ENUMS):
            last = token.text
        if _is_offered(token, last):
            yield token


def _is_offered(token: Token, last: str) -> bool:
    """Whether it comes from what is known; `last` is the name of what is compared."""
    match token.kind:
        case "name":
            return not token.text.startswith(_UNKNOWN) or _is_aggregate(token.text)
        case "mark":
            return token.text in "(),"
        case "string":
            return _is_known(last, unquote(token.text))
    return token.kind == "compare"


def _is_aggregate(name: str) -> bool:
    return name in ("sum_amount", "sum_quantity", "sum_value")


def _is_known(name: str, text: str) -> bool:
    return text in _ENUMS.get(name, ()) or (name == "segments" and text in _SEGMENTS)


def _written(suggestion: Suggestion, token: str) -> bool:
    text = suggestion.text.upper()
    return text == token.upper() or text.startswith(f"{token.upper()} ")


@given(queries.valid(OFFER))
def test_offers_what_follows(text: str) -> None:
    """Cut before any word of the language, a valid query is offered that word."""
    for token in _follows(tokenize(text, ProblemList(text))):
        begun = f"{text[: token.start].rstrip()} "  # the word before is finished
        offered = complete(begun, known=KNOWN)
        assert any(_written(each, token.text) for each in offered), text[: token.end]


@given(queries.valid(OFFER, most=3), st.data())
def test_offers_a_word_that_is_begun(text: str, data: st.DataObject) -> None:
    """Some of its letters typed, the word is still offered, and takes their place."""
    token = data.draw(st.sampled_from(list(_follows(tokenize(text, ProblemList(text))))))
    if token.kind == "mark":
        return
    typed = text[: data.draw(st.integers(token.start + 1, token.end - (token.kind == "string")))]
    offered = [each for each in complete(typed, known=KNOWN) if _written(each, token.text)]
    assert {(each.start, each.end) for each in offered} == {(token.start, len(typed))}


BROKEN = st.sampled_from([*"()',.*%:-$ \n\\;\"é", "--", " AND ", " NOT ", "IN (", "MATCHES (", "9"])


@given(queries.valid(OFFER) | st.text(max_size=60), st.data())
def test_takes_any_text(text: str, data: st.DataObject) -> None:
    """However broken a text is, and wherever the cursor, suggestions fit into it."""
    for _ in range(data.draw(st.integers(0, 4))):
        at, gone = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 8))
        text = text[:at] + data.draw(BROKEN | st.just("")) + text[at + gone :]
    cursor = data.draw(st.none() | st.integers(-2, len(text) + 2))
    at = len(text) if cursor is None else min(max(cursor, 0), len(text))
    for each in complete(text, cursor, KNOWN):
        assert 0 <= each.start <= at <= each.end <= len(text)
        assert each.text
