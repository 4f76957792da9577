"""Definitions that remember: what a segment is for, its versions, and conflicts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.segments.definition import Definition
from segmentry.segments.files import definition_text, export_definitions, read_definitions
from segmentry.storage.app_db import open_app_db
from tests.functional.golden import put_back

from .conftest import Clock

FULL = Definition(
    *("VIP", "number_of_orders > 1", "The best.", None),
    *('More of "them"', "A gift\nand a letter", "Be kind", "Ann", "Retention/2026"),
    tags=("2026", "Loyal"),
    archived=True,
)


# -- what it is for ---------------------------------------------------------------------


def test_a_segment_says_what_it_is_for(shop: sg.Workspace) -> None:
    """Texts are trimmed, tags are a set compared without case, folders are paths."""
    saved = shop.segments.add(
        *("VIP", "number_of_orders > 1"),
        goal=" More ",
        folder="/ Retention //2026/",
        tags=["b", "A", " a", "B "],
    )
    assert (saved.goal, saved.folder, saved.tags) == ("More", "Retention/2026", ("a", "B"))
    changed = shop.segments.edit("VIP", owner="Ann", tags=[])
    assert (changed.goal, changed.owner, changed.tags) == ("More", "Ann", ())


@pytest.mark.parametrize("tag", ["", "a,b", "x" * 51, "a\x07"])
def test_tags_that_cannot_be(shop: sg.Workspace, tag: str) -> None:
    """Empty, endless and unprintable ones, and those that would look like two."""
    with pytest.raises(sg.SegmentError, match="cannot be a tag"):
        shop.segments.add("A", "number_of_orders = 1", tags=[tag])


def test_details_that_there_are_not(shop: sg.Workspace) -> None:
    """One text is no list of tags, and an unknown detail is a fault of the program."""
    with pytest.raises(sg.SegmentError, match="as a list"):
        shop.segments.add("A", "number_of_orders = 1", tags="retention")
    with pytest.raises(TypeError, match="archived"):
        shop.segments.add("A", "number_of_orders = 1", archived=True)  # type: ignore[call-arg]  # what is refused


def test_segments_are_found_by_folder_tag_and_words(shop: sg.Workspace) -> None:
    """A folder has what is below it; a search looks into every text."""
    add = shop.segments.add
    add("A", "number_of_orders = 1", folder="Retention/2026", tags=["x"], goal="Win them back")
    add("B", "number_of_orders = 2", folder="Retention", note="Back soon")
    add("C", "number_of_orders = 3", folder="Retentions")

    def names(**wanted: object) -> list[str]:
        return [each.name for each in shop.segments.listed(**wanted)]  # type: ignore[arg-type]  # any option

    assert names(folder="retention") == ["A", "B"]
    assert names(folder="Retention/2026/") == ["A"]
    assert names(tag="X") == ["A"]
    assert names(search="BACK win") == ["A"]
    assert names(search="number_of_orders = 3") == ["C"]
    assert names(folder="") == []


def test_files_carry_all_of_a_definition(tmp_path: Path) -> None:
    """Whatever is in its texts; what no file may say is refused."""
    export_definitions([FULL], tmp_path)
    assert read_definitions(tmp_path) == [FULL]
    for line in ('tags = "x"', "tags = [1]", "archived = 1", "goal = 5", "members = 3"):
        (tmp_path / "vip.toml").write_text(f'name = "V"\nquery = "x"\n{line}\n')
        with pytest.raises(sg.SegmentError, match=line.split()[0]):
            read_definitions(tmp_path)


def test_applied_files_make_the_same_definitions(shop: sg.Workspace) -> None:
    """Also that a segment is put away."""
    shop.segments.replace([FULL])
    assert shop.segments["vip"].definition == FULL
    assert shop.segments.names == ()
    assert definition_text(shop.segments["VIP"].definition) == definition_text(FULL)


def test_a_preset_brings_its_strategy(shop: sg.Workspace) -> None:
    """One by one, and all at first."""
    assert shop.add_preset("repeat-customers").strategy
    assert all(segment.strategy for segment in shop.add_presets())


# -- versions ---------------------------------------------------------------------------


def actions(segment: sg.Workspace, name: str) -> list[tuple[int, str, str]]:
    """The number, author and action of every version."""
    return [(v.number, v.author, v.action) for v in segment.segments[name].versions()]


def test_every_change_is_a_version(shop: sg.Workspace, clock: Clock) -> None:
    """Who, when, how, and what differs; what changes nothing is none."""
    segments = shop.segments
    segments.add("A", "number_of_orders = 1")
    clock.go_on(hours=1)
    segments.by("bob").edit("A", "number_of_orders = 2", goal="More")
    segments.edit("A", "number_of_orders = 2")
    segments.rename("A", "B")
    segments.include("B", ["cid"])
    segments.archive("B")
    segments.archive("B")
    segments.restore("B")
    assert actions(shop, "B") == [
        (1, "ann", "added"),
        (2, "bob", "edited"),
        (3, "ann", "renamed"),
        (4, "ann", "included"),
        (5, "ann", "archived"),
        (6, "ann", "restored"),
    ]
    second = segments["B"].versions()[1]
    assert second.at == clock.now
    assert {(d.entry, d.old, d.new) for d in second.changes} == {
        ("query", "number_of_orders = 1", "number_of_orders = 2"),
        ("goal", "", "More"),
    }
    assert segments["B"].version == 6


def test_a_rename_is_a_version_of_what_refers_to_it(shop: sg.Workspace) -> None:
    """Its query is written otherwise, though it means the same."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.add("R", "segments CONTAINS 'A'")
    shop.segments.rename("A", "B")
    assert [v.action for v in shop.segments["R"].versions()] == ["added", "edited"]


