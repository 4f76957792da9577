"""What the shell offers while somebody types: names of segments, presets and attributes,
and what a query can go on with.

Reads the store's own names past the workspace, which takes longer to open than people
wait; what is kept with the facts only where a metafield or a value is being typed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from segmentry.query.completion import KnownValue
    from segmentry.query.completion.known import Values


def segment_names(context: typer.Context, incomplete: str) -> list[str]:
    """Names of saved segments; none where there is no workspace."""
    return _starting(_names(context, "SELECT name FROM segments ORDER BY id"), incomplete)


def preset_ids(incomplete: str) -> list[str]:
    """Ids of ready-made segments."""
    from importlib.resources import files

    names = [entry.name for entry in (files("segmentry.segments") / "presets").iterdir()]
    return _starting(sorted(n.removesuffix(".toml") for n in names), incomplete)


def attribute_names(context: typer.Context, incomplete: str) -> list[str]:
    """Attributes of the catalogue, and the store's metafields."""
    from segmentry.facts.catalogue import ATTRIBUTES
    from segmentry.facts.metafields import PREFIX

    found = _starting(list(ATTRIBUTES), incomplete)
    if incomplete and (incomplete.startswith(PREFIX) or PREFIX.startswith(incomplete)):
        found += _starting(_metafields(context), incomplete)
    return found


def field_lists(context: typer.Context, incomplete: str) -> list[str]:
    """Attributes after a comma: the last of several is the one being typed."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in attribute_names(context, last)]


def query_texts(context: typer.Context, incomplete: str) -> list[str]:
    """What is typed of a query in quotes, with each way its last word can be completed."""
    from segmentry.facts.metafields import TYPES, metafield
    from segmentry.query.completion import Kind, Known, complete, uses
    from segmentry.query.names import Names, SavedQuery

    saved = _rows(context, "SELECT name_key, name, query, archived_at FROM segments ORDER BY id")
    declared = _rows(context, "SELECT name, type FROM metafields")
    names = Names(
        {name: metafield(name, type) for name, type in declared if type in TYPES},
        {
            key: SavedQuery(name, query, archived=archived_at is not None)
            for key, name, query, archived_at in saved
        },
    )
    known = Known(names, _values(context), uses(query for _, _, query, _ in saved))
    found = complete(incomplete, known=known)
    lines = [incomplete[: each.start] + each.text for each in found]
    if len(found) == 1 and found[0].kind in (Kind.ATTRIBUTE, Kind.FUNCTION, Kind.PARAMETER):
        # Of a single word the shell thinks that it is all, and closes the quote.
        return [f"{lines[0]} {each.text}" for each in complete(f"{lines[0]} ", known=known)]
    return lines


def _values(context: typer.Context) -> Values:
    """Reads values of the facts when they are asked for; none while these are in use."""

    def values(name: str, prefix: str) -> Sequence[KnownValue]:
        import duckdb

        from segmentry.storage.known_values import read_values

        path = _folder(context) / "facts.duckdb"
        if path.is_file():
            with suppress(duckdb.Error):
                return read_values(path, name, prefix)
        return ()

    return values


def _metafields(context: typer.Context) -> list[str]:
    """Metafields declared by hand and by the data; none of the data while they are in use."""
    import duckdb

    from segmentry.facts.metafields import full_name
    from segmentry.storage.connecting import connect

    found = set(_names(context, "SELECT name FROM metafields"))
    path = _folder(context) / "facts.duckdb"
    if path.is_file():
        with suppress(duckdb.Error), closing(connect(path, read_only=True)) as connection:
            keys = "SELECT DISTINCT namespace, key FROM attributes WHERE namespace <> 'profile'"
            found |= {full_name(*row) for row in connection.execute(keys).fetchall()}
    return sorted(found)


def _names(context: typer.Context, query: str) -> list[str]:
    """What one column of the system of record holds."""
    return [row[0] for row in _rows(context, query)]


def _rows(context: typer.Context, query: str) -> list[tuple[str, ...]]:
    """Rows of the system of record; none where there is no workspace."""
    path = (_folder(context) / "app.sqlite").absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error:
        return []


def _folder(context: typer.Context) -> Path:
    root: Any = context.find_root()
    given = root.params.get("workspace") or os.environ.get("SEGMENTRY_WORKSPACE") or "."
    return Path(given)


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
