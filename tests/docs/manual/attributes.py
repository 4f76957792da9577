"""The page about attributes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from segmentry.facts.attributes import (
    checkouts,
    consent,
    orders,
    predictions,
    profile,
    standing,
    subscriptions,
    visits,
)
from segmentry.facts.field import Attribute
from segmentry.query.ast import Condition
from segmentry.query.bind import bind
from tests.docs.manual.examples import Leaf, leaves, shortest, shown
from tests.docs.manual.fields import kind, ranked, remarks, written
from tests.docs.manual.markdown import page

FAMILIES: dict[str, tuple[Attribute, ...]] = {
    "Orders and money": orders.ATTRIBUTES,
    "Standing in the store": standing.ATTRIBUTES,
    "Checkouts": checkouts.ATTRIBUTES,
    "Visits": visits.ATTRIBUTES,
    "Profile and places": profile.ATTRIBUTES,
    "Consent and channels": consent.ATTRIBUTES,
    "Subscriptions to products": subscriptions.ATTRIBUTES,
    "Predictions": predictions.ATTRIBUTES,
}


def text() -> str:
    """The page: a list of all, then each by itself."""
    families = (part for title, found in FAMILIES.items() for part in _family(title, found))
    return page(
        "Attributes",
        "An attribute is one value of a customer, compared with an [operator](operators.md).\n"
        "Where a value is missing every comparison is false, and its negation true; "
        "`IS NULL` asks for it.\n"
        "Records such as orders are asked for with [functions](functions.md).",
        "\n".join(_listed()),
        *families,
        "## Metafields",
        "A store declares attributes of its own, or the data it imports do: "
        "`metafields.namespace.key`, of the type text, number, boolean, date, day or list, "
        "with the operators of that type.\n"
        "`segmentry attribute add` declares one, `segmentry attribute list` shows those there are.",
        shown("metafields.custom.size = 'M'"),
    )


def _listed() -> Iterator[str]:
    for title, found in FAMILIES.items():
        links = ", ".join(f"[{each.name}](#{each.name})" for each in found)
        yield f"- {title}: {links}"


def _family(title: str, found: tuple[Attribute, ...]) -> Iterator[str]:
    yield f"## {title}"
    for attribute in found:
        yield from _attribute(attribute)


def _attribute(attribute: Attribute) -> Iterator[str]:
    yield f"### {attribute.name}"
    yield "\n".join(_sentences(attribute))
    yield "\n".join(_properties(attribute))
    yield "\n\n".join(map(shown, examples(attribute)))


def _sentences(attribute: Attribute) -> Iterator[str]:
    yield attribute.meaning
    yield attribute.missing or "Never missing."
    yield from remarks(attribute)
    if ranked(attribute.operators):
        yield f"Ranks, averages and medians are taken over {attribute.population.value}."
    if attribute.moves:
        yield "Changes as time passes, without new data."


def _properties(attribute: Attribute) -> Iterator[str]:
    yield f"- Type: {kind(attribute)}"
    yield f"- [Operators](operators.md): {written(attribute.operators)}"
    if attribute.shopify:
        yield "- Shopify has it under the same name."


def examples(attribute: Attribute) -> list[str]:
    """The query of its declaration, and one that a case answers: with the same operator, or
    else with any that compares."""
    (declared,) = leaves(bind(attribute.example).query.root)
    wanted = getattr(declared, "operator", None)
    about = partial(_is_about, attribute.name)
    same = shortest(lambda leaf: about(leaf) and getattr(leaf, "operator", None) is wanted)
    return list(dict.fromkeys((attribute.example, *(same or shortest(about)))))


def _is_about(name: str, leaf: Leaf) -> bool:
    return isinstance(leaf, Condition) and leaf.name == name and bool(leaf.operands)
