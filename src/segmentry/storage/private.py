"""Files and folders that nobody but their owner can read, whatever the process allows.

What a workspace keeps is about people, so nothing of it depends on the umask it runs under.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_FILE, _FOLDER = 0o600, 0o700


def new_file(path: Path) -> BinaryIO:
    """An empty file to be written, in place of one of that name."""
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE)
    return os.fdopen(number, "w+b")


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, unless it is there."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        path.mkdir(mode=_FOLDER)


def make_private(path: Path) -> None:
    """Take away what others may do with a file or folder that a library made.

    One that is gone, or belongs to somebody else, is left as it is.
    """
    with suppress(FileNotFoundError, PermissionError):
        wanted = _FOLDER if path.is_dir() else _FILE
        if path.stat().st_mode & 0o777 & ~wanted:
            path.chmod(wanted)


def put_on_disk(folder: Path) -> None:
    """Make the names of the files in a folder as durable as the files."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
