"""Saved segments, their names, their references and their files, from Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.exports.texts import csv_rows
from segmentry.segments.definition import Definition
from segmentry.segments.files import definition_text, export_definitions, read_definitions
from segmentry.segments.naming import free_name
from segmentry.segments.uses import depending, named, renamed

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def workspace() -> Iterator[sg.Workspace]:
    """An empty store, whose clock stands."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as workspace:
        yield workspace


def test_a_segment_is_made_at_the_moment_of_the_clock(workspace: sg.Workspace) -> None:
    """And so are its copies."""
    assert workspace.segments.add("A", "number_of_orders = 1").created_at == NOW
    assert workspace.segments.duplicate("A").created_at == NOW


@pytest.mark.parametrize("name", ["", "  \n ", "x" * 201, "a\x07b"])
def test_names_that_cannot_be(workspace: sg.Workspace, name: str) -> None:
    """Empty, endless and unprintable ones."""
    with pytest.raises(sg.SegmentError):
        workspace.segments.add(name, "number_of_orders = 1")


@pytest.mark.parametrize(
    ("name", "taken", "free"),
    [
        ("A", {"a"}, "A (2)"),
        ("A (2)", {"a", "a (2)"}, "A (3)"),
        ("A", {"a", "a (2)", "a (3)"}, "A (4)"),
        ("(2)", {"(2)"}, "(2) (2)"),
    ],
)
def test_free_names_count_on(name: str, taken: set[str], free: str) -> None:
    """A copy of a copy is numbered, not nested."""
    assert free_name(name, taken) == free


def test_a_query_that_cannot_be_answered_is_not_saved(workspace: sg.Workspace) -> None:
    """Nor is a reference to a segment that is not there."""
    for query in ("nothing = 1", "segments CONTAINS 'B'", "metafields.custom.size = 'L'"):
        with pytest.raises(sg.QueryError):
            workspace.segments.add("A", query)
    assert workspace.segments.names == ()


def test_a_change_that_breaks_another_segment_is_refused(workspace: sg.Workspace) -> None:
    """QRY-15: ten references deep is the limit, whichever end of the chain changes."""
    segments = workspace.segments
    segments.add("S0", "number_of_orders = 0")
    for number in range(1, 10):
        segments.add(f"S{number}", f"segments CONTAINS 'S{number - 1}'")
    segments.add("Base", "number_of_orders = 0")
    with pytest.raises(sg.SegmentError, match="would no longer work"):
        segments.edit("S0", "segments CONTAINS 'Base'")
    assert segments["S0"].query == "number_of_orders = 0"


def test_a_failed_change_leaves_everything(workspace: sg.Workspace) -> None:
    """Nothing of it is kept, and the next change works."""
    workspace.segments.add("A", "number_of_orders = 1")
    workspace.segments.add("B", "segments CONTAINS 'A'")
    with pytest.raises(sg.QueryError):
        workspace.segments.edit("A", "segments CONTAINS 'B'", description="new")
    wanted = [Definition("A", "number_of_orders = 1"), Definition("C", "nothing = 1")]
    with pytest.raises(sg.QueryError):
        workspace.segments.replace(wanted)
    assert [(s.name, s.description) for s in workspace.segments] == [("A", ""), ("B", "")]
    workspace.segments.edit("A", description=" new ")
    assert workspace.segments["a"].description == "new"


def test_rename_may_change_the_case_alone(workspace: sg.Workspace) -> None:
    """A name is not taken by itself."""
    workspace.segments.add("vip", "number_of_orders = 1")
    workspace.segments.add("Other", "segments CONTAINS ANY ('VIP') OR NOT segments CONTAINS 'vip'")
    workspace.segments.rename("vip", "VIP")
    assert workspace.segments["vip"].name == "VIP"
    with pytest.raises(sg.SegmentError, match=r"'other \(2\)'"):
        workspace.segments.rename("vip", "other")


def test_deleting_counts_no_question_for_all_segments(workspace: sg.Workspace) -> None:
    """`segments IS NULL` names nobody, so it keeps nobody."""
    workspace.segments.add("A", "number_of_orders = 1")
    workspace.segments.add("Loose", "segments IS NULL")
    workspace.segments.delete("A")
    assert workspace.segments.names == ("Loose",)


