"""A file that is written a part at a time and has its name only when it is whole.

Until then it lies in `.NAME.unfinished` beside its place, with a note of what it is to be
and how far it has come. Whoever is to write the same can go on there, whatever ended the
one before: a part counts when it and the note are on disk.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Note:
    """What the file is to be, and how many rows and bytes of it are on disk."""

    key: Mapping[str, str]
    rows: int = 0
    size: int = 0


class Unfinished:
    """The file that is to be at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.folder = path.with_name(f".{path.name}.unfinished")
        self.rows = self.folder / "rows"
        self._note = self.folder / "note.json"

    def note(self) -> Note | None:
        """What was begun and not ended; None where nothing was, or nobody can go on with it."""
        try:
            note = Note(**json.loads(self._note.read_text("utf-8")))
            return note if self.rows.stat().st_size >= note.size else None
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, key: Mapping[str, str]) -> Note:
        """Go on with the file of this key, else begin anew; returns how far it is."""
        note = self.note()
        if note is not None and note.key == key:
            os.truncate(self.rows, note.size)
            return note
        self.remove()
        self.folder.mkdir()
        self.rows.touch()
        self._write(Note(key))
        return Note(key)

    def add(self, key: Mapping[str, str], part: bytes, rows: int) -> None:
        """Put a part on disk, with which the file has so many rows."""
        with self.rows.open("ab") as file:
            file.write(part)
            _on_disk(file)
            size = file.tell()
        self._write(Note(key, rows, size))

    def finish(self) -> None:
        """Give the file its name, in place of one that has it."""
        with self.rows.open("rb+") as file:
            _on_disk(file)
        self.rows.replace(self._path)
        self.remove()

    def remove(self) -> None:
        """Take away what is not finished."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _write(self, note: Note) -> None:
        new = self.folder / "note.new"
        with new.open("wb") as file:
            file.write(json.dumps(asdict(note)).encode())
            _on_disk(file)
        new.replace(self._note)


def _on_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
