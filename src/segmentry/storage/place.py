"""Whether a folder can be that of a workspace: on a disk of this computer, and ours to write."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from segmentry.base.errors import WorkspaceError

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "fuse.sshfs", "fuse.davfs"}
)
"""File systems on which two computers can believe to hold the same lock, and a file that was
put on disk can be gone after a failure."""

_MOUNTS = Path("/proc/self/mounts")


def check_place(folder: Path) -> None:
    """Refuse a folder that is on a network, belongs to somebody else or cannot be written to;
    of one that is yet to be made, the folder that it will be in."""
    there = folder.absolute()
    while not there.is_dir():
        there = there.parent
    if (kind := network_file_system(there)) is not None:
        raise WorkspaceError(
            f"{folder} is on a network file system ({kind}), where files cannot be locked safely. "
            "Put the workspace on a disk of this computer, and its backups there."
        )
    if not _may_write(there):
        raise WorkspaceError(
            f"{there} cannot be written to by {_name(os.geteuid())}, which any use of a workspace "
            "needs: mount the disk writable, or give the folder to whoever runs segmentry."
        )


def check_owner(path: Path) -> None:
    """Refuse a file of somebody else: what is made beside it would be ours, and they could not
    read it any more."""
    owner, me = path.stat().st_uid, os.geteuid()
    if owner != me:
        raise WorkspaceError(
            f"{path} belongs to {_name(owner)}, and this is {_name(me)}. Run segmentry as "
            f"{_name(owner)}, or make the folder yours: chown -R {_name(me)} {path.parent}"
        )


def network_file_system(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of network file system a path is on; None for a disk of this computer, or where
    the system does not say."""
    try:
        lines = mounts.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    found, here, best = "", path.resolve(), -1
    for line in lines:
        _, at, kind, *_ = [*line.split(" "), "", "", ""]
        place = Path(at.encode().decode("unicode_escape", errors="replace"))  # \040 is a space
        # Of two at one place the later one hides the other.
        if here.is_relative_to(place) and len(place.parts) >= best:
            best, found = len(place.parts), kind
    return found if found in _NETWORK else None


def _may_write(folder: Path) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def _name(user: int) -> str:
    """A user by name; by number where the system has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