def test_reverting_is_a_new_version(shop: sg.Workspace) -> None:
    """With the old name, query and details; who is listed by hand stays."""
    shop.segments.add("A", "number_of_orders = 1", goal="One")
    shop.segments.edit("A", "number_of_orders = 2", goal="Two")
    shop.segments.include("A", ["cid"])
    shop.segments.rename("A", "B")
    back = shop.segments.revert("B", 1)
    assert (back.name, back.query, back.goal) == ("A", "number_of_orders = 1", "One")
    assert back.version == 5
    assert back.lists().included == ("cid",)
    with pytest.raises(sg.SegmentError, match="1 to 5"):
        shop.segments.revert("A", 9)


def test_a_version_means_the_segments_it_meant(shop: sg.Workspace) -> None:
    """Those it referred to are followed when they are renamed, even if others have their names
    now; one that is gone cannot be gone back to."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.add("R", "segments CONTAINS 'A'")
    shop.segments.edit("R", "number_of_orders = 7")
    shop.segments.rename("A", "Old A")
    shop.segments.add("A", "number_of_orders = 9")
    assert shop.segments["R"].versions()[0].definition.query == "segments CONTAINS 'Old A'"
    assert shop.segments.revert("R", 1).query == "segments CONTAINS 'Old A'"
    shop.segments.edit("R", "number_of_orders = 7")
    shop.segments.delete("Old A")
    with pytest.raises(sg.SegmentError, match="deleted since"):
        shop.segments.revert("R", 1)


def test_reverting_refuses_what_cannot_be_answered(shop: sg.Workspace) -> None:
    """Here a circle; nothing is changed then."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.add("B", "segments CONTAINS 'A'")
    shop.segments.edit("B", "number_of_orders = 2")
    shop.segments.edit("A", "segments CONTAINS 'B'")
    with pytest.raises(sg.QueryError, match="in a circle"):
        shop.segments.revert("B", 1)
    assert shop.segments["B"].version == 2


