"""A file that is written a part at a time and has its name only when it is whole.

Until then it lies in `.NAME.unfinished` beside its place: its parts one after another, and a
note of what it is to be and how far it has come. Whoever is to write the same can go on there,
whatever ended the one before: a part counts when it and the note are on disk.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa

from segmentry.exports import formats
from segmentry.exports.formats import About, Format


@dataclass(frozen=True, slots=True)
class Note:
    """What the file is to be, and how many rows and bytes of its parts are on disk."""

    key: Mapping[str, str]
    rows: int = 0
    size: int = 0


class Unfinished:
    """The file that is to be at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folder = path.with_name(f".{path.name}.unfinished")
        self.parts = self.folder / "parts"
        self._joined = self.folder / "joined"
        self._note = self.folder / "note.json"

    def note(self) -> Note | None:
        """What was begun and not ended; None where nothing was, or nobody can go on with it."""
        try:
            note = Note(**json.loads(self._note.read_text("utf-8")))
            return note if self.parts.stat().st_size >= note.size else None
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, key: Mapping[str, str]) -> Note:
        """Begin anew with the file of this key."""
        self.remove()
        self.folder.mkdir()
        self.parts.touch()
        return self._noted(Note(key))

    def write(
        self,
        begun: Note,
        format: Format,
        rest: pa.Table,
        about: About,
        told: Callable[[float], None],
    ) -> None:
        """Go on with what is begun, give the file its name in place of one that has it, and
        leave nothing beside. `rest` are the rows that are not on disk."""
        os.truncate(self.parts, begun.size)
        note = begun if begun.size else self._add(begun, format.head(rest, about), 0)
        for start in range(begun.rows, about.rows, formats.PART):
            some = rest.slice(start - begun.rows, formats.PART)
            end = start + some.num_rows
            note = self._add(note, format.part(some, start), end)
            told(end / about.rows)
        self._whole(format, about).replace(self._path)
        self.remove()

    def remove(self) -> None:
        """Take away what is not finished."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _add(self, note: Note, part: bytes, rows: int) -> Note:
        """Put a part on disk, with which the file has so many rows."""
        with self.parts.open("ab") as file:
            file.write(part)
            _on_disk(file)
            size = file.tell()
        return self._noted(Note(note.key, rows, size))

    def _whole(self, format: Format, about: About) -> Path:
        """The parts, or what is made from them; made from them again if that is broken off."""
        if format.join is None:
            return self.parts
        try:
            format.join(self.parts, self._joined, about)
        except OSError:
            self._joined.unlink(missing_ok=True)  # a full disk has room again, and keeps the parts
            raise
        with self._joined.open("rb+") as file:
            _on_disk(file)
        return self._joined

    def _noted(self, note: Note) -> Note:
        new = self.folder / "note.new"
        with new.open("wb") as file:
            file.write(json.dumps(asdict(note)).encode())
            _on_disk(file)
        new.replace(self._note)
        return note


def remove_unfinished(folder: Path) -> None:
    """Take away what is not finished of all files below a folder."""
    for note in folder.rglob(".*.unfinished/note.json"):
        shutil.rmtree(note.parent, ignore_errors=True)


def _on_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
