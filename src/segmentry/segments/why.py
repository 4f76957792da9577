"""Why a customer is in a segment or not: each condition by itself, with what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from segmentry.base.money import format_money
from segmentry.engines.base import CustomerValue, Engine, RecordValues
from segmentry.facts.field import Attribute, Field
from segmentry.facts.operators import Type
from segmentry.plan.explain import Kind, kind_of, parts_of
from segmentry.plan.planner import plan
from segmentry.query.ast import Node, Query
from segmentry.query.bound import AnniversaryTest, AttributeTest, Bound, BoundQuery, RecordTest
from segmentry.query.printer import print_node
from segmentry.query.sentence import describe
from segmentry.segments.upcoming import Person, Upcoming

ByHand: TypeAlias = Literal["included", "excluded"]
"""How a segment lists a customer."""

MOST_RECORDS = 20
"""So many records behind a condition are told, the latest of them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition or group: its text, its words, and whether it holds for the customer.

    A condition on an attribute has its `value`, None where it is missing, and the same to
    read, in `shown`. One on records has `count`, how many its parameters leave, and the
    latest of them in `records`, each by the names of the parameters.
    """

    kind: Kind
    text: str
    words: str
    holds: bool
    shown: str = ""
    value: CustomerValue = None
    count: int | None = None
    records: tuple[Mapping[str, CustomerValue], ...] = ()
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """Why a customer is `inside` a query or not at a moment, and until when.

    One whom a segment lists is there, or not, `by_hand`, whatever the reason says.
    `since` is the moment at which that became so, by the facts known now; None where it was
    never otherwise, and where it is not known.
    """

    customer: str
    as_of: datetime
    inside: bool
    reason: Reason
    next: Upcoming
    by_hand: ByHand | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Whom, when and how to answer: `local` writes a moment for a person."""

    engine: Engine
    person: Person
    as_of: datetime
    currency: str
    local: Callable[[datetime], str]


def why(question: Question, query: BoundQuery, next: Upcoming) -> Why:
    """The query part by part, each part asked of the one customer."""
    lists, key = query.lists, question.person.key
    by_hand: ByHand | None = "included" if key in lists.included else None
    if key in lists.excluded:
        by_hand = "excluded"
    inside = bool(question.engine.members(plan(query), question.as_of, [key]))
    if lists.fixed:
        words = "who were taken down for this snapshot"
        reason = Reason("condition", "", words, key in lists.included)
    else:
        reason = _reason(question, query.root, query.query.root, query)
    since = question.engine.since(plan(query), key, question.as_of)
    return Why(question.person.shown, question.as_of, inside, reason, next, by_hand, since)


def _reason(question: Question, node: Bound, written: Node, query: BoundQuery) -> Reason:
    text = print_node(written)
    alone = BoundQuery(node, Query(written, text), (), query.segments)
    holds = bool(question.engine.members(plan(alone), question.as_of, [question.person.key]))
    words = describe(node, question.currency)
    match node:
        case AttributeTest(field) | AnniversaryTest(field):
            value, shown = _value(question, field, query)
            return Reason("condition", text, words, holds, shown, value)
        case RecordTest():
            return _of_records(question, node, Reason("condition", text, words, holds))
    parts = tuple(_reason(question, *inner, query) for inner in parts_of(node, written))
    return Reason(kind_of(node), text, words, holds, parts=parts)


def _value(question: Question, field: Attribute, query: BoundQuery) -> tuple[CustomerValue, str]:
    """An attribute's value of the customer, and the same to read."""
    if field.name == "segments":
        inside = frozenset(_segments_with(question, query))
        return inside or None, value_text(inside or None, field, question)
    found = question.engine.values(field, question.as_of, [question.person.key])
    value = found.get(question.person.key)
    return value, value_text(value, field, question)


def _segments_with(question: Question, query: BoundQuery) -> Iterator[str]:
    """The segments that the query refers to and the customer is in."""
    for name, other in query.segments:
        if question.engine.members(plan(other), question.as_of, [question.person.key]):
            yield name


def _of_records(question: Question, test: RecordTest, reason: Reason) -> Reason:
    found = question.engine.records(test, question.person.key, question.as_of)
    latest = sorted(found, key=_when, reverse=True)[:MOST_RECORDS]
    one, several = test.function.noun
    shown = f"{len(found):,} {one if len(found) == 1 else several}"
    if latest and isinstance(last := latest[0].get("date"), datetime):
        shown += f", the last on {question.local(last)}"
    return Reason(
        reason.kind,
        reason.text,
        reason.words,
        reason.holds,
        shown,
        count=len(found),
        records=tuple(latest),
    )


def _when(record: RecordValues) -> float:
    when = record.get("date")
    return when.timestamp() if isinstance(when, datetime) else 0.0


def value_text(value: CustomerValue, field: Field, question: Question) -> str:
    """A value for a person to read."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return ", ".join(sorted(value))
        case int() | Fraction() if field.type is Type.MONEY:
            return f"{format_money(round(value), question.currency)} {question.currency}"
        case Fraction():
            return f"{float(value):,.2f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case datetime():
            return question.local(value)
        case date():
            return f"{value.day} {value:%B %Y}"
    return str(value)


def plain(value: CustomerValue) -> Any:
    """A value as JSON has it; money stays in ten-thousandths."""
    match value:
        case Fraction():
            return float(value)
        case frozenset():
            return sorted(value)
        case date():
            return value.isoformat()
    return value
