"""What attributes and parameters have in common on their pages."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.base.quoting import quote
from segmentry.facts.field import Field
from segmentry.facts.operators import OPERATORS, RANKING, Operator, Type
from tests.docs.manual.markdown import codes

_FORMS = {
    "country": "two letters, `'GB'`",
    "region": "country and region, `'US-NY'`",
    "city": "country, region and name without spaces, `'US-NY-NewYorkCity'`",
    "currency": "three letters, `'GBP'`",
    "domain": "a domain, `'example.com'`",
    "email": "an e-mail address",
    "coordinates": "latitude and longitude in degrees, `'51.5072,-0.1276'`",
}


def written(operators: tuple[Operator, ...], *, denied: bool = True) -> str:
    """Operators as a query writes them, in the order of the page about them."""
    ordered = [operator for operator in OPERATORS if operator in operators]
    return codes(
        form
        for operator in ordered
        for form in (operator.symbol, operator.negated_symbol if denied else None)
        if form
    )


def kind(field: Field) -> str:
    """The type in words."""
    if field.type is Type.LIST and field.ids:
        return "list of ids"
    return field.type.value


def remarks(field: Field) -> Iterator[str]:
    """What else is to know of its values, a sentence each."""
    if field.values:
        yield f"One of {codes(map(quote, field.values))}."
    if field.aliases:
        said = ", ".join(f"`'{other}'` for `'{meant}'`" for other, meant in field.aliases)
        yield f"Also taken: {said}."
    if field.form:
        yield f"Written as {_FORMS[field.form]}."
    if field.folded:
        yield "Upper and lower case are the same."
    if field.undated:
        yield "Known only as of today, whatever the moment."


def ranked(operators: tuple[Operator, ...]) -> bool:
    """Whether it can be compared with the other customers."""
    return bool(set(operators) & set(RANKING))
