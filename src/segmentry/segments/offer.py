"""Which ready-made segments a store can have, and what the others wait for."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from segmentry.base.errors import QueryError, SegmentError
from segmentry.query.bind import bind
from segmentry.query.printer import print_query
from segmentry.segments.preset import Preset, load_presets, missing_data


@dataclass(frozen=True, slots=True)
class Offer:
    """A preset as one store can have it.

    `query` is its text, of the preset itself or of the `variant` the store's data serve;
    none where it cannot be made, and `missing` says why in plain words.
    """

    preset: Preset
    query: str | None
    variant: str | None
    missing: tuple[str, ...]


def offers(available: Set[str]) -> tuple[Offer, ...]:
    """Every preset, as a store with these kinds of data can have it."""
    return tuple(offer(preset, available) for preset in load_presets())


def offer(preset: Preset, available: Set[str]) -> Offer:
    """One preset, as a store with these kinds of data can have it."""
    query, missing = _served(preset, available, None)
    if query is not None:
        return Offer(preset, query, None, ())
    for variant in preset.variants:
        substitute, _ = _served(preset, available, variant.name)
        if substitute is not None:
            return Offer(preset, substitute, variant.name, ())
    return Offer(preset, None, None, missing)


def _served(
    preset: Preset, available: Set[str], variant: str | None
) -> tuple[str | None, tuple[str, ...]]:
    """The query in its one written form, or what it waits for."""
    missing = missing_data(preset, available, variant)
    if missing:
        return None, missing
    try:
        return print_query(bind(preset.text({}, variant)).query), ()
    except QueryError as error:
        names = {error.text[p.start : p.end] for p in error.problems if p.code == "unknown_filter"}
        return None, tuple(f"{name} (not answered yet)" for name in sorted(names))
    except SegmentError:
        wanted = [p.label for p in preset.parameters if p.default is None]
        return None, tuple(f"a value for {label}" for label in wanted)
