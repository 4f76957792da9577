"""A backup is one whole file of one moment, and never half of one."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import segmentry as sg
from segmentry.backups import making
from segmentry.backups.dated import aside_of
from segmentry.backups.making import Wanted, back_up
from segmentry.backups.restoring import read_manifest
from segmentry.backups.sealed import SealedWriter
from segmentry.backups.snapshot import copy_app_db
from segmentry.storage.aside import aside

from .shops import NOW, opened, order, shop


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that nothing is done to."""
    return shop(tmp_path_factory.mktemp("made") / "shop")


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "shop"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where its backup is to be."""
    return tmp_path / "shop.tar"


def test_a_backup_says_what_is_in_it(folder: Path, target: Path) -> None:
    """Moment, last import, every file by its hash, every segment's members; no facts, no key."""
    (folder / "secret.key").write_text("secret")
    made = back_up(folder, target, NOW)
    manifest = made.manifest
    assert read_manifest(target) == manifest
    assert (manifest.as_of, manifest.watermark, made.size) == (NOW, 1, target.stat().st_size)
    archived = {f"journal/{each.name}" for each in (folder / "journal").iterdir()}
    assert {each.name for each in manifest.files} == {"app.sqlite", *archived}
    counts = {each.segment: (each.count, each.position) for each in manifest.members}
    assert counts == {"Buyers": (2, 1), "Recent": (1, 1), "Best": (1, 1)}
    assert (manifest.with_facts, manifest.with_key, manifest.facts) == (False, False, {})


def test_facts_and_key_are_in_it_where_asked_for(folder: Path, target: Path) -> None:
    """The facts with a hash of each table; while the workspace is open."""
    (folder / "secret.key").write_text("secret")
    with opened(folder) as store:
        made = store.backup(target, with_facts=True, with_key=True)
        assert made.manifest.facts == {e.table: e.hash for e in store._stores.facts.hashes()}
    assert (made.manifest.with_facts, made.manifest.with_key) == (True, True)


