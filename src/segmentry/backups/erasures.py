"""People erased since a backup was made, who must not come back with it.

Each is named by the key that facts know a customer by, `source:id`: what erases people
writes them down outside the workspace, one a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from segmentry.base.errors import WorkspaceError

NAME = "erasures"
"""The file beside a backup that is looked for where none is named."""


def read_erasures(path: Path) -> tuple[str, ...]:
    """The keys in a file, each once; lines that are empty or begin with `#` are passed over.
    Refuses a line that is no key: whom it means would come back."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{path} cannot be read: {error}.") from error
    found = {line: None for line in lines if line and not line.startswith("#")}
    for line in found:
        source, colon, id = line.partition(":")
        if not (source and colon and id):
            raise WorkspaceError(
                f"{path} has the line '{line}', which names nobody. Write source:id, one a line."
            )
    return tuple(found)


def erasures_for(backup: Path, named: Path | None) -> tuple[str, ...]:
    """Those of the file that was named, else of one that lies beside the backup."""
    if named is not None:
        return read_erasures(named)
    beside = backup.parent / NAME
    return read_erasures(beside) if beside.is_file() else ()


class Erasing(Protocol):
    """What is asked of a workspace to erase people."""

    def load(self, records: Mapping[str, Any], *, source: str) -> object:
        """Take in records, deletions among them."""
        ...


def replay_erasures(workspace: Erasing, erased: Iterable[str]) -> int:
    """Erase these people again, by their keys; gives how many they are. Those whom nobody
    knows are noted as well, so that they cannot come later."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for key in erased:
        source, _, id = key.partition(":")
        by_source[source].append(id)
    for source, ids in by_source.items():
        rows = [{"kind": "customer", "record_id": id, "erased": True} for id in ids]
        workspace.load({"deletions": rows}, source=source)
    return sum(map(len, by_source.values()))
