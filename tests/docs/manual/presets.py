"""The page about ready-made segments."""

from __future__ import annotations

from collections.abc import Iterator

from segmentry.segments.needs import DATA_KINDS
from segmentry.segments.parameters import Parameter
from segmentry.segments.preset import CATEGORIES, Preset, load_presets
from tests.docs.manual.markdown import block, code, page


def text() -> str:
    """The page: by category, each preset once, under its first."""
    return page(
        "Ready-made segments",
        "`segmentry presets list` shows which of them your data serve, "
        "`segmentry presets add ID` saves one (see the [command line](commands.md)).\n"
        "A word in curly brackets stands for a value that you choose.",
        *(part for category in CATEGORIES for part in _category(category)),
    )


def _category(category: str) -> Iterator[str]:
    found = [preset for preset in load_presets() if preset.categories[0] == category]
    if found:
        yield f"## {category.capitalize()}"
    for preset in found:
        yield from _preset(preset)


def _preset(preset: Preset) -> Iterator[str]:
    yield f"### {preset.name}"
    yield "\n".join(filter(None, (preset.purpose, preset.note, preset.strategy)))
    yield block(preset.query)
    yield "\n".join(_properties(preset))


def _properties(preset: Preset) -> Iterator[str]:
    yield f"- Id: {code(preset.id)}"
    yield f"- Needs: {', '.join(map(_need, preset.needs))}"
    if preset.also_called:
        yield f"- Also called: {', '.join(preset.also_called)}"
    for parameter in preset.parameters:
        yield f"- {code(parameter.name)}: {_parameter(parameter)}"
    for variant in preset.variants:
        yield f"- Variant {code(variant.name)}: {code(variant.query)}. {variant.note}"


def _need(need: str) -> str:
    return " or ".join(DATA_KINDS[kind].words for kind in need.split(" or "))


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f", {code(parameter.default)} if none is given"
    return f"{parameter.label}{default}"
