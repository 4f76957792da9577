"""What tells imports apart: their source, and the hashes of the tables they brought."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from segmentry.storage.app_db import ImportFile


def fingerprint(files: Iterable[ImportFile], source: str) -> str:
    """The same for the same tables of a source."""
    parts = sorted(f"{file.table} {file.sha256}{' whole' * file.whole}" for file in files)
    text = "\n".join([source, *parts])
    return hashlib.sha256(text.encode()).hexdigest()
