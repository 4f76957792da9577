"""What is known of a customer of whom conditions hold: of each subject, its possible values.

A subject is something that conditions share: an attribute, one element of a list, the count
of the same records, or else a condition that is only true or not. What is known is a claim
about every customer at every moment: where it leaves a subject no value there is nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias, cast

from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.functions.parameters import COUNT
from segmentry.facts.operators import (
    CONTAINS_ALL,
    EQUALITY,
    EQUALS,
    GREATER_OR_EQUAL,
    IS_NULL,
    LESS_OR_EQUAL,
    MEMBERSHIP,
    Type,
)
from segmentry.query.bound import (
    AnniversaryTest,
    AttributeTest,
    FieldTest,
    Operand,
    RecordTest,
    Test,
)
from segmentry.query.lint import numbers, times
from segmentry.query.lint.numbers import Numbers
from segmentry.query.lint.times import Span
from segmentry.query.lint.words import Words, among
from segmentry.query.values import DateValue


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an attribute or of a record's field; of a list only whether it has elements."""

    field: Field

    def __hash__(self) -> int:
        """Of the name: subjects are looked up often."""
        return hash(self.field.name)


@dataclass(frozen=True, slots=True)
class Element:
    """Whether a list, or an id in one of its forms, has this element."""

    field: Field
    element: Operand

    def __hash__(self) -> int:
        """Of the names alone."""
        return hash((self.field.name, self.element))


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A count, sum or average of the records that filters leave."""

    function: Function
    filters: frozenset[FieldTest]
    field: Field

    def __hash__(self) -> int:
        """Of the names, and of the filters, which remember theirs."""
        return hash((self.function.name, self.field.name, self.filters))


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether a condition holds of which nothing else is known."""

    test: Test | FieldTest

    def __hash__(self) -> int:
        """Of what tells most conditions apart."""
        if isinstance(self.test, RecordTest):
            compared = (*self.test.filters, *self.test.aggregates)
            return hash((self.test.function.name, *(each.operands for each in compared)))
        return hash((self.test.field.name, self.test.operator.symbol, self.test.operands[:1]))


Subject: TypeAlias = Value | Element | Aggregate | Truth
Values: TypeAlias = Numbers | Words | Span
Known: TypeAlias = Mapping[Subject, Values]

NOTHING: Known = {}
MOST_ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Clash:
    """What is known cannot all be true: nothing is left of the subject."""

    subject: Subject


def both(one: Known, other: Known) -> Known | Clash:
    """What is known where both are."""
    if not one or not other:
        return one or other
    found = narrowed(one, other)
    return found if isinstance(found, Clash) else {**one, **found}


def narrowed(given: Known, known: Known | Clash) -> Known | Clash:
    """What is known of the same subjects where something else is given as well."""
    if isinstance(known, Clash) or not given:
        return known
    found: dict[Subject, Values] = {}
    for subject, values in known.items():
        before = given.get(subject)
        if before is not None and before is not values:
            values = _meet(before, values)
            if not (values.present or values.missing):
                return Clash(subject)
        found[subject] = values
    return found


def either(one: Known, other: Known) -> Known:
    """What is known where at least one of both is."""
    return {
        subject: values if values is other[subject] else _join(values, other[subject])
        for subject, values in one.items()
        if subject in other
    }


def _meet(one: Values, other: Values) -> Values:
    assert type(one) is type(other)
    return one.meet(other)  # type: ignore[arg-type]  # of one kind, as the subject is one


def _join(one: Values, other: Values) -> Values:
    assert type(one) is type(other)
    return one.join(other)  # type: ignore[arg-type]  # of one kind, as the subject is one


# -- what a condition says --------------------------------------------------------------


def alternatives(test: Test, holds: bool) -> tuple[Known | Clash, ...]:
    """What is known where a test holds, or does not: one of these."""
    match test:
        case AttributeTest():
            found = _of_field(test, holds != test.negated)
        case RecordTest():
            found = _of_records(test, holds != test.negated)
        case AnniversaryTest():
            found = _truth(test, holds != test.negated)
    if len(found) > MOST_ALTERNATIVES:
        found = _truth(test, holds != test.negated)
    return tuple(map(_possible, found))


def _possible(known: Known) -> Known | Clash:
    """The same within the values that there can be at all."""
    found: dict[Subject, Values] = {}
    for subject, values in known.items():
        least = _meet(domain(subject), values)
        if not (least.present or least.missing):
            return Clash(subject)
        found[subject] = least
    return found


