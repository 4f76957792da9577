"""The archive of imports: Parquet files named by the hash of what is in them.

A file is written beside its place, put on disk, then renamed, so that a file of the
archive is always whole. Nothing in it is ever changed: without somebody who was erased it is
another file, with another name.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.base.errors import NoRoomError, WorkspaceError
from segmentry.storage.private import make_folder, new_file, put_on_disk

_UNFINISHED = ".tmp"


def archived(sha256: str) -> str:
    """The name of the file with this hash."""
    return f"{sha256}.parquet"


class Archive:
    """Immutable tables by hash, in a folder or, without one, in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}
        self._staying = RLock()
        if folder is not None:
            with _writing(folder):
                make_folder(folder)
                put_on_disk(folder.parent)
                _forget_unfinished(folder)

    def add(self, table: pa.Table) -> str:
        """Keep a table; returns the hash it can be read back by."""
        data = _parquet(table)
        sha256 = hashlib.sha256(data).hexdigest()
        if self._folder is None:
            self._memory[sha256] = data
            return sha256
        with _writing(self._folder):
            if not self._path(sha256).exists():
                _write_whole(self._path(sha256), data)
            put_on_disk(self._folder)
        return sha256

    def read(self, sha256: str) -> pa.Table:
        """The table with this hash. Refuses a file that is gone or damaged."""
        data = self._memory.get(sha256) if self._folder is None else self._bytes(sha256)
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            raise WorkspaceError(
                f"The import archive is damaged: {sha256}.parquet does not hold what was "
                "imported. Restore it from a backup of the workspace."
            )
        return pq.read_table(pa.BufferReader(data))

    @contextmanager
    def staying(self) -> Iterator[None]:
        """While this is held no file goes, so that what names them can be read and then they."""
        with self._staying:
            yield

    def keep_only(self, wanted: Set[str]) -> int:
        """Remove all files but those with these hashes; returns how many went."""
        with self._staying:
            if self._folder is None:
                gone = self._memory.keys() - wanted
                for sha256 in gone:
                    del self._memory[sha256]
                return len(gone)
            paths = [each for each in self._folder.glob("*.parquet") if each.stem not in wanted]
            for path in paths:
                path.unlink()
            if paths:
                put_on_disk(self._folder)
            return len(paths)

    def _path(self, sha256: str) -> Path:
        assert self._folder is not None
        return self._folder / archived(sha256)

    def _bytes(self, sha256: str) -> bytes | None:
        path = self._path(sha256)
        return path.read_bytes() if path.exists() else None


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Tell a fault of the disk from one of ours."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        kind = NoRoomError if full else WorkspaceError
        why = error.strerror or str(error)
        raise kind(f"{folder} could not be written: {why}. Do the same again.") from error


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def _write_whole(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(_UNFINISHED)
    with new_file(unfinished) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _forget_unfinished(folder: Path) -> None:
    """Remove what a process that was ended left; a workspace is open in one process only."""
    for unfinished in folder.glob(f"*{_UNFINISHED}"):
        unfinished.unlink()