def test_any_tar_program_reads_it(folder: Path, target: Path, tmp_path: Path) -> None:
    """Whatever becomes of Segmentry, the records are Parquet files in a tar archive."""
    back_up(folder, target, NOW)
    with tarfile.open(target) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert json.loads((tmp_path / "out" / "manifest.json").read_bytes())["watermark"] == 1
    with closing(sqlite3.connect(tmp_path / "out" / "app.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM segments").fetchone() == (3,)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_nobody_else_can_read_it(folder: Path, target: Path, umask: int) -> None:
    """OPS-09: mode 0600, whatever the process allows."""
    before = os.umask(umask)
    try:
        back_up(folder, target, NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [each.name for each in target.parent.glob(".*")] == []


# -- one moment -------------------------------------------------------------------------


def test_what_comes_while_it_is_made_is_not_in_it(folder: Path, target: Path) -> None:
    """OPS-01: the snapshot is of one moment, whatever is written from then on."""
    told: list[str] = []
    with opened(folder) as store:

        def write(share: float, what: str) -> None:
            if len(told) < 3:
                store.load(order(10 + len(told), "cid"), source="shop")
            told.append(what)

        made = back_up(folder, target, NOW, progress=write)
        assert len(store.imports()) == 4
    assert made.manifest.watermark < 4
    assert told[-1] == "done"
    sg.Workspace.restore(target, target.parent / "again", clock=lambda: NOW)
    with opened(target.parent / "again") as again:
        assert len(again.imports()) == made.manifest.watermark
        assert again.drift() == []


def test_an_archive_that_changes_meanwhile_is_read_again(
    folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where people are erased their files are written anew and the former ones go: then the
    database is copied once more."""
    copied = 0
    copy, (gone, *_) = copy_app_db, sorted((folder / "journal").iterdir())

    def copy_then_lose(source: Path, copy_to: Path, told: Any) -> None:
        nonlocal copied
        copied += 1
        copy(source, copy_to, told)
        if copied == 1:
            gone.unlink()
            with closing(sqlite3.connect(source)) as record:
                record.execute("DELETE FROM import_files WHERE sha256 = ?", [gone.stem])
                record.commit()

    monkeypatch.setattr(making, "copy_app_db", copy_then_lose)
    manifest = back_up(folder, target, NOW).manifest
    assert copied == 2
    assert f"journal/{gone.name}" not in {each.name for each in manifest.files}


# -- what is refused --------------------------------------------------------------------


def test_a_damaged_workspace_is_not_backed_up(folder: Path, target: Path) -> None:
    """The backup of before is worth more."""
    back_up(folder, target, NOW)
    before = target.read_bytes()
    archived = next((folder / "journal").iterdir())
    whole = archived.read_bytes()
    archived.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(sg.WorkspaceError, match=r"\.parquet is damaged.*No backup was made"):
        back_up(folder, target, NOW)
    archived.unlink()
    with pytest.raises(sg.WorkspaceError, match=r"\.parquet is missing.*No backup was made"):
        back_up(folder, target, NOW)
    assert target.read_bytes() == before
    assert list(target.parent.glob(".*")) == []


def test_places_where_no_backup_should_be(folder: Path, tmp_path: Path) -> None:
    """In the workspace it would go with it; in no folder it cannot be."""
    with pytest.raises(sg.WorkspaceError, match="is in the workspace"):
        back_up(folder, folder / "shop.tar", NOW)
    with pytest.raises(sg.WorkspaceError, match="nowhere is not a folder"):
        back_up(folder, tmp_path / "nowhere" / "shop.tar", NOW)
    with pytest.raises(sg.WorkspaceError, match="is not a workspace"):
        back_up(tmp_path, tmp_path / "shop.tar", NOW)
    with pytest.raises(sg.WorkspaceError, match="keeps none"):
        back_up(folder, tmp_path / "shop.tar", NOW, Wanted(keep=3))


def test_a_workspace_in_memory_has_nothing_to_back_up(target: Path) -> None:
    """It says so."""
    with (
        sg.Workspace.create(None, timezone="UTC", currency="EUR") as store,
        pytest.raises(sg.WorkspaceError, match="in memory"),
    ):
        store.backup(target)


def test_a_newer_workspace_is_not_backed_up(folder: Path, target: Path) -> None:
    """OPS-07: nobody could say what is in it."""
    with closing(sqlite3.connect(folder / "app.sqlite")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(sg.WorkspaceError, match=r"newer Segmentry.*9999.*Upgrade"):
        back_up(folder, target, NOW)
    assert not target.exists()


def test_two_at_once_do_not_get_in_each_others_way(folder: Path, target: Path) -> None:
    """The second to the same file is refused."""
    with aside(aside_of(target)), pytest.raises(sg.WorkspaceError, match="Another process"):
        back_up(folder, target, NOW)
    back_up(folder, target, NOW)


# -- killed, or without room ------------------------------------------------------------


def test_a_full_disk_leaves_the_former_backup(
    folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-03: wherever the room ends, and nothing else is left."""
    back_up(folder, target, NOW)
    before, add = target.read_bytes(), SealedWriter.add
    added: list[str] = []

    def full(writer: SealedWriter, name: str, *rest: Any) -> str:
        added.append(name)
        if len(added) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return add(writer, name, *rest)

    monkeypatch.setattr(SealedWriter, "add", full)
    with pytest.raises(sg.WorkspaceError, match=r"No space left.*earlier backup is as it was"):
        back_up(folder, target, NOW)
    assert target.read_bytes() == before
    assert list(target.parent.glob(".*")) == []


@contextmanager
def _killed(folder: Path, target: Path, at: str) -> Iterator[Path]:
    """A backup whose process was killed at a step; gives what it left."""
    script = (
        "import os, sys, pathlib\n"
        "from segmentry.backups import making\n"
        "from segmentry.backups.sealed import SealedWriter\n"
        "kill = lambda *a, **b: os.kill(os.getpid(), 9)\n"
        f"{at} = kill\n"
        "from datetime import datetime, UTC\n"
        "making.back_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), datetime.now(UTC))\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, folder, target], env=env, check=False, timeout=60
    )
    assert done.returncode == -9
    yield aside_of(target)


@pytest.mark.parametrize("at", ["SealedWriter.finish", "pathlib.Path.replace"])
def test_a_killed_backup_leaves_the_former_one(folder: Path, target: Path, at: str) -> None:
    """OPS-03: what the killed one left is gone after the next."""
    back_up(folder, target, NOW)
    before = target.read_bytes()
    with _killed(folder, target, at) as left:
        assert any(left.iterdir())
        assert target.read_bytes() == before
    back_up(folder, target, NOW + timedelta(hours=1))
    assert list(target.parent.glob(".*")) == []
    assert read_manifest(target).as_of == NOW + timedelta(hours=1)


# -- by date ----------------------------------------------------------------------------


def test_the_newest_are_kept(folder: Path, tmp_path: Path) -> None:
    """Older ones go once the new one is whole; what is named otherwise stays."""
    place = tmp_path / "backups"
    place.mkdir()
    for name in ("notes.txt", "shop-old.tar", "other-2026-01-01T00-00-00Z.tar"):
        (place / name).touch()
    others = set(place.iterdir())
    made = [back_up(folder, place, NOW + timedelta(days=day), Wanted(keep=2)) for day in range(4)]
    assert made[0].path.name == "shop-2026-06-15T12-00-00Z.tar"
    assert [each.pruned for each in made] == [(), (), (made[0].path,), (made[1].path,)]
    assert set(place.iterdir()) - others == {made[2].path, made[3].path}
    back_up(folder, place, NOW + timedelta(days=9))
    assert len(set(place.iterdir()) - others) == 3, "without --keep all stay"


def test_a_failed_backup_deletes_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-03: as many as there were."""
    place = tmp_path / "backups"
    place.mkdir()
    for day in range(2):
        back_up(folder, place, NOW + timedelta(days=day))
    before = set(place.iterdir())

    def fails(writer: SealedWriter) -> None:
        raise OSError(errno.EIO, "no disk")

    monkeypatch.setattr(SealedWriter, "finish", fails)
    with pytest.raises(sg.WorkspaceError, match="no disk"):
        back_up(folder, place, NOW + timedelta(days=5), Wanted(keep=1))
    assert set(place.iterdir()) == before


def test_what_a_killed_one_left_under_another_date_goes_too(folder: Path, tmp_path: Path) -> None:
    """OPS-03: the next has another name."""
    place = tmp_path / "backups"
    place.mkdir()
    left = aside_of(place / "shop-2026-06-14T12-00-00Z.tar")
    left.mkdir()
    (left / "backup").write_bytes(b"half of one")
    export = place / ".shop-members.csv.unfinished"
    export.mkdir()
    made = back_up(folder, place, NOW)
    assert set(place.iterdir()) == {made.path, export}
