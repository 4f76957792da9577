"""What the shell offers while somebody types: names of segments, presets and attributes.

Reads the segments' names past the workspace, which takes longer to open than people wait.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import typer


def segment_names(context: typer.Context, incomplete: str) -> list[str]:
    """Names of saved segments; none where there is no workspace."""
    path = (_folder(context) / "app.sqlite").absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT name FROM segments ORDER BY id").fetchall()
    except sqlite3.Error:
        return []
    return _starting([row[0] for row in rows], incomplete)


def preset_ids(incomplete: str) -> list[str]:
    """Ids of ready-made segments."""
    from importlib.resources import files

    names = [entry.name for entry in (files("segmentry.segments") / "presets").iterdir()]
    return _starting(sorted(n.removesuffix(".toml") for n in names), incomplete)


def attribute_names(incomplete: str) -> list[str]:
    """Attributes of the catalogue."""
    from segmentry.facts.catalogue import ATTRIBUTES

    return _starting(list(ATTRIBUTES), incomplete)


def field_lists(incomplete: str) -> list[str]:
    """Attributes after a comma: the last of several is the one being typed."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in attribute_names(last)]


def _folder(context: typer.Context) -> Path:
    root: Any = context.find_root()
    given = root.params.get("workspace") or os.environ.get("SEGMENTRY_WORKSPACE") or "."
    return Path(given)


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
