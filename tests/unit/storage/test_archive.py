"""The archive of imports: by content, whole or not at all, never believed when damaged."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from segmentry.base.errors import NoRoomError, WorkspaceError
from segmentry.facts.tables import CUSTOMER_TAGS, TABLES
from segmentry.storage.archive import Archive

ANN = pa.table({"customer_id": ["s:ann"], "tag": ["vip"]}, schema=CUSTOMER_TAGS.schema)
BOB = pa.table({"customer_id": ["s:bob"], "tag": ["vip"]}, schema=CUSTOMER_TAGS.schema)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the archive's files are."""
    return tmp_path / "journal"


@pytest.fixture
def archive(folder: Path) -> Archive:
    """A new archive in a folder."""
    return Archive(folder)


def test_what_is_added_is_read_back(archive: Archive) -> None:
    """By the hash it was added under, types and all."""
    ann, bob = archive.add(ANN), archive.add(BOB)
    assert ann != bob
    assert archive.read(ann).equals(ANN)
    assert archive.read(bob).equals(BOB)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_keeps_its_types(name: str) -> None:
    """Without a single row too."""
    archive = Archive(None)
    empty = TABLES[name].schema.empty_table()
    assert archive.read(archive.add(empty)).schema.equals(TABLES[name].schema)


def test_name_is_the_hash_of_the_content(archive: Archive, folder: Path) -> None:
    """So another archive gives the same tables the same names."""
    name = archive.add(ANN)
    assert [file.name for file in folder.iterdir()] == [f"{name}.parquet"]
    assert Archive(None).add(ANN) == name


def test_same_table_again_writes_nothing(archive: Archive, folder: Path) -> None:
    """The file that is there stays the one it is."""
    file = folder / f"{archive.add(ANN)}.parquet"
    before = file.stat()
    archive.add(ANN)
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(list(folder.iterdir())) == 1


def test_another_process_reads_what_was_added(archive: Archive, folder: Path) -> None:
    """Nothing is kept in memory alone."""
    assert Archive(folder).read(archive.add(ANN)).equals(ANN)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"vip", b"vap")),
        lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    ],
    ids=["gone", "empty", "cut", "changed", "longer"],
)
def test_damaged_file_is_refused(
    archive: Archive, folder: Path, damage: Callable[[Path], None]
) -> None:
    """By name, with the way out."""
    name = archive.add(ANN)
    damage(folder / f"{name}.parquet")
    with pytest.raises(WorkspaceError, match=rf"damaged: {name}\.parquet .*backup"):
        archive.read(name)


def test_another_tables_file_is_refused(archive: Archive, folder: Path) -> None:
    """A whole file under the wrong name is damage as well."""
    ann, bob = archive.add(ANN), archive.add(BOB)
    (folder / f"{bob}.parquet").replace(folder / f"{ann}.parquet")
    with pytest.raises(WorkspaceError, match="damaged"):
        archive.read(ann)


@pytest.mark.parametrize("place", [None, "journal"])
def test_unknown_hash_is_refused(tmp_path: Path, place: str | None) -> None:
    """In memory as in a folder."""
    archive = Archive(None if place is None else tmp_path / place)
    with pytest.raises(WorkspaceError, match="damaged"):
        archive.read("0" * 64)


def test_failed_write_leaves_no_file_that_looks_whole(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, say: once there is room the same table can be added."""

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(NoRoomError, match="No space"):
            archive.add(ANN)
    assert not list(folder.glob("*.parquet"))
    assert archive.read(archive.add(ANN)).equals(ANN)


def test_unfinished_files_are_removed_at_opening(archive: Archive, folder: Path) -> None:
    """What a killed process left takes no room for ever; whole files stay."""
    name = archive.add(ANN)
    (folder / f"{'0' * 64}.tmp").write_bytes(b"half a fi")
    assert Archive(folder).read(name).equals(ANN)
    assert [file.name for file in folder.iterdir()] == [f"{name}.parquet"]


def test_file_is_on_disk_before_it_gets_its_name(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the content is put on disk, then it is renamed, then the folder is put on disk."""
    seen: list[tuple[int, int]] = []

    def look(file: int) -> None:
        seen.append((len(list(folder.glob("*.parquet"))), len(list(folder.glob("*.tmp")))))

    monkeypatch.setattr("os.fsync", look)
    archive.add(ANN)
    assert seen == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, NoRoomError), (errno.EIO, WorkspaceError)]
)
def test_a_disk_that_takes_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[WorkspaceError]
) -> None:
    """ING-03, ING-04: no fault of ours, and the same again does it."""
    found = Archive(tmp_path / "archive")
    sync = os.fsync

    def failing(file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", failing)
    acts: tuple[Callable[[], object], ...]
    acts = (lambda: found.add(ANN), lambda: Archive(tmp_path / "other"))
    for act in acts:
        with pytest.raises(WorkspaceError, match="could not be written") as told:
            act()
        assert type(told.value) is kind
    monkeypatch.setattr(os, "fsync", sync)
    assert found.read(found.add(ANN)) == ANN
