"""How many people without a value a condition takes in, or leaves out, on the quiet."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.base.errors import ProblemList
from segmentry.facts.field import Attribute
from segmentry.facts.operators import IS_NULL, LESS, LESS_OR_EQUAL
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest, Test
from segmentry.query.lint.known import NOTHING, Aggregate, Clash, Known, Value
from segmentry.query.lint.numbers import Numbers
from segmentry.query.lint.parts import Leaf, Part, holds, leaves, together
from segmentry.query.lint.store import StoreFacts
from segmentry.query.lint.wording import told


def left_out(whole: Part, store: StoreFacts, problems: ProblemList) -> None:
    """Say how many have no value where a condition does not show what becomes of them."""
    asked = {_field(leaf.test) for leaf in leaves(whole) if _asks_for_missing(leaf.test)}
    for leaf, around in _leaves_with_others(whole, NOTHING):
        field = _field(leaf.test)
        if field is not None and field not in asked:
            _of_value(leaf, field, around, store, problems)
        if isinstance(leaf.test, RecordTest):
            _of_records(leaf, leaf.test, store, problems)


def _field(test: Test) -> Attribute | None:
    return None if isinstance(test, RecordTest) else test.field


def _asks_for_missing(test: Test) -> bool:
    return isinstance(test, AttributeTest) and test.operator is IS_NULL


def _leaves_with_others(part: Part, given: Known) -> Iterator[tuple[Leaf, Known]]:
    """Every condition, with what is known of those of whom the conditions beside it hold."""
    if isinstance(part, Leaf):
        yield part, given
        return
    for at, each in enumerate(part.parts):
        around: Known | Clash = given
        if part.kind == "all":
            for other in (*part.parts[:at], *part.parts[at + 1 :]):
                around = together(around, holds(other))
        if not isinstance(around, Clash):
            yield from _leaves_with_others(each, around)


def _of_value(
    leaf: Leaf, field: Attribute, around: Known, store: StoreFacts, problems: ProblemList
) -> None:
    """A denied condition takes in those without a value, one of what lies below leaves them out."""
    known = around.get(Value(field))
    if not (field.missing and field.needs) or (known is not None and not known.missing):
        return
    test = leaf.test
    assert isinstance(test, AttributeTest | AnniversaryTest)
    positive = leaf.holds != test.negated
    if positive and test.operator not in (LESS, LESS_OR_EQUAL):
        return
    without = store.count(AttributeTest(field, IS_NULL, False, ()))
    if not without:
        return
    fate, word = ("left out", "OR") if positive else ("included", "AND")
    fix = f"{field.name} IS NULL" if positive else f"{field.name} IS NOT NULL"
    problems.add(
        "without_value",
        f"{told(leaf, problems.text)}: {_customers(without)} no {field.label} and "
        f"{_are(without)} {fate}. To change that, add {word} {fix}.",
        *leaf.span,
    )


def _of_records(leaf: Leaf, test: RecordTest, store: StoreFacts, problems: ProblemList) -> None:
    """An upper bound on a count or a sum takes in those without any such record."""
    if len(test.aggregates) != 1:
        return
    aggregate = Aggregate(test.function, frozenset(test.filters), test.aggregates[0].field)
    (said, *more) = leaf.said
    values = said.get(aggregate) if not isinstance(said, Clash) else None
    if more or not isinstance(values, Numbers) or not _none_and_some(values):
        return
    without = store.count(RecordTest(test.function, test.filters, (), negated=True))
    if without:
        such = "such " if test.filters else ""
        problems.add(
            "without_records",
            f"{told(leaf, problems.text)}: {_customers(without)} no {such}{test.function.noun[0]} "
            f"at all and {_are(without)} included.",
            *leaf.span,
        )


def _none_and_some(values: Numbers) -> bool:
    """Whether nothing at all is in, and some above as well, but not everything."""
    if not values.cuts or values.cuts[0] > (0, False):
        return False
    end = values.cuts[1] if len(values.cuts) > 1 else None
    return end is not None and end > (1, False)


def _customers(number: int) -> str:
    return f"{number:,} customer has" if number == 1 else f"{number:,} customers have"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
