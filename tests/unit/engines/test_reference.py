"""The reference engine answers the whole catalogue, and nothing beyond it."""

from __future__ import annotations

import pytest

from segmentry.engines.reference.records import RECORDS
from segmentry.engines.reference.values import VALUES, value_of
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Field, Function
from segmentry.facts.metafields import TYPES, metafield
from segmentry.facts.operators import OPERATORS, Type
from segmentry.facts.tables import TABLES

NOT_OF_ROWS = {"segments"} | {each.name for each in ATTRIBUTES.values() if each.predicted}
"""Attributes that follow from the plans of other segments or from models, not from rows."""


def test_every_attribute_has_a_value() -> None:
    """Each attribute of the catalogue is computed, and nothing else is."""
    assert set(VALUES) == set(ATTRIBUTES) - NOT_OF_ROWS


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_metafield_has_a_value(kind: str) -> None:
    """A metafield can be declared with a type only if its values can be read."""
    assert callable(value_of(metafield("metafields.custom.field", kind)))


def test_every_function_has_records() -> None:
    """Each function of the catalogue ranges over something, and nothing else does."""
    assert set(RECORDS) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda each: each.name)
def test_every_field_of_a_function_can_be_read(function: Function) -> None:
    """Each parameter is a field of its records; each aggregate is of such a field."""
    fields = RECORDS[function.name].fields
    parameters = {field.name for field in function.parameters}
    added_up = {_added_up(field) for field in function.aggregates} - {""}
    assert parameters | added_up == set(fields)


def _added_up(field: Field) -> str:
    """What an aggregate adds up or averages; nothing for a count."""
    return field.name.partition("_")[2]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda each: each.name)
def test_aggregates_are_numbers(function: Function) -> None:
    """Counts, sums and averages are all that is known of records together."""
    for field in function.aggregates:
        assert field.name == "count" or field.name.partition("_")[0] in ("sum", "average")
        assert field.type.numeric


@pytest.mark.parametrize(
    "declared", [*ATTRIBUTES.values(), *FUNCTIONS.values()], ids=lambda each: each.name
)
def test_tables_needed_exist(declared: Function) -> None:
    """Declarations name canonical tables."""
    assert set(declared.needs) <= set(TABLES)


def test_declared_fields_are_sound() -> None:
    """Fixed words have words, ids are lists, and operators are known ones."""
    fields: list[Field] = list(ATTRIBUTES.values())
    for function in FUNCTIONS.values():
        fields += [*function.parameters, *function.aggregates]
    for field in fields:
        assert (field.type is Type.ENUM) == bool(field.values), field.name
        assert not field.ids or field.type is Type.LIST, field.name
        assert set(field.operators) <= set(OPERATORS), field.name
        assert field.label == field.label.strip() != "", field.name
