"""Valid queries over the catalogue: each binds, and means something in the made-up stores.

Everything is drawn from the declarations: a new attribute or function takes part by its
type, without a change here. What only a store can tell (its metafields, its segments,
whether a model has run) is left to `Offer.of`, which asks the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Self, TypeVar

from hypothesis import strategies as st

from segmentry.base.errors import QueryError
from segmentry.facts.anniversaries import OPERATORS as ANNIVERSARIES
from segmentry.facts.anniversaries import WIDEST
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.operators import (
    BETWEEN,
    COMPARISON,
    CONTAINS_ALL,
    CONTAINS_ANY,
    EQUALS,
    IN,
    IN_BOTTOM,
    IN_TOP,
    IS_NULL,
    RANKING,
    Operator,
    Type,
)
from segmentry.facts.properties import Property
from segmentry.query.ast import Anniversary, Call, Condition, Node
from segmentry.query.bind import bind
from segmentry.query.printer import print_node
from segmentry.query.values import (
    Boolean,
    DateValue,
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Number,
    Rank,
    StoreStatistic,
    Text,
    TimeOffset,
    Value,
)

from . import trees, words

T = TypeVar("T")

_DAYS_OF = {"d": 1.0, "w": 7.0, "m": 30.436875, "y": 365.2425}
_UNBOUND = (Type.MONEY, Type.INTEGER, Type.DECIMAL)


@dataclass(frozen=True)
class Offer:
    """What queries may be made of. `segments` are the names of saved segments."""

    attributes: tuple[Attribute, ...]
    functions: tuple[Function, ...]
    segments: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        check: Callable[[str], object] = bind,
        *,
        metafields: Iterable[Attribute] = (),
        segments: tuple[str, ...] = (),
    ) -> Self:
        """The part of the catalogue whose own examples `check` lets pass."""
        known = (*ATTRIBUTES.values(), *metafields)
        return cls(
            tuple(a for a in known if a.name == "segments" or _passes(a.example, check)),
            tuple(f for f in FUNCTIONS.values() if _passes(f.example, check)),
            segments,
        )

    @property
    def asked(self) -> tuple[Attribute, ...]:
        """The attributes queries ask about; `segments` only where some are saved."""
        return tuple(a for a in self.attributes if a.name != "segments" or self.segments)


def _passes(text: str, check: Callable[[str], object]) -> bool:
    try:
        check(text)
    except QueryError:
        return False
    return True


@st.composite
def _mostly(draw: st.DrawFn, common: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> T:
    """Four in five of one kind, so that conditions hit what the stores hold."""
    return draw(rare if draw(st.integers(0, 4)) == 4 else common)


# -- values by type ---------------------------------------------------------------------


@cache
def amounts() -> st.SearchStrategy[Decimal]:
    """Amounts of money, mostly such as the stores have."""
    common = st.sampled_from(words.AMOUNTS).map(Decimal)
    anything = st.decimals(0, 200, places=2) | st.decimals(0, 10**13, places=4)
    return _mostly(common, anything)


@cache
def whole_numbers() -> st.SearchStrategy[Decimal]:
    """Counts and scores, mostly small."""
    small = st.integers(-1, 5).map(Decimal)
    return _mostly(small, st.integers(-(2**62), 2**62).map(Decimal))


@cache
def decimals() -> st.SearchStrategy[Decimal]:
    """Shares and ratios, mostly small."""
    return st.decimals(-1, 5, places=2) | whole_numbers()


@cache
def ids() -> st.SearchStrategy[Value]:
    """Ids as numbers and as texts."""
    numbers = _mostly(st.integers(0, 5), st.integers(0, 2**64 - 1)).map(Decimal).map(Number)
    return st.sampled_from(words.IDS).map(Text) | numbers


@cache
def dates(*, instants: bool) -> st.SearchStrategy[DateValue]:
    """Days near the facts of the stores, and any; points in time where they are taken."""
    near = st.dates(words.FIRST_FACT, words.LAST_FACT).map(Day)
    recent = st.builds(DayOffset, st.integers(-40, 2), st.sampled_from(["d", "w", "m"]))
    days = _mostly(near | recent | trees.named_days(), trees.days() | trees.day_offsets())
    if not instants:
        return days
    hours = st.builds(TimeOffset, st.integers(-1_000, 30), st.sampled_from(["h", "min"]))
    return days | hours | trees.instants()


FORMS: dict[str, tuple[str, ...]] = {
    "country": words.COUNTRIES,
    "region": words.REGIONS,
    "city": words.CITIES,
    "currency": words.CURRENCIES,
    "domain": words.DOMAINS,
    "email": tuple(f"C1@{domain}" for domain in words.DOMAINS),
    "coordinates": ("51.5,-0.12", "-33.9, 151.2"),
}
"""Values of each form."""


@cache
def _texts(field: Field) -> st.SearchStrategy[Value]:
    if field.form is not None:
        return st.sampled_from(FORMS[field.form]).map(Text)
    known = st.sampled_from(words.WORDS)
    anything = trees.texts().filter(lambda text: text != "")
    return _mostly(known, anything).map(Text)


@cache
def _one(field: Field, operator: Operator) -> st.SearchStrategy[Value]:
    """One value that a field takes after an operator."""
    match field.type:
        case Type.MONEY:
            return amounts().map(Number)
        case Type.INTEGER:
            return whole_numbers().map(Number)
        case Type.DECIMAL:
            return decimals().map(Number)
        case Type.DATE | Type.DAY:
            instants = field.type is Type.DATE and operator not in (EQUALS, IN)
            return dates(instants=instants)
        case Type.ENUM:
            return st.sampled_from(field.values).map(Text)
        case Type.BOOLEAN:
            return st.booleans().map(Boolean)
        case Type.ID:
            return ids()
        case Type.LIST if field.ids:
            return ids()
        case Type.TEXT | Type.LIST:
            return _texts(field)


@cache
def _bounds(field: Field) -> st.SearchStrategy[tuple[Value, ...]]:
    """Two values in order, where they have one."""
    pair = st.tuples(_one(field, BETWEEN), _one(field, BETWEEN))
    return pair.map(lambda two: tuple(sorted(two, key=_position)) if _ordered(two) else two)


def _ordered(two: tuple[Value, Value]) -> bool:
    return all(isinstance(v, Number) for v in two) or len({_moves(value) for value in two}) == 1


def _moves(value: Value) -> bool:
    return isinstance(value, DayOffset | NamedDay | TimeOffset)


def _position(value: Value) -> float | Decimal:
    """Where a value stands among those of its kind; dates in days."""
    match value:
        case Number(number):
            return number
        case Day(day):
            return float(day.toordinal())
        case Instant(moment):
            return moment.toordinal() + (moment.hour * 60 + moment.minute) / 1440
        case NamedDay(name):
            return 0.0 if name == "today" else -1.0
        case DayOffset(amount, unit):
            return amount * _DAYS_OF[unit]
        case TimeOffset(amount, unit):
            return amount / (24 if unit == "h" else 1440)
    return 0.0


@cache
def _ranks() -> st.SearchStrategy[Rank]:
    places = st.integers(1, 8).map(lambda number: Rank(Decimal(number), False))
    share = st.decimals("0.1", 100, places=1).map(lambda number: Rank(number, True))
    return places | share


@cache
def operands(field: Field, operator: Operator) -> st.SearchStrategy[tuple[Value, ...]]:
    """Values that a field takes after an operator, as many as belong there."""
    if operator is IS_NULL:
        return st.just(())
    if operator in (IN_TOP, IN_BOTTOM):
        return st.tuples(_ranks())
    if operator is BETWEEN:
        return _bounds(field)
    one = _one(field, operator)
    if operator in (IN, CONTAINS_ANY, CONTAINS_ALL):
        return st.lists(one, min_size=1, max_size=4).map(tuple)
    if isinstance(field, Attribute) and field.type in _UNBOUND and operator in COMPARISON:
        factors = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("1.5")])
        return st.tuples(one | st.builds(StoreStatistic, trees.STATISTIC, factors))
    return st.tuples(one)


# -- conditions -------------------------------------------------------------------------


@st.composite
def compared(draw: st.DrawFn, field: Field, operators: tuple[Operator, ...] = ()) -> Condition:
    """A valid condition on one attribute, parameter or aggregate."""
    operator = draw(st.sampled_from(operators or field.operators))
    negated = not field.given and operator.negated_symbol is not None and draw(st.booleans())
    return trees.condition(field.name, operator, *draw(operands(field, operator)), negated=negated)


def in_segments(names: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Membership of saved segments."""
    several = st.lists(st.sampled_from(names).map(Text), min_size=1, max_size=2)
    return st.builds(
        lambda operator, each, negated: trees.condition(
            "segments", operator, *each, negated=negated
        ),
        st.sampled_from([CONTAINS_ANY, CONTAINS_ALL]),
        several,
        st.booleans(),
    )


