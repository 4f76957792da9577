"""Backups by date in a folder, of which the oldest make room for the newest."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from segmentry.storage.aside import ENDING

_FORM = "%Y-%m-%dT%H-%M-%SZ"
_MADE = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ"


def dated(folder: Path, store: str, moment: datetime) -> Path:
    """The file for a backup of a store at a moment."""
    return folder / f"{store}-{moment.astimezone(UTC).strftime(_FORM)}.tar"


def aside_of(path: Path) -> Path:
    """The folder beside a backup in which it is made; an export of that name has another."""
    return path.with_name(f".{path.name}.backup{ENDING}")


def asides(folder: Path, store: str) -> list[Path]:
    """Those of a store's dated backups, of whatever date."""
    named = re.compile(rf"\.{re.escape(store)}-{_MADE}\.tar\.backup{re.escape(ENDING)}", re.ASCII)
    return [each for each in folder.iterdir() if named.fullmatch(each.name)]


def prune(folder: Path, store: str, keep: int) -> tuple[Path, ...]:
    """Delete all but the newest so many of a store's; gives those that are gone. Only files
    named as `dated` names them are looked at."""
    named = re.compile(rf"{re.escape(store)}-{_MADE}\.tar", re.ASCII)
    made = sorted(each for each in folder.iterdir() if named.fullmatch(each.name))
    old = tuple(made[: max(0, len(made) - keep)])
    for each in old:
        each.unlink()
    return old
