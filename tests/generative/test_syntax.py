"""Reading and printing of queries, for every text that could be one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from segmentry.base.errors import Problem, ProblemList, QueryError
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Query
from segmentry.query.bind import bind
from segmentry.query.legacy import BOUNDS
from segmentry.query.lexer import tokenize
from segmentry.query.names import Names
from segmentry.query.parser import parse, read
from segmentry.query.printer import print_query, print_value
from segmentry.query.tree_json import from_json, to_json
from segmentry.query.values import Word

from . import trees
from .grammar import is_query

FRAGMENTS = (
    *("AND", "OR", "NOT", "(", ")", ",", ":", "*", "%", "=", "!=", "<>", "==", "<", "<=", ">="),
    *("BETWEEN", "IN", "IS", "NULL", "CONTAINS", "TEXT", "ANY", "ALL", "STARTS", "ENDS", "WITH"),
    *("TOP", "BOTTOM", "MATCHES", "NOT_MATCHES", "anniversary", "date", "until", "true", "today"),
    *("STORE_AVERAGE", "number_of_orders", "orders_placed", "amount_spent", "rfm_group", "count"),
    *("customer_countries", "segments", "metafields.a.b", "x", "id", "1", "-3", "0.5", "1,000"),
    *("'a'", "''", "'", "\\", "-30d", "+1y", "-24h", "7_days_ago", "2026-03-08", "--", "-- c\n"),
    *("2026-03-08T01:30:00", "2026-02-30", "$5", "’", ";", "\n", "\x00", "é", "1e5", "90d", "."),
)
"""Pieces of queries, good and bad."""


def fragments() -> st.SearchStrategy[str]:
    """Pieces of queries in any order."""
    pieces = st.lists(st.sampled_from(FRAGMENTS), max_size=25)
    return st.builds(lambda glue, each: glue.join(each), st.sampled_from([" ", ""]), pieces)


@given(trees.queries())
def test_printing_and_reading_lose_nothing(query: Query) -> None:
    """QRY-10: a tree comes back from its text as it was, and the text from the tree."""
    text = print_query(query)
    again = parse(text)
    assert again.root == query.root
    assert print_query(again) == text


@given(trees.queries())
def test_json_and_text_hold_the_same(query: Query) -> None:
    """QRY-10: a tree comes back from its JSON as it was, comments included."""
    tree = json.loads(json.dumps(to_json(query)))
    assert from_json(tree).root == query.root
    assert print_query(from_json(tree)) == print_query(query)


@given(trees.groups(trees.conditions(), most=6))
def test_groups_in_groups_of_their_kind(root: Node) -> None:
    """Brackets that change nothing go away once, and the text stays."""
    nested = And((And((root, root)), Or((Or((root, root)), root))))
    text = print_query(trees.query(nested))
    assert print_query(parse(text)) == text


@given(trees.queries())
def test_comments_survive(query: Query) -> None:
    """Every comment is in the printed text, in its place in the order."""
    assert comments(parse(print_query(query))) == comments(query)


def test_comments_stay_in_their_place() -> None:
    """Comments come before the condition they stood before; those at the end stay there."""
    text = "-- who\nnumber_of_orders = 1 -- and\nAND (amount_spent > 1 OR amount_spent = 0)\n-- end"
    printed = print_query(parse(text))
    assert printed.count("--") == 3
    assert print_query(parse(printed)) == printed
    assert from_json(to_json(parse(text))).trailing_comments == ("end",)


@given(trees.queries(), st.randoms(use_true_random=False))
def test_comments_between_any_two_words_survive(query: Query, random: Random) -> None:
    """Wherever a comment stands, printing keeps it, and the tree is the same."""
    pieces: list[str] = []
    written: list[str] = []
    for number, piece in enumerate(_pieces(print_query(query))):
        if random.random() < 0.2:
            written.append(f"number {number}")
            pieces.append(f" -- {written[-1]}\n")
        pieces.append(piece)
    read = parse(" ".join(pieces))
    assert read.root == query.root
    assert list(comments(parse(print_query(read)))) == written


def comments(query: Query) -> tuple[str, ...]:
    """All comments of a query, in order."""
    return (*_comments(query.root), *query.trailing_comments)


def _comments(node: Node) -> Iterator[str]:
    match node:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _comments(operand)
        case Not(operand):
            yield from _comments(operand)
        case Condition() | Call() | Anniversary():
            yield from node.comments


@given(trees.queries(), st.randoms(use_true_random=False))
def test_case_and_space_do_not_matter(query: Query, random: Random) -> None:
    """Keywords in any case, any white space around words and NOT_MATCHES mean the same."""
    pieces = [_any_case(piece, random) for piece in _pieces(print_query(query))]
    spaced = "".join(piece + random.choice([" ", "\n", "\t  ", "\u2003"]) for piece in pieces)
    assert parse(spaced).root == query.root


def _any_case(piece: str, random: Random) -> str:
    """Names are in small letters here, so what is in capitals is a word of the language."""
    if not (piece.isupper() and piece.replace("_", "").isalpha()):
        return piece
    return "".join(random.choice([c.lower(), c]) for c in piece)


def _pieces(text: str) -> list[str]:
    """The words of a text, without its comments."""
    return [token.text for token in tokenize(text, ProblemList(text))[:-1]]


# -- against the grammar ----------------------------------------------------------------


_BEYOND_FORM = {"repeated_parameter", "one_value"}


def accepts(text: str) -> bool:
    """Whether the parser takes the form of a text.

    A bare word as a value is kept only for its error. That each argument of an older call
    is given once, and a bound with one value, is no matter of form.
    """
    problems = ProblemList(text)
    query = read(text, problems)
    if query is None or {problem.code for problem in problems.items} - _BEYOND_FORM:
        return False
    return not any(isinstance(value, Word) for value in _values(query.root))


def _values(node: Node) -> Iterator[object]:
    match node:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _values(operand)
        case Not(operand) | Anniversary(operand):
            yield from _values(operand)
        case Call(_, _, parameters):
            for parameter in parameters:
                yield from _values(parameter)
        case Condition(_, _, _, literals):
            yield from (literal.value for literal in literals)


@given(trees.queries())
def test_the_grammar_takes_what_is_printed(query: Query) -> None:
    """What the printer writes is a query by the grammar as well."""
    assert is_query(print_query(query))


@st.composite
def older_calls(draw: st.DrawFn) -> str:
    """The older way to call a function."""
    pairs = st.tuples(trees.names(), trees.values())
    given = draw(st.lists(pairs, max_size=3, unique_by=lambda pair: pair[0]))
    arguments = []
    for name, value in given:
        one = print_value(value)
        forms = [one, f"({one})"] + [f"({one}, {one})"] * (name not in BOUNDS)
        arguments.append(f"{name}: {draw(st.sampled_from(forms))}")
    name = draw(trees.names().filter(lambda name: name != "anniversary"))
    truth = draw(st.sampled_from(["= true", "= false", "!= true", "!= FALSE"]))
    return f"{name}({', '.join(arguments)}) {truth}"


def _texts() -> st.SearchStrategy[str]:
    new = trees.queries().map(print_query)
    old = older_calls() | st.builds("{} OR {}".format, older_calls(), new)
    return new | old


def _delete(pieces: list[str], here: int, there: int) -> None:
    del pieces[here]


def _double(pieces: list[str], here: int, there: int) -> None:
    pieces.insert(here, pieces[here])


def _swap(pieces: list[str], here: int, there: int) -> None:
    pieces[here], pieces[there] = pieces[there], pieces[here]


def _copy(pieces: list[str], here: int, there: int) -> None:
    pieces[here] = pieces[there]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A query with words deleted, doubled, swapped or copied over others."""
    pieces = _pieces(draw(_texts()))
    edits = st.sampled_from([_delete, _double, _swap, _copy])
    for edit in draw(st.lists(edits, min_size=1, max_size=2)):
        if len(pieces) > 1:
            place = st.integers(0, len(pieces) - 1)
            edit(pieces, draw(place), draw(place))
    return " ".join(pieces)


