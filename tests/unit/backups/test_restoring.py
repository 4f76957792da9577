"""A backup is restored whole, or not at all and with a reason."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest

import segmentry as sg
from segmentry.backups.making import BackedUp, back_up
from segmentry.backups.manifest import written
from segmentry.backups.restoring import ERASURES, read_manifest
from segmentry.backups.sealed import SealedWriter, in_memory
from segmentry.storage.folder import is_workspace

from .shops import LATER, NOW, RECORDS, SEGMENTS, opened, order, seen, shop


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace and its backup, beside it."""
    folder = shop(tmp_path_factory.mktemp("made") / "shop")
    back_up(folder, folder.parent / "shop.tar", NOW)
    return folder


@pytest.fixture
def backup(made: Path, tmp_path: Path) -> Path:
    """A copy of the backup."""
    return Path(shutil.copy(made.parent / "shop.tar", tmp_path / "shop.tar"))


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Path]:
    """Where it is restored to; whatever is refused leaves nothing there."""
    folder = tmp_path / "again"
    yield folder
    assert is_workspace(folder) or not folder.exists()


def restore(backup: Path, into: Path, **wanted: Any) -> Any:
    """Restore a backup at the moment it was made."""
    return sg.Workspace.restore(backup, into, clock=lambda: NOW, **wanted)


def refused(backup: Path, again: Path, why: str) -> None:
    """A backup is refused for a reason."""
    with pytest.raises(sg.WorkspaceError, match=why):
        restore(backup, again)


# -- restored ---------------------------------------------------------------------------


@pytest.mark.parametrize("with_facts", [False, True])
def test_what_is_restored_is_what_there_was(
    made: Path, tmp_path: Path, again: Path, with_facts: bool
) -> None:
    """OPS-01: facts, members, changes and imports, by all that can be asked."""
    folder = Path(shutil.copytree(made, tmp_path / "shop"))
    with opened(folder) as store:
        store.backup(tmp_path / "b.tar", with_facts=with_facts)
        before = seen(store)
        version = store._stores.facts.version
    done = restore(tmp_path / "b.tar", again, verify=True)
    assert (done.imports, done.segments, done.erased) == (1, len(SEGMENTS), 0)
    assert [each.problem for each in done.findings] == [None] * len(done.findings)
    names = {each.what for each in done.findings}
    assert names == {"facts: customers", "facts: customer_tags", "facts: orders"} | {
        f"members: {name}" for name in SEGMENTS
    }
    with opened(again) as store:
        assert seen(store) == before
        assert (store._stores.facts.version == version) == with_facts


def test_memberships_are_brought_up_to_now(backup: Path, again: Path) -> None:
    """What time did since the backup is noted at its moment."""
    now = NOW.replace(month=8)
    sg.Workspace.restore(backup, again, clock=lambda: now)
    with opened(again, now) as store:
        assert store.memberships.members("Recent") == []
        last = store.changes().to_pylist()[-1]
        assert (last["segment"], last["change"], last["cause"]) == ("Recent", "left", "time")


def test_an_empty_folder_that_is_there_will_do(backup: Path, tmp_path: Path) -> None:
    """Such as one on another disk, which cannot be replaced itself."""
    (tmp_path / "there").mkdir()
    restore(backup, tmp_path / "there")
    with opened(tmp_path / "there") as store:
        assert store.live_count() == 3


def test_what_differs_from_the_backup_is_told(made: Path, tmp_path: Path, again: Path) -> None:
    """Facts and members that are not those of the manifest, and members that the facts do not
    give."""
    folder = Path(shutil.copytree(made, tmp_path / "shop"))
    with opened(folder) as store:
        manifest = store.backup(tmp_path / "b.tar", with_facts=True).manifest
        with closing(sqlite3.connect(folder / "app.sqlite")) as record:
            best = "(SELECT id FROM segments WHERE name = 'Best')"
            everybody = "(SELECT id FROM segments WHERE name = 'Buyers')"
            record.execute(
                f"""UPDATE memberships SET (members, members_after, count) = (
                    SELECT members, 999, count FROM memberships WHERE segment_id = {everybody}
                ) WHERE segment_id = {best}"""
            )
            record.commit()
        store.backup(tmp_path / "b.tar", with_facts=True)
    assert manifest.with_facts
    done = restore(tmp_path / "b.tar", again, verify=True)
    assert [each.what for each in done.findings if each.problem] == ["members: Best"]
    with opened(again) as store:
        assert [each.segment for each in store.drift(mend=True)] == ["Best"]
        assert store.drift() == []


