"""`segmentry attribute`: what a query may ask about, and metafields declared by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app, group
from segmentry.cli.completion import attribute_names
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.facts.field import Attribute, Field, Function

attribute = group("What queries may ask about.")
app.add_typer(attribute, name="attribute")


@attribute.command("list")
def list_attributes(context: typer.Context) -> None:
    """Show every attribute and function, and the store's metafields where there is a store.

    Example: segmentry attribute list
    """
    from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS

    session: Session = context.obj
    attributes = [*ATTRIBUTES.values(), *_metafields(session)]
    data = {
        "attributes": [_attribute_json(each) for each in attributes],
        "functions": [_function_json(each) for each in FUNCTIONS.values()],
    }
    session.answer(data, lambda console: _show_all(console, attributes, FUNCTIONS.values()))


def _metafields(session: Session) -> list[Attribute]:
    if not session.has_workspace:
        return []
    with session.open() as workspace:
        return list(workspace.metafields)


def _show_all(
    console: Console, attributes: Iterable[Attribute], functions: Iterable[Function]
) -> None:
    from segmentry.cli.tables import Heading, table, title

    headings = (Heading("Attribute"), Heading("Type"), Heading("Meaning", wide=True))
    table(console, headings, ((a.name, a.type.value, _meaning(a)) for a in attributes))
    title(console, "Functions over records")
    headings = (
        Heading("Function"),
        Heading("Parameters", wide=True),
        Heading("Meaning", wide=True),
    )
    rows = (
        (f.name, ", ".join(p.name for p in (*f.parameters, *f.aggregates)), f.meaning)
        for f in functions
    )
    table(console, headings, rows)


def _meaning(attribute: Attribute) -> str:
    return f"{attribute.meaning} {attribute.missing}".strip()


@attribute.command()
def show(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="An attribute or function.", autocompletion=attribute_names),
    ],
) -> None:
    """Show one attribute or function: type, operators, meaning, an example.

    Example: segmentry attribute show amount_spent
    """
    from segmentry.base.quoting import tidy_name
    from segmentry.facts.catalogue import ATTRIBUTES, FUNCTION_NAMES

    session: Session = context.obj
    if name in FUNCTION_NAMES:
        function = FUNCTION_NAMES[name]
        session.answer(_function_json(function), lambda c: _show_function(c, function))
        return
    known = ATTRIBUTES | {each.name: each for each in _metafields(session)}
    found = known.get(tidy_name(name)) or _unknown(name)
    session.answer(_attribute_json(found), lambda c: _show_attribute(c, found))


def _unknown(name: str) -> Attribute:
    from segmentry.base.errors import UserError
    from segmentry.query import suggest

    close = suggest.name(name)
    hint = f" Did you mean {close}?" if close else " See `segmentry attribute list`."
    raise UserError(f"There is no attribute or function '{name}'.{hint}")


def _show_attribute(console: Console, found: Attribute) -> None:
    from segmentry.cli.tables import facts, title

    title(console, found.name)
    console.print(_meaning(found), markup=False)
    lines = [("Type", found.type.value), ("Operators", _operators(found))]
    if found.values:
        lines.append(("Values", ", ".join(found.values)))
    lines += [
        ("Read from", ", ".join(found.needs)),
        ("Time alone changes it", "yes" if found.moves else "no"),
        ("In Shopify", "yes" if found.shopify else "no"),
        ("Example", found.example),
    ]
    facts(console, lines)


def _show_function(console: Console, found: Function) -> None:
    from segmentry.cli.tables import Heading, facts, table, title

    title(console, found.name)
    console.print(found.meaning, markup=False)
    lines = [("Read from", ", ".join(found.needs)), ("Example", found.example)]
    if found.also_called:
        lines.append(("Also called", ", ".join(found.also_called)))
    facts(console, lines)
    console.print()
    headings = (Heading("Parameter"), Heading("Type"), Heading("Operators", wide=True))
    fields = (*found.parameters, *found.aggregates)
    rows = [(f.name, f.type.value, _operators(f)) for f in fields]
    if found.properties:
        rows += [("property.KEY", "as compared", "those of the type"), ("sum_KEY", "number", "…")]
    table(console, headings, rows)


def _operators(field: Field) -> str:
    written = [
        operator.written(negated) for operator in field.operators for negated in (False, True)
    ]
    return ", ".join(dict.fromkeys(written))


def _field_json(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type.name,
        "label": field.label,
        "operators": _operators(field).split(", "),
        "values": list(field.values),
    }


def _attribute_json(attribute: Attribute) -> dict[str, Any]:
    return _field_json(attribute) | {
        "meaning": attribute.meaning,
        "missing": attribute.missing,
        "example": attribute.example,
        "needs": list(attribute.needs),
        "moves": attribute.moves,
        "shopify": attribute.shopify,
        "predicted": attribute.predicted,
    }


def _function_json(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        "meaning": function.meaning,
        "example": function.example,
        "needs": list(function.needs),
        "shopify": function.shopify,
        "also_called": list(function.also_called),
        "parameters": [_field_json(each) for each in function.parameters],
        "aggregates": [_field_json(each) for each in function.aggregates],
    }


@attribute.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="metafields.NAMESPACE.KEY")],
    type: Annotated[str, typer.Option("--type", help="text, number, boolean, date, day or list.")],
) -> None:
    """Declare a metafield, or give it another type.

    Example: segmentry attribute add metafields.custom.size --type text
    """
    session: Session = context.obj
    with session.open() as workspace:
        declared = workspace.metafields.add(name, type)
    session.say(_attribute_json(declared), f"Declared {declared.name}, {declared.type.value}.")