def test_segments_from_before_there_were_versions(tmp_path: Path, clock: Clock) -> None:
    """A workspace is brought up to date; what was there is version 1, by nobody known."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="UTC", currency="EUR", clock=clock).close()
    path = folder / "app.sqlite"
    _down_to_0003(path)
    with sg.Workspace.open(folder, clock=clock, author="ann") as workspace:
        (first,) = workspace.segments["Old"].versions()
        assert (first.number, first.author, first.definition.query) == (1, "", "segments IS NULL")
        clock.go_on(days=1)
        edited = workspace.segments.edit("Old", goal="New", if_version=1)
        assert edited.version == 2
        assert [v.author for v in workspace.segments["old"].versions()] == ["", "ann"]


def _down_to_0003(path: Path) -> None:
    """Make a database as it was before this, with one segment."""
    put_back(path.parent, "0003")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO segments (name, name_key, query, description, created_at) "
            "VALUES ('Old', 'old', 'segments IS NULL', '', '2025-01-01 00:00:00.000000')"
        )
        connection.commit()
    open_app_db(path).dispose()


# -- conflicts --------------------------------------------------------------------------


def test_an_edit_of_what_somebody_else_changed_is_refused(shop: sg.Workspace) -> None:
    """ENG-11: the error names both versions, who changed it, and what differs."""
    segments = shop.segments
    segments.add("A", "number_of_orders = 1")
    segments.by("bob").edit("A", "number_of_orders = 2")
    with pytest.raises(sg.ConflictError) as caught:
        segments.edit("A", "number_of_orders = 3", if_version=1)
    for part in ("version 2, not 1", "by bob", "number_of_orders = 1 -> number_of_orders = 2"):
        assert part in str(caught.value)
    assert segments.edit("A", "number_of_orders = 3", if_version=2).version == 3
    with pytest.raises(sg.SegmentError, match="no version 8"):
        segments.edit("A", "number_of_orders = 3", if_version=8)


def test_of_two_edits_at_once_one_wins(tmp_path: Path) -> None:
    """ENG-11: two workspaces over one folder change the same version at the same instant; the
    other knows what was made of it at once."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="UTC", currency="EUR").close()
    with sg.Workspace.open(folder, author="a") as one, sg.Workspace.open(folder, author="b") as two:
        one.segments.add("A", "number_of_orders = 0")
        for number in range(1, 11):
            version = two.segments["A"].version
            asked = (one, f"number_of_orders = {number}"), (two, f"amount_spent = {number}")
            edits = [
                partial(each.segments.edit, "A", query, if_version=version) for each, query in asked
            ]
            won = race(*edits)
            assert won.count(True) == 1
            assert one.segments["A"].version == two.segments["A"].version == version + 1
        assert one.segments.saved_queries()["a"].text == two.segments.saved_queries()["a"].text


def race(*changes: Callable[[], object]) -> list[bool]:
    """Do all of these at the same instant; which of them were not refused."""
    start, won = threading.Barrier(len(changes)), [False] * len(changes)

    def run(place: int) -> None:
        start.wait()
        try:
            changes[place]()
        except sg.SegmentError:
            return
        won[place] = True

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(changes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


def test_a_taken_name_is_a_conflict(shop: sg.Workspace) -> None:
    """And a free one is proposed, also where an archived segment has it."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.archive("A")
    with pytest.raises(sg.ConflictError, match=r"'a \(2\)'"):
        shop.segments.add("a", "number_of_orders = 2")


# -- put away ---------------------------------------------------------------------------


def test_archived_segments_are_put_away_and_go_on_working(shop: sg.Workspace) -> None:
    """Not listed and not proposed; found by name, and referred to."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.add("R", "segments CONTAINS 'A'")
    shop.segments.archive("A")
    assert [each.name for each in shop.segments] == list(shop.segments.names) == ["R"]
    assert [each.name for each in shop.segments.listed(archived=True)] == ["A"]
    assert "a" in shop.segments
    assert shop.segments["R"].result().ids == ("bob",)
    assert "'A'" not in [each.text for each in shop.complete("segments CONTAINS ")]
    assert shop.segments.archive("A").archived_at == shop.segments["A"].archived_at
    with pytest.raises(sg.SegmentError, match="the segment 'R'"):
        shop.segments.delete("A")
    assert shop.segments.restore("A").archived_at is None
    assert len(shop.segments) == 2


# -- numbers ----------------------------------------------------------------------------


def test_the_number_of_a_segment_never_comes_again(tmp_path: Path) -> None:
    """Not after it was deleted, nor all were, nor in a workspace that an earlier version left;
    what is not kept takes none."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as shop:
        given = [shop.segments.add(name, "number_of_orders > 1").id for name in "AB"]
        for name in "BA":
            shop.segments.delete(name)
            given.append(shop.segments.add(f"{name} again", "number_of_orders > 1").id)
        with pytest.raises(sg.QueryError):
            shop.segments.add("C", "number_of_order > 1")
        for segment in list(shop.segments):
            shop.segments.delete(segment.name)
    assert given == [1, 2, 3, 4]
    with sg.Workspace.open(folder) as shop:
        assert shop.segments.add("C", "number_of_orders > 1").id == 5
    put_back(folder, "0010")
    with sg.Workspace.open(folder) as shop:
        assert shop.segments.add("D", "number_of_orders > 1").id == 6