def test_one_made_while_others_import(tmp_path: Path) -> None:
    """OPS-01: each backup has all up to its watermark and nothing of what came later."""
    folder = shop(tmp_path / "shop")
    made: list[BackedUp] = []
    with opened(folder) as store:

        def imports() -> None:
            for number in range(6):
                store.load(order(10 + number, "cid"), source="shop")

        importing = Thread(target=imports)
        importing.start()
        while importing.is_alive():
            made.append(back_up(folder, tmp_path / f"{len(made)}.tar", NOW))
        importing.join()
    marks = [each.manifest.watermark for each in made]
    assert marks == sorted(marks)
    some = made[len(made) // 2]
    done = restore(some.path, tmp_path / "again", verify=True)
    assert [each for each in done.findings if each.problem] == []
    with (
        opened(tmp_path / "again") as store,
        sg.Workspace.create(
            None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
        ) as clean,
    ):
        clean.load(RECORDS, source="shop")
        for number in range(some.manifest.watermark - 1):
            clean.load(order(10 + number, "cid"), source="shop")
        assert store._stores.facts.hashes() == clean._stores.facts.hashes()


# -- people erased since ----------------------------------------------------------------


def test_people_erased_since_do_not_come_back(made: Path, tmp_path: Path, again: Path) -> None:
    """OPS-04: those of the list beside the backup, by the key that is in it."""
    shop = tmp_path / "shop"
    shutil.copytree(made, shop)
    with opened(shop, NOW) as store:
        store.access.keys.derive("any")
        store.backup(tmp_path / "shop.tar", with_key=True)
        store.erase("ann")
        assert store.export_erasures(tmp_path / ERASURES) == 1
    assert restore(tmp_path / "shop.tar", again).erased == 1
    with opened(again, LATER) as store:
        assert store.query("number_of_orders >= 0").ids == ("bob", "cid")
        assert "ann@shop.test" not in str(store.facts("customers"))
        assert store.memberships.members("Best") == ["shop:bob"]
        assert store.load({"customers": [{"customer_id": "ann"}]}, source="shop").dropped
        assert store.drift() == []


def test_a_list_that_cannot_be_used_is_refused(
    made: Path, tmp_path: Path, again: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-04: without the key, or of something else; nothing is made, for whoever is in it
    would come back. The key's file can be named."""
    shop, key = tmp_path / "shop", tmp_path / "the.key"
    shutil.copytree(made, shop)
    monkeypatch.setenv("SEGMENTRY_KEY_FILE", str(key))
    with opened(shop, NOW) as store:
        store.access.keys.derive("any")
        store.backup(tmp_path / "shop.tar")
        store.erase("ann")
        store.export_erasures(tmp_path / "list")
    monkeypatch.delenv("SEGMENTRY_KEY_FILE")
    with pytest.raises(sg.WorkspaceError, match="SEGMENTRY_KEY_FILE"):
        restore(tmp_path / "shop.tar", again, erasures=tmp_path / "list")
    (tmp_path / "wrong").write_text("shop:ann\n")
    for list, why in (("wrong", "no list of erasures"), ("nowhere", "cannot be read")):
        with pytest.raises(sg.UserError, match=why):
            restore(tmp_path / "shop.tar", again, erasures=tmp_path / list)
    assert not again.exists()
    monkeypatch.setenv("SEGMENTRY_KEY_FILE", str(key))
    assert restore(tmp_path / "shop.tar", again, erasures=tmp_path / "list").erased == 1


# -- damaged ----------------------------------------------------------------------------


def test_a_backup_cut_anywhere_is_refused(backup: Path, again: Path) -> None:
    """OPS-02: at every so many bytes, at each of the last, and longer than it was."""
    whole = backup.read_bytes()
    step = len(whole) // 60
    for end in (*range(0, len(whole), step), *range(len(whole) - 3000, len(whole), 100)):
        backup.write_bytes(whole[:end])
        refused(backup, again, "damaged, cut short or no backup")
    backup.write_bytes(whole + b"\0")
    refused(backup, again, "damaged, cut short or no backup")


def test_a_backup_with_another_bit_is_refused(backup: Path, again: Path) -> None:
    """OPS-02: wherever it is, in what no tar program looks at as well."""
    whole, random = backup.read_bytes(), Random(2)
    places = [*random.sample(range(len(whole)), 60), *range(len(whole) - 2048, len(whole), 64)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << random.randrange(8)
        backup.write_bytes(damaged)
        refused(backup, again, "damaged, cut short or no backup")


def test_a_file_of_something_else_is_refused(tmp_path: Path, again: Path) -> None:
    """A text, nothing at all, a folder, and a file that is not there."""
    other = tmp_path / "other.tar"
    for content in (b"", b"hello " * 1000):
        other.write_bytes(content)
        refused(other, again, "damaged, cut short or no backup")
    refused(tmp_path, again, "cannot be read")
    refused(tmp_path / "nowhere.tar", again, "cannot be read")


# -- whole, and not to be trusted -------------------------------------------------------


def sealed(path: Path, *files: tuple[str, bytes]) -> Path:
    """A backup with a whole seal, whatever is in it."""
    with path.open("wb") as file:
        writer = SealedWriter(file)
        for name, content in files:
            writer.add(name, len(content), in_memory(content), lambda more: None)
        writer.finish()
    return path


def manifest_with(backup: Path, **others: Any) -> bytes:
    """That of a backup, but for something."""
    return json.dumps(json.loads(written(read_manifest(backup))) | others).encode()


OUTSIDE = ["../app.sqlite", "/tmp/x", "journal/../../x", "journal/x.parquet", "columns/x", ""]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_lead_elsewhere_are_refused(backup: Path, again: Path, name: str) -> None:
    """OPS-02: nothing is written outside the folder, nor what is no file of a workspace."""
    files = [{"name": each, "size": 1, "sha256": "0" * 64} for each in ("app.sqlite", name)]
    sealed(backup, ("manifest.json", manifest_with(backup, files=files)), (name or "x", b"1"))
    refused(backup, again, "which is no file of a workspace")


def test_files_that_the_manifest_does_not_have_are_refused(backup: Path, again: Path) -> None:
    """OPS-02: others, fewer, and other content under a name."""
    app = {"name": "app.sqlite", "size": 1, "sha256": "0" * 64}
    about = "manifest.json", manifest_with(backup, files=[app])
    refused(sealed(backup, about), again, "app.sqlite is missing")
    refused(sealed(backup, about, ("../x", b"1")), again, "where its manifest does not")
    refused(sealed(backup, about, ("app.sqlite", b"12")), again, "where its manifest does not")
    refused(sealed(backup, about, ("app.sqlite", b"1")), again, "is not what was put in it")


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ({"format": 99, "segmentry": "7.0"}, r"Segmentry 7\.0, which is newer.*Upgrade"),
        ({"schema": "9999", "segmentry": "7.0"}, r"Segmentry 7\.0.*9999.*Upgrade"),
        ({"files": []}, r"does not hold one app\.sqlite"),
        ({"as_of": "yesterday"}, "cannot be understood"),
        ({"members": [{"name": 1}]}, "cannot be understood"),
    ],
)
def test_manifests_that_are_refused(
    backup: Path, again: Path, others: dict[str, Any], why: str
) -> None:
    """OPS-07: a newer format or schema, and what cannot be understood."""
    refused(sealed(backup, ("manifest.json", manifest_with(backup, **others))), again, why)


def test_what_does_not_begin_with_a_manifest_is_refused(backup: Path, again: Path) -> None:
    """It is a backup of something else."""
    refused(sealed(backup, ("readme", b"hello")), again, "no backup of Segmentry")
    refused(sealed(backup, ("manifest.json", b"[")), again, "cannot be understood")


# -- where it is not restored to --------------------------------------------------------


def test_a_folder_with_anything_in_it_is_refused(backup: Path, made: Path, tmp_path: Path) -> None:
    """And left as it is."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    refused(backup, full, "is not empty")
    refused(backup, full / "notes.txt", "is no folder")
    refused(backup, made, "is a workspace already")
    assert [each.name for each in full.iterdir()] == ["notes.txt"]
    assert (full / "notes.txt").read_text() == "mine"
