"""`segmentry presets`: ready-made segments, listed and added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app, group
from segmentry.cli.completion import preset_ids
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.segments.offer import Offer
    from segmentry.workspace import Workspace

presets = group("Ready-made segments, to add and then change at will.")
app.add_typer(presets, name="presets")


@presets.command("list")
def list_presets(
    context: typer.Context,
    category: Annotated[
        str | None,
        typer.Option("--category", help="Only those of one category.", show_default=False),
    ] = None,
    available: Annotated[
        bool, typer.Option("--available", help="Only those that the store's data serve.")
    ] = False,
) -> None:
    """Show the ready-made segments: what each is for, or what data it waits for.

    Example: segmentry presets list --category e-commerce
    """
    session: Session = context.obj
    _refuse_unknown(category)
    with session.open() as workspace:
        offers = [
            offer
            for offer in workspace.presets()
            if (category is None or category in offer.preset.categories)
            and (offer.query is not None or not available)
        ]
        saved = {each.preset for each in workspace.segments.listed(archived=None)}
    data = [_json(offer, added=offer.preset.id in saved) for offer in offers]
    session.answer(data, lambda console: _show(console, offers, saved))


def _refuse_unknown(category: str | None) -> None:
    from segmentry.base.errors import UserError
    from segmentry.segments.preset import CATEGORIES

    if category is not None and category not in CATEGORIES:
        raise UserError(f"There is no category '{category}'. There are: {', '.join(CATEGORIES)}.")


def _json(offer: Offer, *, added: bool) -> dict[str, Any]:
    preset = offer.preset
    return {
        "id": preset.id,
        "name": preset.name,
        "categories": list(preset.categories),
        "purpose": preset.purpose,
        "strategy": preset.strategy,
        "query": offer.query,
        "variant": offer.variant,
        "variants": [variant.name for variant in preset.variants],
        "parameters": [
            {"name": p.name, "type": p.type, "label": p.label, "default": p.default}
            for p in preset.parameters
        ],
        "needs": list(offer.missing),
        "note": preset.note,
        "added": added,
    }


def _show(console: Console, offers: list[Offer], saved: set[str | None]) -> None:
    from segmentry.cli.tables import Heading, table

    headings = (Heading("Preset"), Heading("Status", wide=True), Heading("What for", wide=True))
    rows = [(each.preset.id, _status(each, saved), each.preset.purpose) for each in offers]
    table(console, headings, rows)
    ready = sum(each.query is not None for each in offers)
    console.print(f"{len(offers):,} presets, {ready:,} of them available.")


def _status(offer: Offer, saved: set[str | None]) -> str:
    if offer.preset.id in saved:
        return "added"
    if offer.query is None:
        return f"needs {', '.join(offer.missing)}"
    return f"available as {offer.variant}" if offer.variant else "available"


@presets.command()
def add(
    context: typer.Context,
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="PRESET...", help="Presets by id or name.", autocompletion=preset_ids
        ),
    ],
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A value for a parameter.", show_default=False
        ),
    ] = None,
    variant: Annotated[
        str | None, typer.Option("--variant", help="A variant, by name.", show_default=False)
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Another name for the segment.", show_default=False),
    ] = None,
) -> None:
    """Save ready-made segments. One that the data do not serve is not added, and says why.

    Example: segmentry presets add viewed-not-bought --set product=123
    """
    session: Session = context.obj
    if name is not None and len(wanted) > 1:
        raise typer.BadParameter("--name is for one preset.")
    given = dict(map(_pair, values or []))
    with session.open() as workspace:
        chosen = _Chosen(given, variant, name)
        done = [_added(workspace, each, chosen) for each in wanted]
    session.say(done, "\n".join(_said(each) for each in done))
    if any(each["error"] for each in done):
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise typer.BadParameter(f"'{text}' is not NAME=VALUE.", param_hint="--set")
    return name.strip(), value


@dataclass(frozen=True, slots=True)
class _Chosen:
    """How a preset is wanted."""

    values: dict[str, str]
    variant: str | None
    name: str | None

    @property
    def plain(self) -> bool:
        """Whether it is wanted just as it comes."""
        return not self.values and self.variant is None and self.name is None


def _added(workspace: Workspace, wanted: str, chosen: _Chosen) -> dict[str, Any]:
    from segmentry.base.errors import SegmentError
    from segmentry.segments.preset import find_preset

    outcome = {"preset": wanted, "segment": None, "members": None, "added": False, "error": None}
    try:
        preset = find_preset(wanted).id
        everything = workspace.segments.listed(archived=None)
        saved = next((each for each in everything if each.preset == preset), None)
        added = saved is None or not chosen.plain
        if added:
            saved = workspace.add_preset(
                preset, chosen.values, variant=chosen.variant, name=chosen.name
            )
    except SegmentError as error:
        return outcome | {"error": str(error)}
    assert saved is not None
    members = saved.result().count
    return outcome | {"preset": preset, "segment": saved.name, "members": members, "added": added}


def _said(done: dict[str, Any]) -> str:
    if done["error"]:
        return f"Not added: {done['error']}"
    what = "Added" if done["added"] else "There already:"
    return f"{what} '{done['segment']}': {done['members']:,} members."
