"""The file of a backup: a tar archive with a seal at its end.

The seal is one more small file in it with the SHA-256 of all that stands before, and what
ends a tar archive. Which bytes these have to be is known once the rest was read, so a file
that is cut anywhere, or of which any bit is another, is told from a whole one.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from segmentry.base.errors import WorkspaceError

_SEAL = "seal.sha256"
_PIECE = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
_TAIL = 4 * _BLOCK
"""The seal's header, its text in one block, and the two empty ones that end a tar archive."""

Told = Callable[[int], None]
"""Is told how many bytes more are done."""


class SealedWriter:
    """Writes files one after another into a backup, which `finish` makes whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def add(self, name: str, size: int, content: IO[bytes], told: Told) -> str:
        """Write a file of so many bytes; gives the SHA-256 of them. Refuses one that is
        shorter."""
        self._write(_header(name, size))
        own, left = hashlib.sha256(), size
        while left:
            piece = content.read(min(left, _PIECE))
            if not piece:
                raise WorkspaceError(f"{name} became shorter while it was read.")
            own.update(piece)
            self._write(piece)
            left -= len(piece)
            told(len(piece))
        self._write(bytes(-size % _BLOCK))
        return own.hexdigest()

    def finish(self) -> None:
        """Write the seal, and put all on disk."""
        self._file.write(_tail(self._hash.hexdigest()))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)


def check_seal(path: Path, told: Told) -> None:
    """Read all of a backup. Refuses one that is not byte for byte what was written."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        left = path.stat().st_size - _TAIL
        while left > 0:
            piece = file.read(min(left, _PIECE))
            if not piece:
                break
            found.update(piece)
            left -= len(piece)
            told(len(piece))
        if left != 0 or file.read() != _tail(found.hexdigest()):
            raise WorkspaceError(
                f"{path} is damaged, cut short or no backup: nothing is restored from it. "
                "Use another backup."
            )


def entries(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The name, the size and the content of each file of a backup, to be read in this order."""
    with tarfile.open(path, "r:") as archive:
        for each in archive:
            if each.name == _SEAL:
                return
            content = archive.extractfile(each) if each.isreg() else None
            if content is None:
                raise WorkspaceError(f"It holds '{each.name}', which is no file.")
            yield each.name, each.size, content


def _tail(sha256: str) -> bytes:
    text = f"{sha256}\n".encode()
    return _header(_SEAL, len(text)) + text.ljust(_BLOCK, b"\0") + bytes(2 * _BLOCK)


def _header(name: str, size: int) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, 0o600
    return about.tobuf(tarfile.GNU_FORMAT)


def in_memory(content: bytes) -> IO[bytes]:
    """Bytes as the content of a file."""
    return io.BytesIO(content)
