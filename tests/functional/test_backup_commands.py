"""Backup, restore, verify and rebuild, as they are typed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

import segmentry as sg

from .command import run, run_here, well
from .killing import FIRST, SEGMENTS, SOURCE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that nothing is done to."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load(FIRST, source=SOURCE)
        for name, query in SEGMENTS.items():
            store.segments.add(name, query)
    return folder


@pytest.fixture
def shop(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "shop"))


def wrong(shop: Path) -> dict[str, str]:
    """What `verify` finds wrong, with what to do."""
    ended = run_here("-w", shop, "verify", "--json")
    problems = {f["what"]: f["problem"] for f in ended.json["checks"] if f["problem"]}
    assert ended.json["well"] == (not problems)
    assert ended.code == bool(problems)
    return problems


# -- backup and restore -----------------------------------------------------------------


def test_there_and_back(shop: Path, tmp_path: Path) -> None:
    """OPS-01: what is printed says from when it is and what it has; hashes are those of
    `verify`."""
    backup, again = tmp_path / "shop.tar", tmp_path / "again"
    said = well("-w", shop, "backup", backup).out
    assert said.startswith(f"Backed up to {backup}: 1 import(s), ")
    assert "secret" not in said, "there is none to keep apart"
    done = well("restore", backup, "--into", again, "--verify")
    assert f"Restored {again}: 1 import(s), 3 segment(s), as of " in done.out
    assert "ok members: Recent 0 members, " in " ".join(done.out.split())
    before, after = (well("-w", each, "verify").out.splitlines() for each in (shop, again))
    facts = [line for line in before if "facts: " in line]
    assert facts == [line for line in after if "facts: " in line]
    assert {line.split()[-1] for line in facts} <= set(done.out.split())
    assert run_here("restore", backup, "--into", again).code == 1


def test_the_key_is_spoken_of(shop: Path, tmp_path: Path) -> None:
    """Without it secrets cannot be read; with it the backup is as secret as they are."""
    (shop / "secret.key").write_text("secret")
    backup, again = tmp_path / "shop.tar", tmp_path / "again"
    assert "keep secret.key apart" in well("-w", shop, "backup", backup).out
    assert "put secret.key back" in well("restore", backup, "--into", again).out
    assert "whoever has this file" in well("-w", shop, "backup", backup, "--with-key").out
    well("restore", backup, "--into", tmp_path / "more")
    assert (tmp_path / "more" / "secret.key").read_text() == "secret"
    assert (tmp_path / "more" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_so_many_are_kept(shop: Path, tmp_path: Path) -> None:
    """As JSON too; a number that keeps none is wrong usage."""
    place = tmp_path / "backups"
    place.mkdir()
    old = place / "shop-2020-01-01T00-00-00Z.tar"
    old.touch()
    done = well("-w", shop, "backup", place, "--keep", "1", "--json").json
    assert done["pruned"] == [str(old)]
    assert [str(each) for each in place.iterdir()] == [done["path"]]
    assert (done["watermark"], done["with_facts"], done["with_key"]) == (1, False, False)
    assert run_here("-w", shop, "backup", place, "--keep", "0").code == 2


# -- while somebody uses it -------------------------------------------------------------


def test_a_workspace_in_use_is_backed_up_and_not_opened_twice(shop: Path, tmp_path: Path) -> None:
    """OPS-01, ING-32: another process makes a backup, and is refused everything that would
    need the facts; the first one does not notice."""
    with sg.Workspace.open(shop) as store:
        backup = tmp_path / "shop.tar"
        assert run("-w", shop, "backup", backup).code == 0
        second = run("-w", shop, "backup", tmp_path / "more.tar", "--with-facts")
        assert second.code == 1
        assert "facts.duckdb is in use by another process; only one can use" in second.err
        store.load({"customers": [{"customer_id": "new"}]}, source=SOURCE)
        assert store.live_count() == 5
        assert store.drift() == []
    with sg.Workspace.open(shop) as store:
        assert store.live_count() == 5


# -- verify -----------------------------------------------------------------------------


def test_a_good_workspace_is_verified(shop: Path) -> None:
    """Nothing is left beside it, and nothing in it is other than before."""
    before = {each.name for each in shop.iterdir()}
    assert wrong(shop) == {}
    assert {each.name for each in shop.iterdir()} - {"columns"} == before - {"columns"}
    assert "All is well." in well("-w", shop, "verify").out


def test_facts_that_are_not_what_was_imported(shop: Path) -> None:
    """They are told by table, and right after a rebuild."""
    with closing(duckdb.connect(str(shop / "facts.duckdb"))) as facts:
        facts.execute("UPDATE orders SET paid = paid + 1 WHERE order_id = 'shop:1'")
        facts.execute("DELETE FROM customer_tags")
    found = wrong(shop)
    assert {"facts: orders", "facts: customer_tags"} <= set(found)
    assert found["facts: orders"] == "Run `segmentry rebuild`."
    well("-w", shop, "rebuild")
    assert wrong(shop) == {}


def test_members_that_are_not_those_of_the_facts(shop: Path) -> None:
    """They are told by segment, and right after `refresh --mend`."""
    with closing(sqlite3.connect(shop / "app.sqlite")) as record:
        record.execute("UPDATE membership_changes SET joined = left WHERE joined_count > 1")
        record.commit()
    found = wrong(shop)
    assert found == {"members: Others": "Run `segmentry refresh --mend`."}
    well("-w", shop, "refresh", "--mend")
    assert wrong(shop) == {}


def test_files_that_are_damaged(shop: Path) -> None:
    """What is told of them is what `doctor` tells; more cannot be compared then."""
    archived = next((shop / "journal").iterdir())
    archived.write_bytes(archived.read_bytes()[:-1])
    assert set(wrong(shop)) == {"archive of imports"}
    with closing(sqlite3.connect(shop / "app.sqlite")) as record:
        record.execute("INSERT INTO import_files VALUES (99, 'orders', 'x', 1, 0)")
        record.commit()
    assert set(wrong(shop)) == {"app.sqlite"}


# -- rebuild ----------------------------------------------------------------------------


def test_old_facts_answer_until_the_new_ones_are_there(shop: Path) -> None:
    """ENG-06: when they are made, and only then, others have to let go of the workspace; what
    they imported before is in the new ones."""
    with sg.Workspace.open(shop) as store:
        version = store._stores.facts.version

        @contextmanager
        def alone() -> Iterator[None]:
            assert (shop / ".rebuild.unfinished" / "facts.duckdb").is_file()
            assert store.query("number_of_orders = 0").ids == ("cid",)
            store.load({"customers": [{"customer_id": "new"}]}, source=SOURCE)
            assert store._stores.facts.version == version
            yield
            assert store._stores.facts.version != version

        assert store.rebuild(alone()) == 2
        assert store.query("number_of_orders = 0").ids == ("cid", "new")
        assert store.drift() == []
        assert list(shop.glob("*.unfinished")) == []
