"""Somebody who is erased is found in no file of the workspace but the journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.storage.folder import ARCHIVE, COLUMNS, FACTS_DB
from segmentry.storage.numbers import customers_of, numbers_of

NAME, EMAIL, KEY = "Augusta Quillfeather", "augusta@example.com", "shop:augusta"
QUERY = "number_of_orders >= 1"


def _person(name: str, called: str) -> dict[str, list[dict[str, Any]]]:
    row = {"customer_id": name, "created_at": "2026-01-05T09:00:00", "name": called}
    address = {"email": f"{name}@example.com", "email_key": f"{name}@example.com"}
    order = {"order_id": len(name), "customer_id": name, "ordered_at": "2026-05-01"}
    return {
        "customers": [row | address],
        "orders": [order | {"paid": "49.90", "email_key": f"{name}@example.com"}],
        "customer_tags": [{"customer_id": name, "tag": f"friend of {called}"}],
    }


def _load(workspace: sg.Workspace, **records: list[dict[str, Any]]) -> None:
    workspace.load(records, source="shop")


def _erase(workspace: sg.Workspace, name: str) -> None:
    deletion = {"kind": "customer", "record_id": name, "deleted_at": "2026-06-01", "erased": True}
    _load(workspace, deletions=[deletion])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that was asked, with its columns saved and numbers for its customers."""
    folder = tmp_path / "shop's"
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as workspace:
        for name, called in (("augusta", NAME), ("ben", "Benedict"), ("cleo", "Cleopatra")):
            _load(workspace, **_person(name, called))
    with sg.Workspace.open(folder) as workspace:
        assert workspace.query(QUERY).ids == ("augusta", "ben", "cleo")
        with Session(workspace._stores.app) as session, session.begin():
            numbers_of(session, [KEY, "shop:ben", "shop:cleo"])
    return folder


def _found(folder: Path, word: str) -> set[str]:
    """The files that have a word, the journal left out."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder) for path in files if word.encode() in path.read_bytes()}
    return {path.parts[0] for path in names} - {ARCHIVE}


def _in_this_process(folder: Path) -> None:
    with sg.Workspace.open(folder) as workspace:
        workspace.query(QUERY)
        _erase(workspace, "augusta")
        assert workspace.query(QUERY).ids == ("ben", "cleo")


def _in_another_process(folder: Path) -> None:
    """The facts that were asked are not those that are changed, and nothing is asked after."""
    with sg.Workspace.open(folder) as workspace:
        _erase(workspace, "augusta")


def _by_a_merge(folder: Path) -> None:
    with sg.Workspace.open(folder) as workspace:
        _erase(workspace, "cleo")
        assert workspace.query(QUERY).ids == ("augusta", "ben")
    with sg.Workspace.open(folder) as workspace:
        workspace.query(QUERY)
        _load(workspace, customer_merges=[{"customer_id": "augusta", "merged_into": "cleo"}])
        assert workspace.query(QUERY).ids == ("ben",)


@pytest.mark.parametrize("erase", [_in_this_process, _in_another_process, _by_a_merge])
def test_an_erased_person_is_in_no_file(folder: Path, erase: Callable[[Path], None]) -> None:
    """However they came to be erased: name and address are nowhere, and the id only stays in
    the facts, in the list of whom not to take in again."""
    for word in (NAME, EMAIL):
        assert _found(folder, word) == {COLUMNS, FACTS_DB}
    assert _found(folder, KEY) == {COLUMNS, FACTS_DB, "app.sqlite"}
    erase(folder)
    assert _found(folder, NAME) == set()
    assert _found(folder, EMAIL) == set()
    assert _found(folder, KEY) <= {FACTS_DB}
    assert _found(folder, "Benedict"), "everybody else is still there"
    with sg.Workspace.open(folder) as workspace:
        assert "ben" in workspace.query(QUERY).ids
        with Session(workspace._stores.app) as session:
            left = customers_of(session, numbers_of(session, ["shop:ben"]))
            assert left == ["shop:ben"]


def test_nothing_is_left_while_the_workspace_is_open(folder: Path) -> None:
    """Not even in the files that databases keep beside themselves."""
    with sg.Workspace.open(folder) as workspace:
        workspace.query(QUERY)
        _erase(workspace, "augusta")
        for word in (NAME, EMAIL):
            assert _found(folder, word) == set()
        assert _found(folder, KEY) <= {FACTS_DB, f"{FACTS_DB}.wal"}


def test_what_was_made_before_is_not_gone_on_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is ended without being kept, and any of the facts may have changed."""
    closed: list[bool] = []
    with sg.Workspace.open(folder) as workspace:
        workspace.query(QUERY)
        engine, facts = workspace._engine, workspace._stores.facts
        before, position = facts.version, facts.position
        monkeypatch.setattr(engine, "close", lambda *, keep=True: closed.append(keep))
        _erase(workspace, "augusta")
        assert closed == [False]
        assert workspace._engine is not engine
        assert facts.version != before
        assert facts.touched_since(position) is None


def test_a_process_that_ended_too_soon_is_made_up_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the workspace is opened next."""
    with sg.Workspace.open(folder) as workspace, monkeypatch.context() as patch:
        patch.setattr(workspace._in_use, "go_on", lambda: None)
        _erase(workspace, "augusta")
    assert _found(folder, NAME) == {COLUMNS, FACTS_DB}
    sg.Workspace.open(folder).close()
    assert _found(folder, NAME) == set()


def test_a_guest_order_that_arrives_later_names_nobody(folder: Path) -> None:
    """What is said of an erased person afterwards is dropped, and in no file either."""
    _in_this_process(folder)
    with sg.Workspace.open(folder) as workspace:
        _load(workspace, **_person("augusta", NAME))
        assert workspace.query(QUERY).ids == ("ben", "cleo")
    assert _found(folder, NAME) == set()
    assert _found(folder, EMAIL) == set()
