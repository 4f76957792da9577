"""Ready-made segments: read from `presets/*.toml`, filled in, checked against the data held.

A preset is an ordinary query with words around it. Comes in: the files, values for
parameters, the kinds of data a workspace holds. Goes out: query text for the parser.
Does not know the language itself.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from segmentry.base.errors import InternalError, SegmentError
from segmentry.base.text import text_key
from segmentry.segments.needs import DATA_KINDS
from segmentry.segments.parameters import TYPES, Parameter

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CATEGORIES = (
    "starter",
    "store-default",
    "e-commerce",
    "lifecycle",
    "guide",
    "behavioural",
    "engagement",
    "value",
    "demographic",
    "geographic",
    "psychographic",
    "business",
)
"""The sets and types of presets, in the order screens show them."""

ADDED_AT_FIRST = frozenset({"store-default", "e-commerce", "lifecycle"})
"""The sets that a first import or a new connection adds, where the data serve them."""

_GAP = re.compile(r"\{(\w+)\}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OR = " or "


@dataclass(frozen=True, slots=True)
class Variant:
    """Another query for the same purpose. `note` says how it differs."""

    name: str
    query: str
    needs: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One ready-made segment.

    `needs` are kinds of data (`needs.DATA_KINDS`); one written "a or b" is met by either.
    `also_called` are other names people look it up by. `note` warns where a query is not
    quite what its name promises.
    """

    id: str
    name: str
    categories: tuple[str, ...]
    order: int
    purpose: str
    query: str
    strategy: str
    needs: tuple[str, ...]
    source: str
    also_called: tuple[str, ...] = ()
    note: str = ""
    parameters: tuple[Parameter, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it answers to."""
        return (self.id, self.name, *self.also_called)

    def variant(self, name: str) -> Variant:
        """The variant of that name. Refuses an unknown one, naming those there are."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        known = ", ".join(v.name for v in self.variants) or "none"
        raise SegmentError(f"{self.id} has no variant {name!r}. It has: {known}.")

    def text(self, values: Mapping[str, str], variant: str | None = None) -> str:
        """The query (or that of a variant) with its parameters filled in.

        Refuses a value that does not fit, one for no parameter, and a gap without a value.
        """
        query = self.variant(variant).query if variant else self.query
        self._refuse_unknown(values)
        parameters = {parameter.name: parameter for parameter in self.parameters}
        return _GAP.sub(lambda gap: self._literal(parameters[gap[1]], values), query)

    def _literal(self, parameter: Parameter, values: Mapping[str, str]) -> str:
        value = values.get(parameter.name, parameter.default)
        if value is None:
            example = parameter.example or "VALUE"
            raise SegmentError(
                f"{self.id} needs a value for {parameter.name} ({parameter.label}). "
                f"Set it: {parameter.name}={example}."
            )
        return parameter.literal(value)

    def _refuse_unknown(self, values: Mapping[str, str]) -> None:
        known = {parameter.name for parameter in self.parameters}
        if extra := sorted(values.keys() - known):
            offered = ", ".join(sorted(known)) or "none"
            raise SegmentError(
                f"{self.id} has no parameter {', '.join(extra)}. Its parameters: {offered}."
            )


def missing_data(
    preset: Preset, available: Set[str], variant: str | None = None
) -> tuple[str, ...]:
    """The kinds of data that the preset (or its variant) needs and `available` lacks, in words."""
    needs = preset.variant(variant).needs if variant else preset.needs
    return tuple(_words(need) for need in needs if not available & set(need.split(_OR)))


def _words(need: str) -> str:
    return " or ".join(DATA_KINDS[kind].words for kind in need.split(_OR))


def fallback(preset: Preset, available: Set[str]) -> Variant | None:
    """The first variant that the available data serve, for a preset they do not serve."""
    served = (v for v in preset.variants if not missing_data(preset, available, v.name))
    return next(served, None)


def find_preset(name: str) -> Preset:
    """The preset with that id, name or other name, in any case. Refuses an unknown one."""
    for preset in load_presets():
        if text_key(name) in map(text_key, preset.names):
            return preset
    raise SegmentError(f"There is no preset called {name!r}.")


@cache
def load_presets() -> tuple[Preset, ...]:
    """Every preset that ships, in the order tables show them."""
    return read_presets(files("segmentry.segments") / "presets")


def read_presets(folder: Traversable) -> tuple[Preset, ...]:
    """The presets of a folder. A file that is not as it should be is a fault of ours."""
    found = [_read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")]
    _refuse_shared_names(found)
    return tuple(sorted(found, key=lambda preset: (preset.order, preset.id)))


def _refuse_shared_names(presets: list[Preset]) -> None:
    uses = Counter(key for preset in presets for key in set(map(text_key, preset.names)))
    for preset in presets:
        for name in preset.names:
            if uses[text_key(name)] > 1:
                raise _fault(f"{preset.id}.toml", f"the name {name!r} is used twice")


def _fault(where: str, what: str) -> InternalError:
    return InternalError(f"Preset file {where}: {what}.")


def _read(file: Traversable) -> Preset:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _fault(file.name, str(error)) from error
    preset = _preset(_Block(file.name, raw), file.name.removesuffix(".toml"))
    for what in _faults(preset):
        raise _fault(file.name, what)
    return preset


@dataclass(frozen=True, slots=True)
class _Block:
    """One table of a preset file, read key by key; what does not fit names the file."""

    where: str
    raw: Mapping[str, object]

    def only(self, *keys: str) -> None:
        if unknown := sorted(self.raw.keys() - set(keys)):
            raise _fault(self.where, f"unknown {', '.join(unknown)}")

    def text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str) or not value.strip():
            raise _fault(self.where, f"{key} must be a text")
        return value.strip()

    def maybe(self, key: str) -> str | None:
        return self.text(key) if key in self.raw else None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _fault(self.where, f"{key} must be a list of texts")
        return tuple(value)

    def whole(self, key: str) -> int:
        value = self.raw.get(key)
        if type(value) is not int:
            raise _fault(self.where, f"{key} must be a whole number")
        return value

    def blocks(self, key: str) -> tuple[_Block, ...]:
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _fault(self.where, f"{key} must be [[{key}]] tables")
        return tuple(_Block(self.where, item) for item in value)

    def named_blocks(self, key: str) -> tuple[tuple[str, _Block], ...]:
        value = self.raw.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
            raise _fault(self.where, f"{key} must be [{key}.NAME] tables")
        return tuple((name, _Block(self.where, item)) for name, item in value.items())


_KEYS = (
    *("name", "also_called", "category", "order", "purpose", "query", "strategy", "needs"),
    *("source", "note", "parameters", "variants"),
)


def _preset(block: _Block, preset_id: str) -> Preset:
    block.only(*_KEYS)
    return Preset(
        id=preset_id,
        name=block.text("name"),
        categories=block.texts("category"),
        order=block.whole("order"),
        purpose=block.text("purpose"),
        query=block.text("query"),
        strategy=block.text("strategy"),
        needs=block.texts("needs"),
        source=block.text("source"),
        also_called=block.texts("also_called") if "also_called" in block.raw else (),
        note=block.maybe("note") or "",
        parameters=tuple(_parameter(*item) for item in block.named_blocks("parameters")),
        variants=tuple(_variant(item) for item in block.blocks("variants")),
    )


def _parameter(name: str, block: _Block) -> Parameter:
    block.only("type", "label", "default", "example")
    return Parameter(
        name=name,
        type=block.text("type"),
        label=block.text("label"),
        default=block.maybe("default"),
        example=block.maybe("example"),
    )


def _variant(block: _Block) -> Variant:
    block.only("name", "query", "needs", "note")
    return Variant(
        name=block.text("name"),
        query=block.text("query"),
        needs=block.texts("needs"),
        note=block.text("note"),
    )


def _faults(preset: Preset) -> Iterator[str]:
    """What is wrong with a preset whose fields are all there."""
    if not _ID.fullmatch(preset.id):
        yield "a file is named in small letters, digits and single hyphens"
    yield from _unknown("category", preset.categories, CATEGORIES)
    for needs in (preset.needs, *(variant.needs for variant in preset.variants)):
        yield from _unknown("need", _kinds(needs), DATA_KINDS)
    if len({variant.name for variant in preset.variants}) < len(preset.variants):
        yield "two variants have one name"
    yield from _parameter_faults(preset)


def _kinds(needs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(kind for need in needs for kind in need.split(_OR))


def _unknown(what: str, used: tuple[str, ...], known: Container[str]) -> Iterator[str]:
    if not used:
        yield f"no {what}"
    yield from (f"unknown {what} {item!r}" for item in used if item not in known)


def _parameter_faults(preset: Preset) -> Iterator[str]:
    declared = {parameter.name for parameter in preset.parameters}
    queries = (preset.query, *(variant.query for variant in preset.variants))
    used = {gap for query in queries for gap in _GAP.findall(query)}
    yield from (f"parameter {name!r} is not declared" for name in sorted(used - declared))
    yield from (f"parameter {name!r} is not used" for name in sorted(declared - used))
    for parameter in preset.parameters:
        yield from _value_faults(parameter)


def _value_faults(parameter: Parameter) -> Iterator[str]:
    if parameter.type not in TYPES:
        yield f"unknown parameter type {parameter.type!r}"
        return
    if parameter.default is None and parameter.example is None:
        yield f"parameter {parameter.name!r} has neither a default nor an example"
    for value in filter(None, (parameter.default, parameter.example)):
        try:
            parameter.literal(value)
        except SegmentError as error:
            yield str(error).removesuffix(".")
