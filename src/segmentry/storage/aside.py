"""A private folder in which something is made before it gets its name.

Whoever makes something there holds the folder; what a process that was ended left in one
is held by nobody, and taken away by the next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from segmentry.base.errors import WorkspaceError
from segmentry.storage.private import make_folder

ENDING = ".unfinished"


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """The folder, empty; gone when its block ends. Refuses one that another process holds."""
    make_folder(folder)
    held = _hold(folder)
    if held is None:
        raise WorkspaceError(f"Another process is at work in {folder}; wait until it is done.")
    try:
        _empty(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def clear_left(folders: Iterable[Path]) -> None:
    """Take away those folders that nobody holds."""
    for folder in folders:
        held = _hold(folder)
        if held is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)


def _hold(folder: Path) -> int | None:
    """Hold a folder as long as what is given is open; None where another does."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it a moment ago may have taken it away.
            if os.path.samestat(folder.stat(), os.fstat(opened)):
                return opened
        os.close(opened)
    return None


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
