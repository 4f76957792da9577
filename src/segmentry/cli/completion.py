"""What the shell offers while somebody types: names of segments, presets and attributes.

Reads the store's own names past the workspace, which takes longer to open than people
wait; what is kept with the facts only where a metafield is being typed.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import typer


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
    """What one column of the system of record holds; nothing where there is no workspace."""
    path = (_folder(context) / "app.sqlite").absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute(query).fetchall()]
    except sqlite3.Error:
        return []


def _folder(context: typer.Context) -> Path:
    root: Any = context.find_root()
    given = root.params.get("workspace") or os.environ.get("SEGMENTRY_WORKSPACE") or "."
    return Path(given)


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