def _of_field(test: AttributeTest | FieldTest, holds: bool) -> tuple[Known, ...]:
    field, value = test.field, Value(test.field)
    if field.several:
        return _truth(test, holds)
    if test.operator is IS_NULL:
        return ({value: _presence(field, missing=holds)},)
    if test.operator in MEMBERSHIP or (field.type is Type.ID and test.operator in EQUALITY):
        return _of_elements(test, holds)
    if any(isinstance(each, int | Fraction) for each in test.operands) and field.type.numeric:
        if all(isinstance(each, int | Fraction) for each in test.operands):
            return ({value: _numbers(test, holds)},)
        return _truth(test, holds)
    if field.type.dated:
        operands = cast("tuple[DateValue, ...]", test.operands)
        found = times.spans(test.operator, operands, holds=holds)
        return tuple({**_truth(test, holds)[0], value: span} for span in found)
    if test.operator in EQUALITY and field.type in (Type.ENUM, Type.BOOLEAN, Type.TEXT):
        meant = among(*test.operands)
        return ({value: meant if holds else meant.complement()},)
    return _truth(test, holds)


def _numbers(test: AttributeTest | FieldTest, holds: bool) -> Numbers:
    values = cast("tuple[int | Fraction, ...]", test.operands)
    found = numbers.numbers(test.operator, values, whole=test.field.type is Type.INTEGER)
    return found if holds else found.complement()


def _of_elements(test: AttributeTest | FieldTest, holds: bool) -> tuple[Known, ...]:
    """A list has an element, or all; another has none of them, or not all."""
    each: list[Known] = [
        {Element(test.field, element): among(holds)} for element in dict.fromkeys(test.operands)
    ]
    if holds:
        present: Known = {Value(test.field): _presence(test.field, missing=False)}
        each = [{**present, **known} for known in each]
    if (test.operator is CONTAINS_ALL) == holds:
        return (_merged(each),)
    return tuple(each)


def _of_records(test: RecordTest, holds: bool) -> tuple[Known, ...]:
    filters = frozenset(test.filters)
    if not test.aggregates:
        count = Aggregate(test.function, filters, COUNT)
        some = Numbers(False, ((1, False),), False)
        return ({count: some if holds else some.complement()},)
    each = [_of_aggregate(test, filters, aggregate, holds) for aggregate in test.aggregates]
    return (_merged(each),) if holds else tuple(each)


def _of_aggregate(
    test: RecordTest, filters: frozenset[FieldTest], aggregate: FieldTest, holds: bool
) -> Known:
    """What one aggregate says where it holds, or does not."""
    subject = Aggregate(test.function, filters, aggregate.field)
    holds = holds != aggregate.negated
    if aggregate.operator is IS_NULL:
        return {subject: _presence(aggregate.field, missing=holds)}
    return {subject: _numbers(aggregate, holds)}


def _truth(test: Test | FieldTest, holds: bool) -> tuple[Known, ...]:
    """The condition itself, which holds of no missing value."""
    truth: dict[Subject, Values] = {Truth(replace(test, negated=False)): among(holds)}
    if holds and not isinstance(test, RecordTest):
        truth[Value(test.field)] = _presence(test.field, missing=False)
    return (truth,)


def _merged(each: Iterable[Known]) -> Known:
    return {subject: values for known in each for subject, values in known.items()}


# -- which values there can be ----------------------------------------------------------


@lru_cache(maxsize=4096)
def domain(subject: Subject) -> Values:
    """All the values that a subject can have."""
    match subject:
        case Value(field):
            found = _unbounded(field)
            never_missing = isinstance(field, Attribute) and not field.missing
            return _meet(found, _presence(field, missing=False)) if never_missing else found
        case Aggregate(_, filters, field):
            found = _unbounded(field)
            if field.rising:
                found = _meet(found, _presence(field, missing=False))
            if field.rising and not can_pass(filters):
                found = _meet(found, numbers.numbers(EQUALS, (0,), whole=True))
            return found
    return among(True, False)


def can_pass(filters: Iterable[FieldTest]) -> bool:
    """Whether there can be a record that passes. Each parameter stands once, so that each
    filter is about something else."""
    return all(
        each.field.given
        or any(
            not isinstance(found, Clash)
            for found in map(_possible, _of_field(each, not each.negated))
        )
        for each in filters
    )


def _unbounded(field: Field) -> Values:
    """The values of a field's type within its bounds, and the missing one."""
    if field.type.numeric:
        whole = field.type is Type.INTEGER
        found = Numbers(True, (), True)
        least = 0 if field.rising else field.least
        if least is not None:
            found = found.meet(
                numbers.numbers(GREATER_OR_EQUAL, (least,), whole=whole).or_missing()
            )
        if field.most is not None:
            most = numbers.numbers(LESS_OR_EQUAL, (field.most,), whole=whole)
            found = found.meet(most.or_missing())
        return found
    if field.type.dated:
        return Span(frozenset(), frozenset([times.NOW]), True) if field.past else times.ANY_TIME
    if field.type is Type.BOOLEAN:
        return Words(frozenset([True, False]), False, True)
    if field.values:
        return Words(frozenset(field.values), False, True)
    return Words(frozenset(), True, True)


def _presence(field: Field, *, missing: bool) -> Values:
    """The missing value, or all others."""
    if field.type.numeric:
        return Numbers(not missing, (), missing)
    if field.type.dated:
        return times.NO_TIME if missing else times.ANY_TIME.with_missing(False)
    return Words(frozenset(), not missing, missing)