@given(older_calls())
def test_older_calls_are_rewritten(text: str) -> None:
    """The older form reads as MATCHES, and its printed text means the same."""
    query = parse(text)
    printed = print_query(query)
    assert " MATCHES (" in printed
    assert [note.code for note in query.notes] == ["deprecated_form"]
    assert parse(printed).root == query.root
    assert not parse(printed).notes


@pytest.mark.parametrize(
    "text",
    [
        "x(date: (2026-01-01, 2026-02-01)) = true",
        "x(until: (-1d, -9d)) = true",
        "x(count_at_least: (1, 2)) = true",
        "x(date: -9d, until: -1d, until: -2d) = true",
    ],
)
def test_older_calls_drop_nothing(text: str) -> None:
    """Every value of an older call is in its new form, or it is refused."""
    try:
        query = parse(text)
    except QueryError:
        return
    assert set(_operands(text)) <= set(_operands(print_query(query)))


def _operands(text: str) -> list[str]:
    tokens = tokenize(text, ProblemList(text))
    return [token.text for token in tokens if token.kind in ("number", "day", "offset")]


@given(_texts() | damaged())
@example("x MATCHES (id = 1,)")
@example("x MATCHES ()")
@example("x() = true")
@example("date(date: 1) = true AND date = 1")
@example("anniversary = 1 OR anniversary MATCHES (date > 1)")
@example("anniversary(date: 'x') = 1")
@example("x = -1 * store_average")
@example("x IN TOP 10 * STORE_AVERAGE")
@example("x IN TOP -1 %")
@example("NOT NOT x NOT IN (1)")
@example("x NOT IN TOP 5")
@example("x NOT NOT_MATCHES ()")
@example("in IN (1) and between BETWEEN 1 AND 2 or is IS NULL")
def test_parser_and_grammar_agree(text: str) -> None:
    """The hand-written parser and the grammar take the same texts."""
    assume(not _has_problems(text))
    assert accepts(text) == is_query(text)