def about(attribute: Attribute, offer: Offer) -> st.SearchStrategy[Condition]:
    """A valid condition on an attribute."""
    if attribute.name == "segments":
        return in_segments(offer.segments)
    return compared(attribute)


@st.composite
def anniversaries(draw: st.DrawFn, attribute: Attribute) -> Anniversary:
    """A valid condition on the anniversary of a date attribute."""
    day = Field(name=attribute.name, type=Type.DAY, label=attribute.label)
    condition = draw(compared(day, ANNIVERSARIES).filter(_not_too_wide))
    return Anniversary(condition, trees.NOWHERE)


def _not_too_wide(condition: Condition) -> bool:
    """Whether it spans no more than a year, months and years at their longest."""
    if condition.operator is not BETWEEN:
        return True
    low, high = (literal.value for literal in condition.operands)
    if _moves(low) != _moves(high):
        return True
    return float(_position(high)) - float(_position(low)) <= WIDEST - 3


PROPERTIES: tuple[Field, ...] = tuple(
    Property(name=name, type=kind, label=name, path=())
    for name, kind in (
        ("property.any", Type.TEXT),
        ("property.any", Type.DECIMAL),
        ("property.term", Type.TEXT),
        ("property.duration_minutes", Type.DECIMAL),
        ("property.machine", Type.BOOLEAN),
        ("property.a.'é b'", Type.DATE),
        ("property.list", Type.LIST),
        ("sum_any", Type.DECIMAL),
        ("sum_duration_minutes", Type.DECIMAL),
    )
)
"""Properties that some events of the made-up stores have."""


