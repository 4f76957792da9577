"""What binds: every valid query over the catalogue, with a sentence for each."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.base.errors import QueryError
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.operators import RANKING, Operator
from segmentry.query.ast import Call, Condition
from segmentry.query.bind import bind
from segmentry.query.names import Names
from segmentry.query.parser import parse
from segmentry.query.printer import print_node, print_query
from segmentry.query.sentence import sentence
from segmentry.query.values import Text, Value
from tests.steps import counted

from . import queries, trees
from .queries import FORMS, Offer
from .stores import declared_metafields

METAFIELDS = declared_metafields()
NAMES = Names({each.name: each for each in METAFIELDS})
OFFER = Offer.of(lambda text: bind(text, NAMES), metafields=METAFIELDS)

_INTERNALS = re.compile(r"object at 0x|Fraction\(|Decimal\(|None|\{\d?\}|<function|Type\.")


def _bound_sentence(text: str, currency: str = "EUR") -> str:
    return sentence(bind(text, NAMES), currency)


# -- the catalogue ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "declared", [*ATTRIBUTES.values(), *FUNCTIONS.values()], ids=lambda each: each.name
)
def test_examples_are_canonical(declared: Attribute | Function) -> None:
    """The example of every attribute and function reads as it prints."""
    assert print_query(parse(declared.example)) == declared.example
    assert declared.name in declared.example


def test_every_closed_form_has_examples() -> None:
    """A value form that nothing here knows would leave its fields out of every test."""
    fields: list[Field] = list(ATTRIBUTES.values())
    for function in FUNCTIONS.values():
        fields += [*function.parameters, *function.aggregates]
    assert {field.form for field in fields if field.form is not None} <= set(FORMS)


def _fields() -> list[object]:
    """Every attribute, parameter and aggregate, with the function it is of."""
    own = [(None, field) for field in OFFER.attributes if field.name != "segments"]
    others = [
        (function, field)
        for function in OFFER.functions
        for field in (*function.parameters, *function.aggregates)
    ]
    return [
        pytest.param(
            function, field, id=f"{function.name}.{field.name}" if function else field.name
        )
        for function, field in (*own, *others)
    ]


@pytest.mark.parametrize(("function", "field"), _fields())
@settings(max_examples=3)
@given(data=st.data())
def test_every_operation_binds_and_is_told(
    function: Function | None, field: Field, data: st.DataObject
) -> None:
    """A field takes every operator it declares, and the sentence tells it from its negation."""
    for operator in field.operators:
        condition = data.draw(queries.compared(field, (operator,)))
        required: tuple[Condition, ...] = ()
        if function is not None:
            required = data.draw(queries.with_what_is_required(function, [condition]))[1:]
        said = _bound_sentence(_in(function, condition, *required))
        assert said.startswith("Customers ")
        assert said.endswith(".")
        assert not _INTERNALS.search(_without_texts(said, condition))
        if operator.negated_symbol is not None and not field.given:
            other = _in(function, replace(condition, negated=not condition.negated), *required)
            assert _bound_sentence(other) != said


def _without_texts(said: str, condition: Condition) -> str:
    """A sentence less the texts that were asked for, which can look like anything."""
    for operand in condition.operands:
        if isinstance(operand.value, Text):
            said = said.replace(operand.value.value.strip(), "")
    return said


def _in(function: Function | None, condition: Condition, *required: Condition) -> str:
    node: Condition | Call = condition
    if function is not None:
        node = trees.call(function.name, (condition, *required))
    return print_node(node)


# -- whole queries ----------------------------------------------------------------------


@given(queries.valid(OFFER))
def test_valid_queries_bind_to_the_same(text: str) -> None:
    """A valid query binds, to the same meaning from its printed text, with a sentence."""
    bound = bind(text, NAMES)
    again = bind(print_query(bound.query), NAMES)
    assert again.root == bound.root
    assert hash(again.root) == hash(bound.root)
    assert sentence(bound, "EUR") == sentence(again, "EUR")


@given(queries.valid(OFFER))
def test_without_a_store_valid_queries_bind_too(text: str) -> None:
    """What a store takes is taken where there is no store to look names up in."""
    assert sentence(bind(text), "")


@given(queries.singles(OFFER), st.sampled_from(["=", "IN (1)", "BETWEEN 2 AND 1", "= nobody"]))
def test_a_fault_is_found_beside_what_is_right(text: str, fault: str) -> None:
    """A faulty condition is refused wherever it stands, and nothing else is."""
    with pytest.raises(QueryError) as refused:
        bind(f"{text} OR customer_countries {fault}", NAMES)
    assert all(problem.start >= len(text) for problem in refused.value.problems)


@given(st.sampled_from(OFFER.attributes), st.sampled_from(OFFER.attributes))
def test_operators_are_taken_as_declared(one: Attribute, other: Attribute) -> None:
    """An attribute refuses exactly the operators that it does not declare."""
    for operator in other.operators:
        if operator in one.operators or operator in RANKING or one.ids or one.name == "segments":
            continue
        text = print_node(trees.condition(one.name, operator, *_plain(operator)))
        with pytest.raises(QueryError) as refused:
            bind(text, NAMES)
        assert "wrong_operator" in {problem.code for problem in refused.value.problems}


def _plain(operator: Operator) -> tuple[Value, ...]:
    if operator.symbol == "IS NULL":
        return ()
    two = operator.symbol == "BETWEEN"
    return (Text("a"),) * (2 if two else 1)


# -- speed ------------------------------------------------------------------------------

_HUGE = {
    "conditions": "a = 1 OR " * 2200 + "a = 1",
    "bracket": "(" * 20_000,
    "negation": "NOT " * 5_000,
    "quote": "'" * 20_000,
    "backslash": "'" + "\\" * 19_999,
    "dash": "a" + "-" * 19_999,
    "stray": "@ " * 10_000,
    "curly": "’" * 20_000,
    "digit": "1" * 19_999 + "x",
    "amount": "amount_spent = $1" + "." * 19_900,
    "word": "a " * 10_000,
    "item": f"number_of_orders IN ({','.join('1' * 5_001)})",
    "unknown word": f"rfm_group IN ({', '.join(['A'] * 4_900)})",
    "parameter": f"orders_placed MATCHES ({','.join(['dat=1'] * 3_000)})",
    "name": "a." * 10_000,
    "long name": "a" * 19_990 + " = 1",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in _HUGE.items()])
def test_no_text_takes_long(text: str) -> None:
    """The worst texts of full length are refused at once: in some steps for each character."""
    with pytest.raises(QueryError), counted(30 * len(text)):
        bind(text, NAMES)