def test_older_calls_do_not_end_in_a_comma() -> None:
    """Both forms of a call refuse a comma after the last parameter."""
    assert not accepts("x MATCHES (id = 1,)")
    assert not accepts("x(id: 1,) = true")


def _has_problems(text: str) -> bool:
    problems = ProblemList(text)
    tokenize(text, problems)
    return bool(problems.items)


# -- any text ---------------------------------------------------------------------------


@pytest.mark.parametrize("read", [parse, bind, lambda text: bind(text, Names())])
@given(text=st.text() | fragments() | damaged())
@example(text="")
@example(text="'")
@example(text="\\")
@example(text="a = 1\nAND b =\n")
def test_any_text_is_read_or_refused_with_places(read: Callable[[str], object], text: str) -> None:
    """QRY-03: no text does anything but bind or be refused, with problems that lie inside it."""
    problems = _refused(read, text)
    for problem in problems or ():
        assert 0 <= problem.start <= problem.end <= len(text)
        before = text[: problem.start]
        assert problem.line == before.count("\n") + 1
        assert problem.column == len(before) - (before.rfind("\n") + 1)
        assert problem.message
        assert problem.code.replace("_", "").isalpha()
    assert problems is None or problems


def _refused(read: Callable[[str], object], text: str) -> tuple[Problem, ...] | None:
    try:
        read(text)
    except QueryError as error:
        return error.problems
    return None


@given(st.text() | fragments() | damaged())
def test_what_is_read_can_be_printed(text: str) -> None:
    """Whatever was read prints as a text that means the same and prints alike, as its JSON does."""
    try:
        query = parse(text)
    except QueryError:
        return
    printed = print_query(query)
    assert parse(printed).root == query.root
    assert print_query(parse(printed)) == printed
    assert print_query(from_json(to_json(query))) == printed
