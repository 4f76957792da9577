"""Makes a backup: a workspace as it is at one moment, in one file.

Reads the files of the workspace and nothing else, so that whoever uses it goes on. The file
has its name only once it is whole and on disk; until then an earlier one stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeAlias

from segmentry.backups.dated import aside_of, asides, dated, prune
from segmentry.backups.manifest import NAME, FileEntry, Manifest, written
from segmentry.backups.sealed import SealedWriter, in_memory
from segmentry.backups.snapshot import (
    archived_in,
    copy_app_db,
    members_in,
    schema_of,
    watermark_of,
)
from segmentry.base.errors import WorkspaceError
from segmentry.storage.app_db import schemas
from segmentry.storage.archive import archived
from segmentry.storage.aside import aside, clear_left
from segmentry.storage.folder import APP_DB, ARCHIVE, FACTS_DB, KEY, is_workspace
from segmentry.storage.private import new_file, put_on_disk

Progress: TypeAlias = Callable[[float, str], None]
"""Is told the share that is done, and of what."""

FactsCopy: TypeAlias = Callable[[Path], dict[str, str]]
"""Writes the facts to a new file; gives the hash of each of their tables."""

_COPIED = 0.3
"""The share of the work that is done when the database is copied."""
_TIMES = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a backup is to have beside the records: the facts, by what copies them, and the key
    that secrets are read with. Of a folder's dated backups so many are kept, None for all."""

    facts: FactsCopy | None = None
    key: bool = False
    keep: int | None = None


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made: its file, its size, what it says of itself, and which older ones
    were deleted for it."""

    path: Path
    size: int
    manifest: Manifest
    pruned: tuple[Path, ...]


class _ArchiveMoved(Exception):
    """A file of the archive was taken away after the database was copied."""


def back_up(
    folder: Path,
    out: Path,
    now: datetime,
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> BackedUp:
    """Back up the workspace in a folder to a file, or to one named by the date where `out` is a
    folder, and `keep` asks for it. Refuses what is damaged."""
    wanted, told = wanted or Wanted(), progress or (lambda share, what: None)
    store = folder.resolve().name
    path = _checked(folder, out, store, now, wanted)
    clear_left(asides(path.parent, store))
    with aside(aside_of(path)) as place:
        try:
            manifest, size = _made(folder, place, now, wanted, told)
            (place / _BACKUP).replace(path)
            put_on_disk(path.parent)
        except (OSError, sqlite3.Error) as error:
            said = f"{path} could not be written: {error}. {_as_it_was(path)}"
            raise WorkspaceError(said) from error
    pruned = () if wanted.keep is None else prune(path.parent, store, wanted.keep)
    told(1.0, "done")
    return BackedUp(path, size, manifest, pruned)


_BACKUP = "backup"


def _as_it_was(path: Path) -> str:
    return "The earlier backup is as it was." if path.exists() else "There is no backup there."


def _checked(folder: Path, out: Path, store: str, now: datetime, wanted: Wanted) -> Path:
    """The file to be written."""
    if not is_workspace(folder):
        raise WorkspaceError(f"{folder} is not a workspace. Name one with --workspace.")
    if wanted.keep is not None and (wanted.keep < 1 or not out.is_dir()):
        raise WorkspaceError(
            "Of backups in a folder, which has to be there, one or more can be kept: "
            f"{out} keeps none."
        )
    path = dated(out, store, now) if out.is_dir() else out
    if not path.parent.is_dir():
        raise WorkspaceError(f"{path.parent} is not a folder.")
    if folder.resolve() in path.resolve().parents:
        raise WorkspaceError(
            f"{path} is in the workspace: what becomes of it becomes of the backup. "
            "Name another place, best on another disk."
        )
    return path


def _made(
    folder: Path, place: Path, now: datetime, wanted: Wanted, told: Progress
) -> tuple[Manifest, int]:
    """Write the backup aside. What is removed from the archive meanwhile, as for a person who
    is erased, is not needed by the database any more: then all begins anew."""
    for _ in range(_TIMES):
        try:
            return _attempt(folder, place, now, wanted, told)
        except _ArchiveMoved:
            continue
    raise WorkspaceError(f"{folder} changed each time it was read. Back it up at another time.")


def _attempt(
    folder: Path, place: Path, now: datetime, wanted: Wanted, told: Progress
) -> tuple[Manifest, int]:
    # The facts first: those of an earlier import are caught up with, later ones are not known.
    facts = _with_facts(place, wanted, told)
    copy = place / APP_DB
    copy_app_db(folder / APP_DB, copy, lambda share: told(share * _COPIED, f"copying {APP_DB}"))
    if (schema := schema_of(copy)) not in schemas():
        raise WorkspaceError(
            f"{folder} was made by a newer Segmentry than this one: schema {schema}. "
            "Upgrade segmentry."
        )
    files = [
        *_entry(place, APP_DB),
        *(_archived(folder, sha256) for sha256 in archived_in(copy, immutable=True)),
        *_entry(place, FACTS_DB),
        *(_entry(folder, KEY) if wanted.key else ()),
    ]
    manifest = Manifest(
        _version(), schema, now, watermark_of(copy), tuple(files), members_in(copy), facts
    )
    with new_file(place / _BACKUP) as file:
        writer = SealedWriter(file)
        about = written(manifest)
        writer.add(NAME, len(about), in_memory(about), lambda more: None)
        _write_all(writer, manifest, folder, place, told)
        writer.finish()
        return manifest, file.tell()


def _with_facts(place: Path, wanted: Wanted, told: Progress) -> dict[str, str]:
    if wanted.facts is None:
        return {}
    told(0.0, f"copying {FACTS_DB}")
    (place / FACTS_DB).unlink(missing_ok=True)
    return wanted.facts(place / FACTS_DB)


def _entry(folder: Path, name: str) -> list[FileEntry]:
    """A file as it is, if it is there."""
    path = folder / name
    if not path.is_file():
        return []
    with path.open("rb") as file:
        return [FileEntry(name, path.stat().st_size, file_digest(file, "sha256").hexdigest())]


def _archived(folder: Path, sha256: str) -> FileEntry:
    """A file of the archive; whether it is what its name says is seen as it is written."""
    name = f"{ARCHIVE}/{archived(sha256)}"
    try:
        return FileEntry(name, (folder / name).stat().st_size, sha256)
    except FileNotFoundError as error:
        raise _gone(folder, name, sha256) from error


def _write_all(
    writer: SealedWriter, manifest: Manifest, folder: Path, place: Path, told: Progress
) -> None:
    done, total = 0, sum(each.size for each in manifest.files) or 1

    def more(size: int) -> None:
        nonlocal done
        done += size
        told(_COPIED + (1 - _COPIED) * done / total, "writing the backup")

    for each in manifest.files:
        here = place if each.name in (APP_DB, FACTS_DB) else folder
        try:
            with (here / each.name).open("rb") as content:
                found = writer.add(each.name, each.size, content, more)
        except FileNotFoundError as error:
            raise _gone(folder, each.name, each.sha256) from error
        if found != each.sha256:
            raise WorkspaceError(
                f"{folder / each.name} is damaged: it is not what was put there. No backup was "
                "made; run `segmentry verify`, and restore an earlier one."
            )


def _gone(folder: Path, name: str, sha256: str) -> Exception:
    """Why a file that the copied database refers to is not there."""
    if sha256 not in archived_in(folder / APP_DB):
        return _ArchiveMoved()
    return WorkspaceError(
        f"{folder / name} is missing. No backup was made; run `segmentry verify`, and restore "
        "an earlier one."
    )


def _version() -> str:
    try:
        return version("segmentry")
    except PackageNotFoundError:
        return "unknown"
