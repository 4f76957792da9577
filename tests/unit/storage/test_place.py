"""Where a workspace can be, who can use it, and that nobody else can read it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.storage.place import network_file_system

RECORDS = {
    "customers": [{"customer_id": "ann"}],
    "orders": [{"order_id": 1, "customer_id": "ann", "ordered_at": "2024-05-01", "paid": 10}],
}


def create(folder: Path) -> sg.Workspace:
    """A new workspace."""
    return sg.Workspace.create(folder, timezone="Europe/London", currency="GBP")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace, closed."""
    create(tmp_path / "shop").close()
    return tmp_path / "shop"


# -- who can read it --------------------------------------------------------------------


@contextmanager
def umask(wanted: int) -> Iterator[None]:
    """What a process keeps others from."""
    before = os.umask(wanted)
    try:
        yield
    finally:
        os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The mode of the folder and of everything in it, but for those that are right."""
    every = {each: stat.S_IMODE(each.lstat().st_mode) for each in (folder, *folder.rglob("*"))}
    return {
        each.name: oct(mode)
        for each, mode in every.items()
        if mode != (0o700 if each.is_dir() else 0o600)
    }


def test_nothing_of_a_workspace_can_be_read_by_others(tmp_path: Path) -> None:
    """OPS-09: with umask 000 and all that makes files: imports, questions, rebuilds, backups."""
    folder, again = tmp_path / "shop", tmp_path / "again"
    with umask(0o000):
        with create(folder) as store:
            store.load(RECORDS, source="shop")
            names = {each.name for each in folder.rglob("*")}
            assert {"app.sqlite-wal", "app.sqlite-shm", "facts.duckdb.wal"} <= names
            assert modes(folder) == {}
            store.segments.add("Buyers", "number_of_orders > 0")
            store.backup(tmp_path / "shop.tar", with_facts=True)
            store.rebuild()
            assert modes(folder) == {}
        assert any((folder / "columns").iterdir())
        assert modes(folder) == {}
        sg.Workspace.restore(tmp_path / "shop.tar", again)
        assert modes(again) == {}


def test_an_older_workspace_is_closed_to_others(folder: Path) -> None:
    """OPS-09: what was made readable is no longer so once it is opened."""
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    sg.Workspace.open(folder).close()
    assert modes(folder) == {}


def test_an_empty_folder_becomes_private(tmp_path: Path) -> None:
    """OPS-09: one that was there before."""
    (tmp_path / "shop").mkdir(mode=0o755)
    create(tmp_path / "shop").close()
    assert modes(tmp_path / "shop") == {}


# -- whose it is ------------------------------------------------------------------------


def test_a_workspace_of_somebody_else_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-09: root would leave files that its owner cannot read."""
    before = {each: each.stat().st_mtime_ns for each in folder.rglob("*")}
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 12345)
    with pytest.raises(sg.WorkspaceError, match=r"app\.sqlite belongs to .*Run segmentry as"):
        sg.Workspace.open(folder)
    assert {each: each.stat().st_mtime_ns for each in folder.rglob("*")} == before


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Not as root, who may write everywhere; then the folder belongs to who is meant."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for each in (folder, *folder.rglob("*")):
        os.chown(each, nobody, -1)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_folder_is_refused() -> None:
    """OPS-09: to open, to make one in, to restore to; with what to do."""
    with tempfile.TemporaryDirectory() as outside:
        Path(outside).chmod(0o755)
        folder = Path(outside, "shop")
        create(folder).close()
        folder.chmod(0o500)
        try:
            with unprivileged(folder):
                for ask in (
                    lambda: sg.Workspace.open(folder),
                    lambda: create(folder / "more"),
                    lambda: sg.Workspace.restore("x.tar", folder / "again"),
                ):
                    with pytest.raises(sg.WorkspaceError, match=r"cannot be written to by"):
                        ask()
        finally:
            folder.chmod(0o700)


# -- where it is ------------------------------------------------------------------------

MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
server:/export /data nfs4 rw,vers=4.2 0 0
/dev/vdb /data/local xfs rw 0 0
//server/share /with\\040space cifs rw 0 0
server:/old /twice nfs rw 0 0
tmpfs /twice tmpfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/shop", None),
        ("/data/shop", "nfs4"),
        ("/data", "nfs4"),
        ("/database/shop", None),
        ("/data/local/shop", None),
        ("/with space/shop", "cifs"),
        ("/twice/shop", None),
    ],
)
def test_the_file_system_of_a_path(tmp_path: Path, path: str, kind: str | None) -> None:
    """OPS-09: that of the last mount at the longest part of it."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(path), mounts) == kind
    assert network_file_system(Path(path), tmp_path / "nowhere") is None


def test_a_workspace_on_a_network_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-09: neither opened nor made."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/export {tmp_path} nfs rw 0 0\n")
    monkeypatch.setattr(network_file_system, "__defaults__", (mounts,))
    for ask in (
        lambda: sg.Workspace.open(folder),
        lambda: create(tmp_path / "more"),
        lambda: sg.Workspace.restore("x.tar", tmp_path / "again"),
    ):
        with pytest.raises(sg.WorkspaceError, match=r"network file system \(nfs\)"):
            ask()
    assert not (tmp_path / "more").exists()
