"""The page about functions."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.facts.catalogue import FUNCTIONS
from segmentry.facts.field import Field, Function
from segmentry.query.ast import Anniversary, Call
from tests.docs.manual.examples import shortest, shown
from tests.docs.manual.fields import kind, remarks, written
from tests.docs.manual.markdown import code, codes, page, table

_EXAMPLES = 3


def text() -> str:
    """The page: how functions work, then each by itself."""
    return page(
        "Functions",
        "A function looks at a customer's records: `function MATCHES (parameters)`.\n"
        "Parameters filter records, all of them the same record; without an aggregate one record "
        "that passes is enough.\n"
        "Aggregates look at what passed, and then they alone decide: of no records counts and "
        "sums are 0 and averages are missing, so `count < 3` is true for customers without any.\n"
        "`NOT MATCHES` is the exact opposite, and `MATCHES ()` asks for any record at all.\n"
        "Each parameter stands once; what a record does not say is missing, as with "
        "[attributes](attributes.md).",
        "\n".join(f"- [{name}](#{_anchor(name)})" for name in (*FUNCTIONS, "anniversary")),
        *(part for function in FUNCTIONS.values() for part in _function(function)),
        *_anniversary(),
    )


def _anchor(name: str) -> str:
    """What a heading is linked by: dots are left out."""
    return name.replace(".", "")


def _function(function: Function) -> Iterator[str]:
    yield f"## {function.name}"
    yield "\n".join(_sentences(function))
    yield table(("parameter", "type", "what it is", "operators"), map(_row, function.parameters))
    if function.aggregates:
        yield table(
            ("aggregate", "type", "what it is", "operators"), map(_row, function.aggregates)
        )
    yield "\n\n".join(map(shown, examples(function)))


def _sentences(function: Function) -> Iterator[str]:
    yield function.meaning
    if function.also_called:
        yield f"Also written {codes(function.also_called)}."
    for group in function.requires:
        yield f"Needs {' or '.join(map(code, group))}."
    if function.undated:
        yield "Known only as of today, whatever the moment."
    if function.shopify:
        yield "Shopify has it under the same name."


def _row(field: Field) -> tuple[str, str, str, str]:
    said = " ".join((field.meaning, *remarks(field)))
    if field.several:
        said += " A record can have several; one that fits is enough."
    operators = written(field.operators, denied=not field.given)
    return code(field.name), kind(field), said, operators


def examples(function: Function) -> list[str]:
    """Queries with it that cases answer, of those with most parameters, or its own example."""
    names = (function.name, *function.also_called)
    found = shortest(
        lambda leaf: isinstance(leaf, Call) and leaf.name in names and bool(leaf.parameters),
        _EXAMPLES,
    )
    return list(dict.fromkeys((function.example, *found)))[:_EXAMPLES]


def _anniversary() -> Iterator[str]:
    yield "## anniversary"
    yield (
        "`anniversary('attribute')` is the day of a date attribute in any year, compared with "
        "[dates](dates.md).\nDays ahead are allowed: who has a birthday within a week.\n"
        "Shopify has it under the same name."
    )
    found = shortest(lambda leaf: isinstance(leaf, Anniversary), _EXAMPLES)
    yield "\n\n".join(map(shown, found))