@st.composite
def with_what_is_required(
    draw: st.DrawFn, function: Function, conditions: list[Condition]
) -> tuple[Condition, ...]:
    """Parameters of a function, and a valid one of each group that is required."""
    fields = {field.name: field for field in function.parameters}
    there = {condition.name for condition in conditions}
    missing = [group for group in function.requires if not there & set(group)]
    more = [draw(compared(fields[draw(st.sampled_from(group))])) for group in missing]
    return (*conditions, *more)


@st.composite
def calls(draw: st.DrawFn, function: Function) -> Call:
    """A valid call of a function: some of its parameters and aggregates, each once."""
    fields = (*function.parameters, *function.aggregates)
    if function.properties:
        fields += PROPERTIES
    chosen = draw(st.lists(st.sampled_from(fields), max_size=3, unique_by=lambda f: f.name))
    parameters = draw(with_what_is_required(function, [draw(compared(f)) for f in chosen]))
    return trees.call(function.name, parameters, negated=draw(st.booleans()))


def _single(offer: Offer) -> st.SearchStrategy[Node]:
    attributes = st.sampled_from(offer.asked).flatmap(lambda each: about(each, offer))
    functions = st.sampled_from(offer.functions).flatmap(calls)
    dated = [each for each in offer.attributes if each.type.dated]
    dates = st.sampled_from(dated).flatmap(anniversaries)
    return st.one_of(attributes, attributes, attributes, functions, functions, dates)


def valid(offer: Offer, *, most: int = 5) -> st.SearchStrategy[str]:
    """The text of a valid query with at most so many conditions."""
    return trees.groups(_single(offer), most=most).map(print_node)


def singles(offer: Offer) -> st.SearchStrategy[str]:
    """The text of one valid condition."""
    return _single(offer).map(print_node)


def needs_the_store(attribute: Attribute) -> bool:
    """Whether an attribute is measured against the whole store."""
    return attribute.name == "segments" or attribute.name in words.RELATIVE


def own_conditions(offer: Offer) -> st.SearchStrategy[str]:
    """A condition that looks at nothing but the customer's own facts."""
    alone = [each for each in offer.attributes if not needs_the_store(each)]

    def own(attribute: Attribute) -> st.SearchStrategy[Condition]:
        operators = tuple(each for each in attribute.operators if each not in RANKING)
        return compared(attribute, operators).filter(_without_statistics)

    attributes: st.SearchStrategy[Node] = st.sampled_from(alone).flatmap(own)
    return (attributes | st.sampled_from(offer.functions).flatmap(calls)).map(print_node)


def _without_statistics(condition: Condition) -> bool:
    return not any(isinstance(o.value, StoreStatistic) for o in condition.operands)