def test_references_are_found_wherever_they_stand() -> None:
    """In groups and negations, in any case; not in texts that are no references."""
    text = (
        "NOT (segments CONTAINS 'A ' OR number_of_orders = 1) "
        "AND (segments NOT CONTAINS ANY ('b', 'C') OR customer_tags CONTAINS 'd')"
    )
    assert named(text) == {"a", "b", "c"}
    assert named("this is no query") == frozenset()
    assert renamed(text, {"b": "It's"}) == (
        "NOT (segments CONTAINS 'A ' OR number_of_orders = 1) "
        r"AND (segments NOT CONTAINS ANY ('It\'s', 'C') OR customer_tags CONTAINS 'd')"
    )


def test_what_depends_is_followed_to_the_end() -> None:
    """Through other segments, and by asking for any segment at all."""
    texts = {
        "a": "number_of_orders = 1",
        "b": "segments CONTAINS 'a'",
        "c": "segments CONTAINS 'b'",
        "d": "segments IS NULL",
        "e": "number_of_orders = 2",
    }
    assert depending(["a"], texts) == {"b", "c", "d"}


# -- files ------------------------------------------------------------------------------

AWKWARD = [
    Definition('Quotes " and \\', "customer_tags CONTAINS 'a\"b'", 'Says "so"'),
    Definition("CON", "-- why\nnumber_of_orders = 1\nAND amount_spent > 2", preset="x"),
    Definition("../up", "number_of_orders = 1"),
    Definition("../Up!", "number_of_orders = 1"),
    Definition("日本", "number_of_orders = 1"),
    Definition("?", "number_of_orders = 1"),
]


def test_definitions_survive_their_files(tmp_path: Path) -> None:
    """Whatever is in names and texts, and whatever a file may be called."""
    done = export_definitions(AWKWARD, tmp_path)
    assert len({path.name.casefold() for path in done.written}) == len(AWKWARD)
    assert all(path.parent == tmp_path for path in done.written)
    assert {d.name: d for d in read_definitions(tmp_path)} == {d.name: d for d in AWKWARD}
    assert not export_definitions(AWKWARD, tmp_path).written


def test_a_segment_keeps_the_file_it_has(tmp_path: Path) -> None:
    """Also one that somebody called otherwise."""
    (tmp_path / "mine.toml").write_text(definition_text(Definition("A", "number_of_orders = 1")))
    export_definitions([Definition("a", "number_of_orders = 2")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]
    assert read_definitions(tmp_path) == [Definition("a", "number_of_orders = 2")]


def test_all_faults_of_a_folder_are_told_at_once(tmp_path: Path) -> None:
    """Each with its file."""
    (tmp_path / "a.toml").write_text("name = ")
    (tmp_path / "b.toml").write_text('name = "B"')
    (tmp_path / "c.toml").write_text('name = "C"\nquery = "x"\ncolour = "red"')
    (tmp_path / "d.toml").write_text('name = "C"\nquery = 5')
    (tmp_path / "e.toml").write_bytes(b'name = "\xff"')
    (tmp_path / "f.toml").write_text('name = "F"\nquery = "x"')
    (tmp_path / "g.toml").write_text('name = "f "\nquery = "x"')
    (tmp_path / "h.toml").write_text(f'name = "{"h" * 300}"\nquery = "x"')
    with pytest.raises(sg.SegmentError) as caught:
        read_definitions(tmp_path)
    said = str(caught.value).splitlines()
    assert [line[:6] for line in said] == [f"{letter}.toml" for letter in "abcdegh"]
    with pytest.raises(sg.SegmentError):
        read_definitions(tmp_path / "none")


# -- columns ----------------------------------------------------------------------------


def test_members_carry_values_of_every_type(workspace: sg.Workspace) -> None:
    """Money exact, lists sorted, what is missing empty."""
    workspace.load(
        {
            "customers": [
                {"customer_id": "1", "created_at": "2026-01-02T03:04:05"},
                {"customer_id": "2"},
            ],
            "customer_tags": [
                {"customer_id": "1", "tag": "b"},
                {"customer_id": "1", "tag": "a"},
            ],
            "orders": [
                {"order_id": n, "customer_id": "1", "ordered_at": f"2026-05-0{n}", "paid": paid}
                for n, paid in enumerate(("10", "10", "0.01"), start=1)
            ],
        },
        source="shop",
    )
    segment = workspace.segments.add("All", "number_of_orders >= 0")
    fields = ("average_order_value", "number_of_orders", "customer_added_date", "customer_tags")
    table = segment.members(fields=(*fields, "order_gap_ratio", "segments"))
    assert csv_rows(table).decode().splitlines() == [
        '1,6.6700,3,2026-01-02T03:04:05+00:00,"a, b",0.48333333333333334,All',
        "2,,0,,,,All",
    ]
    with pytest.raises(sg.UserError, match="amount_spent"):
        segment.members(fields=["total_spent"])
