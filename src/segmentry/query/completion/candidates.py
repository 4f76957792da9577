"""What may stand in a place of the grammar: names, operators, marks. Values are apart."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.base.quoting import name_part, quote
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS, INVENTED_NAMES
from segmentry.facts.field import Attribute, Field
from segmentry.facts.operators import OPERATORS, RANKING, Operator, Type
from segmentry.facts.properties import PREFIX, SUM, Property
from segmentry.query.completion.known import Known
from segmentry.query.completion.place import (
    ANNIVERSARY,
    MATCHES,
    RANKS,
    TAKE_LISTS,
    Expects,
    Inside,
    Place,
    Words,
)
from segmentry.query.completion.suggestion import Candidate, Kind
from segmentry.query.completion.typed import Typed
from segmentry.query.completion.values import ranks, values

STATISTICS = (
    Candidate("STORE_AVERAGE", Kind.VALUE, "the average of the store's customers"),
    Candidate("STORE_MEDIAN", Kind.VALUE, "the median of the store's customers"),
)
_AND = Candidate("AND", Kind.KEYWORD, "both hold")
_OR = Candidate("OR", Kind.KEYWORD, "at least one holds")
_CLOSE = Candidate(")", Kind.MARK, "closes the bracket")
_COMMA = Candidate(",", Kind.MARK, "another one")
_OPEN = Candidate("(", Kind.MARK, "a list")
_MATCHES_DETAILS = ("has records that fit", "has no records that fit")
_OFTEN_WRITTEN = {
    meant: tuple(invented for invented, name in INVENTED_NAMES.items() if name == meant)
    for meant in INVENTED_NAMES.values()
}


def candidates(place: Place, typed: Typed, known: Known) -> Iterator[Candidate]:
    """Everything that may stand in the place, for what is typed there; while a quote is
    open only texts."""
    match place.expects:
        case Expects.DATE_NAME:
            yield from _date_names(known)
        case Expects.OPERATOR if not typed.quoted:
            yield from _operators(place)
            if place.complete_operator:
                yield from _after_operator(place, typed, known)
        case Expects.OPERATOR if place.complete_operator:
            yield from _after_operator(place, typed, known)
        case Expects.VALUE:
            yield from values(place, typed, known)
        case _ if not typed.quoted:
            yield from _words(place, known)


def _words(place: Place, known: Known) -> Iterator[Candidate]:
    match place.expects:
        case Expects.CONDITION:
            yield from _conditions(known)
        case Expects.PARAMETER:
            yield from _parameters(place, known)
            yield _CLOSE
        case Expects.UPPER_BOUND:
            yield Candidate("AND", Kind.KEYWORD, "the upper bound")
        case Expects.STATISTIC:
            yield from STATISTICS
        case Expects.NEXT:
            yield from _next(place)


def _next(place: Place) -> Iterator[Candidate]:
    """What goes on after something finished."""
    if place.brackets.inside is Inside.GROUP:
        yield _AND
        yield _OR
    elif place.brackets.inside in (Inside.PARAMETERS, Inside.LIST):
        yield _COMMA
    if len(place.open) > 1:
        yield _CLOSE


# -- names ------------------------------------------------------------------------------


def _conditions(known: Known) -> Iterator[Candidate]:
    for attribute in (*ATTRIBUTES.values(), *known.names.metafields.values()):
        if not attribute.predicted or known.names.predictions or known.names.unchecked:
            yield _attribute(attribute)
    for function in FUNCTIONS.values():
        for name in (function.name, *function.also_called):
            if name == function.name or function.shopify:
                yield Candidate(name, Kind.FUNCTION, _first_sentence(function.meaning))
    yield Candidate(ANNIVERSARY, Kind.FUNCTION, "The day of a date in any year.")
    yield Candidate("NOT", Kind.KEYWORD, "does not hold")
    yield Candidate("(", Kind.MARK, "a group of conditions")


def _attribute(attribute: Attribute) -> Candidate:
    return Candidate(
        attribute.name,
        Kind.ATTRIBUTE,
        _first_sentence(attribute.meaning),
        also=(attribute.name.replace("'", ""), *_OFTEN_WRITTEN.get(attribute.name, ())),
    )


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".") + "."


def _date_names(known: Known) -> Iterator[Candidate]:
    for attribute in (*ATTRIBUTES.values(), *known.names.metafields.values()):
        if attribute.type.dated:
            yield Candidate(
                quote(attribute.name),
                Kind.ATTRIBUTE,
                _first_sentence(attribute.meaning),
                found_by=attribute.name,
            )


def _parameters(place: Place, known: Known) -> Iterator[Candidate]:
    function = place.brackets.function
    if function is None:
        return
    for field in (*function.parameters, *function.aggregates):
        if field.name not in place.brackets.given:
            yield Candidate(field.name, Kind.PARAMETER, field.meaning)
    if function.properties:
        for each in known.values(f"{function.name}.{PREFIX}", ""):
            written = f"{PREFIX}{name_part(each.text)}"
            plain = f"{PREFIX}{each.text}"
            yield Candidate(written, Kind.PARAMETER, "a property of the event", plain, (written,))
        yield Candidate(PREFIX, Kind.PARAMETER, "a property of the event")
        yield Candidate(SUM, Kind.PARAMETER, "the sum of a property")


# -- operators --------------------------------------------------------------------------


def _operators(place: Place) -> Iterator[Candidate]:
    """How the operator can go on, or begin."""
    if place.name == ANNIVERSARY and not place.words:
        yield Candidate("(", Kind.MARK, "the name of a date")
        return
    done = len(place.words)
    for form, detail in _forms(place):
        if form[:done] == place.words and len(form) > done:
            bracket = " (" if form in MATCHES or _always_lists(form) else ""
            yield Candidate(" ".join(form[done:]) + bracket, Kind.OPERATOR, detail)


def _always_lists(form: Words) -> bool:
    return form in TAKE_LISTS and form[-1] != "CONTAINS"


def _forms(place: Place) -> Iterator[tuple[Words, str]]:
    """Every written form of an operator that fits what is compared, with its meaning."""
    if place.function is not None:
        yield from zip(MATCHES, _MATCHES_DETAILS, strict=True)
        return
    for operator in operators_of(place.field):
        yield tuple(operator.symbol.split()), operator.words
        if operator.negated_symbol and not (place.field and place.field.given):
            yield tuple(operator.negated_symbol.split()), operator.negated_words


def operators_of(field: Field | None) -> tuple[Operator, ...]:
    """The operators of a field; of one of unknown type those of any type."""
    if field is not None and not (isinstance(field, Property) and not field.typed):
        return field.operators
    return tuple(operator for operator in OPERATORS if operator not in RANKING)


def _after_operator(place: Place, typed: Typed, known: Known) -> Iterator[Candidate]:
    """The value of an operator that is complete, or the bracket that opens its list."""
    words = place.words
    if typed.kind == "compare":
        return
    if words in MATCHES:
        yield Candidate("(", Kind.MARK, "parameters")
    elif words in RANKS:
        yield from ranks()
    if words not in (*MATCHES, *RANKS) and not _always_lists(words):
        yield from values(place, typed, known)
        if _has_statistics(place):
            yield from STATISTICS
    if words in TAKE_LISTS and not typed.quoted:
        yield _OPEN


def _has_statistics(place: Place) -> bool:
    field = place.field
    return isinstance(field, Attribute) and field.type in (
        Type.MONEY,
        Type.INTEGER,
        Type.DECIMAL,
    )
