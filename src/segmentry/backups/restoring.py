"""Puts a backup back: all of it is checked before anything is put in place.

The workspace is made in a private folder inside the one it is to be in, brought up there,
and moved out of it, `app.sqlite` last: until then the folder is no workspace, and what a
process that was ended left there is taken away by the next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tarfile import TarError
from typing import IO, TypeVar

from segmentry.backups.making import Progress
from segmentry.backups.manifest import NAME, FileEntry, Manifest, parsed
from segmentry.backups.sealed import check_seal, entries
from segmentry.base.errors import WorkspaceError
from segmentry.storage.app_db import schemas
from segmentry.storage.aside import aside
from segmentry.storage.checks import Finding
from segmentry.storage.folder import APP_DB, ARCHIVE, UNFINISHED, is_workspace
from segmentry.storage.place import check_place
from segmentry.storage.private import make_folder, make_private, new_file, put_on_disk

T = TypeVar("T")

_PIECE = 1 << 20
_MOVING = "moving.json"
"""In the private folder: the names of what is being moved out of it."""
_MOST = 1 << 30
"""Bytes of a manifest: that of a million files has fewer."""


ERASURES = "erasures"
"""The list beside a backup that is looked for where none is named."""


def erasures_for(backup: Path, named: Path | None) -> Path | None:
    """The list of erasures that was named, else one that lies beside the backup, if any."""
    beside = backup.parent / ERASURES
    return named or (beside if beside.is_file() else None)


def read_manifest(path: Path, told: Callable[[int], None] = lambda more: None) -> Manifest:
    """What a backup says of itself, after all of it was read. Refuses a damaged one, and one
    of a newer Segmentry."""
    try:
        check_seal(path, told)
        return _manifest(path)
    except (OSError, TarError) as error:
        raise WorkspaceError(f"{path} cannot be read: {error}.") from error


def _manifest(path: Path) -> Manifest:
    for name, size, content in entries(path):
        if name != NAME or size > _MOST:
            break
        try:
            manifest = parsed(content.read())
        except WorkspaceError as error:
            raise WorkspaceError(f"{path} cannot be restored: {error}") from error
        if manifest.schema not in schemas():
            raise WorkspaceError(
                f"{path} was made by Segmentry {manifest.segmentry} and has a schema, "
                f"{manifest.schema}, that this one does not know. Upgrade segmentry."
            )
        return manifest
    raise WorkspaceError(f"{path} is no backup of Segmentry: it does not begin with {NAME}.")


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that was restored: what its backup says of itself, how many imports and
    segments it has, how many people were erased again; and, where that was asked for, what
    was found as it was verified."""

    manifest: Manifest
    imports: int
    segments: int
    erased: int
    findings: tuple[Finding, ...]


def restore(
    path: Path, into: Path, bring_up: Callable[[Path, Manifest], T], progress: Progress
) -> T:
    """Make the workspace of a backup in a new or empty folder; `bring_up` is handed where its
    files are meanwhile, to make of them what a workspace is beside these.

    Refuses a folder with anything in it, and all that `read_manifest` does. What fails
    leaves the folder as it was.
    """
    size = max(path.stat().st_size, 1) if path.is_file() else 1
    done = 0

    def more(piece: int) -> None:
        nonlocal done
        done += piece
        progress(0.5 * done / (2 * size), "checking and unpacking")

    unfinished = into / UNFINISHED
    check_place(into)
    _refuse_occupied(into)
    manifest = read_manifest(path, more)
    made = not into.exists()
    try:
        make_folder(into)
        make_private(into)
        with aside(unfinished) as place:
            try:
                _unpack(path, manifest, place, more)
                progress(0.5, "making the facts")
                found = bring_up(place, manifest)
                _move_out(place, into)
            except OSError as error:
                said = f"{into} could not be written: {error}. Nothing was restored."
                raise WorkspaceError(said) from error
    except BaseException:
        if made:
            with suppress(OSError):  # something was put there meanwhile
                into.rmdir()
        raise
    progress(1.0, "done")
    return found


def _refuse_occupied(into: Path) -> None:
    """Refuse a folder that has anything in it but what a restore left that was ended."""
    if is_workspace(into):
        raise WorkspaceError(f"{into} is a workspace already. Name another folder.")
    if into.exists() and not into.is_dir():
        raise WorkspaceError(f"{into} is no folder. Name another.")
    left = _left(into) if into.exists() else []
    if into.exists() and any(each.name not in (UNFINISHED, *left) for each in into.iterdir()):
        raise WorkspaceError(f"{into} is not empty. Name another folder.")
    for each in left:
        _remove(into / each)


def _left(into: Path) -> list[str]:
    """What a restore that was ended had moved out already."""
    try:
        names = json.loads((into / UNFINISHED / _MOVING).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [each for each in names if Path(each).name == each]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _unpack(path: Path, manifest: Manifest, place: Path, told: Callable[[int], None]) -> None:
    """Put each file where it belongs, if it is still what the manifest says."""
    make_folder(place / ARCHIVE)
    wanted = iter(manifest.files)
    for name, size, content in entries(path):
        if name == NAME:
            continue
        entry = next(wanted, None)
        if entry is None or (entry.name, entry.size) != (name, size):
            raise WorkspaceError(f"{path} is damaged: it has {name} where its manifest does not.")
        _write(place / name, entry, content, told)
    if (missing := next(wanted, None)) is not None:
        raise WorkspaceError(f"{path} is damaged: {missing.name} is missing.")
    put_on_disk(place / ARCHIVE)
    put_on_disk(place)


def _write(path: Path, entry: FileEntry, content: IO[bytes], told: Callable[[int], None]) -> None:
    found = sha256()
    with new_file(path) as file:
        while piece := content.read(_PIECE):
            found.update(piece)
            file.write(piece)
            told(len(piece))
        file.flush()
        os.fsync(file.fileno())
    if found.hexdigest() != entry.sha256:
        raise WorkspaceError(f"The backup is damaged: {entry.name} is not what was put in it.")


def _move_out(place: Path, into: Path) -> None:
    """Put the workspace in place; with `app.sqlite` it is one."""
    names = sorted(each.name for each in place.iterdir() if each.name != APP_DB)
    with new_file(place / _MOVING) as file:
        file.write(json.dumps(names).encode())
        file.flush()
        os.fsync(file.fileno())
    put_on_disk(place)
    for each in (*names, APP_DB):
        if each == APP_DB:
            put_on_disk(into)
        (place / each).rename(into / each)
    put_on_disk(into)
