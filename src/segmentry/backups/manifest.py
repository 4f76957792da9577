"""What a backup says of itself: its first file, `manifest.json`.

Only a few names can be those of files in it, so that nothing can be put outside the folder
that it is restored into.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from segmentry.base.errors import WorkspaceError
from segmentry.membership.hashed import MembersThen
from segmentry.storage.folder import APP_DB, ARCHIVE, FACTS_DB, KEY

NAME = "manifest.json"
FORMAT = 1
"""Of the file. One with a higher number is refused."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ARCHIVED = re.compile(rf"{ARCHIVE}/([0-9a-f]{{64}})\.parquet", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in a backup: its name in the workspace's folder, its bytes and their SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup as of a moment: everything up to its watermark, the last import that it knows.

    `facts` has the hashes of the facts' tables where they are part of the backup.
    """

    segmentry: str
    schema: str
    as_of: datetime
    watermark: int
    files: tuple[FileEntry, ...]
    members: tuple[MembersThen, ...]
    facts: Mapping[str, str]

    @property
    def with_key(self) -> bool:
        """Whether secrets can be read after a restore without anything else."""
        return any(each.name == KEY for each in self.files)

    @property
    def with_facts(self) -> bool:
        """Whether the facts are in it, and need not be made anew."""
        return any(each.name == FACTS_DB for each in self.files)


def written(manifest: Manifest) -> bytes:
    """The manifest as it stands in the file."""
    data = {"format": FORMAT} | asdict(manifest) | {"as_of": manifest.as_of.isoformat()}
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def parsed(data: bytes) -> Manifest:
    """The manifest that was written. Refuses a newer format and any name of a file that is
    none of a workspace."""
    try:
        found: dict[str, Any] = json.loads(data)
        if found["format"] > FORMAT:
            raise WorkspaceError(
                f"It was made by Segmentry {found['segmentry']}, which is newer than this one. "
                "Upgrade segmentry."
            )
        files = tuple(FileEntry(**each) for each in found["files"])
        manifest = Manifest(
            found["segmentry"],
            found["schema"],
            datetime.fromisoformat(found["as_of"]),
            found["watermark"],
            files,
            tuple(MembersThen(**each) for each in found["members"]),
            found["facts"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise WorkspaceError(f"Its manifest cannot be understood: {error!r}.") from error
    _check_names(files)
    return manifest


def _check_names(files: tuple[FileEntry, ...]) -> None:
    names = [each.name for each in files]
    for each in files:
        archived = _ARCHIVED.fullmatch(each.name)
        known = each.name in (APP_DB, FACTS_DB, KEY) or archived
        if not known or not _HASH.fullmatch(each.sha256):
            raise WorkspaceError(f"It holds '{each.name}', which is no file of a workspace.")
        if archived and archived[1] != each.sha256:
            raise WorkspaceError(f"It holds '{each.name}', which is another file by its hash.")
    if len(set(names)) != len(names) or APP_DB not in names:
        raise WorkspaceError(f"It does not hold one {APP_DB}.")
