"""What uses a segment holds it, or is told that it is gone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

import segmentry as sg

from .test_definitions import race


def test_what_blocks_is_named_and_keeps_the_segment(shop: sg.Workspace) -> None:
    """C-08: a sending campaign, a segment that refers to it; once let go it can be deleted."""
    segments = shop.segments
    segments.add("A", "number_of_orders = 1")
    segments.add("R", "segments CONTAINS 'A'")
    segments.uses.register("a", "campaign", "Spring", "sending", blocking=True)
    segments.uses.register("A", "series", "Welcome", "draft", blocking=False)
    told = [(use.kind, use.name, use.state, use.blocking) for use in segments.uses.of("A")]
    assert told == [
        ("segment", "R", "", True),
        ("campaign", "Spring", "sending", True),
        ("series", "Welcome", "draft", False),
    ]
    with pytest.raises(sg.SegmentError) as caught:
        segments.delete("A")
    assert "the segment 'R', the campaign 'Spring' (sending)" in str(caught.value)
    assert "Welcome" not in str(caught.value)
    segments.delete("R")
    segments.uses.register("A", "campaign", "Spring", "finished", blocking=False)
    assert [use.name for use in segments.delete("A")] == ["Spring", "Welcome"]


def test_a_use_that_does_not_block_loses_its_segment_and_is_told(shop: sg.Workspace) -> None:
    """Until it names another one or is released."""
    segments = shop.segments
    segments.add("A", "number_of_orders = 1")
    segments.uses.register("A", "series", "Welcome", "paused", blocking=False)
    segments.delete("A")
    (lost,) = segments.uses.orphaned()
    assert (lost.name, lost.segment) == ("Welcome", None)
    segments.uses.release("series", "Welcome")
    assert segments.uses.orphaned() == ()


def test_a_use_may_be_of_several_segments(shop: sg.Workspace) -> None:
    """Released from one of them, or from all."""
    for name in ("A", "B"):
        shop.segments.add(name, "number_of_orders = 1")
        shop.segments.uses.register(name, "campaign", "Spring", blocking=True)
    shop.segments.uses.release("campaign", "Spring", "a")
    assert shop.segments.uses.of("A") == ()
    assert [use.segment for use in shop.segments.uses.of("B")] == ["B"]
    with pytest.raises(sg.SegmentError, match="There is no segment 'C'"):
        shop.segments.uses.register("C", "campaign", "Spring", blocking=True)
    with pytest.raises(sg.SegmentError, match="There is no segment 'C'"):
        shop.segments.uses.of("C")


def test_a_change_concerns_what_uses_what_depends_on_it(shop: sg.Workspace) -> None:
    """Through other segments, to the end."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.add("B", "segments CONTAINS 'A'")
    shop.segments.add("C", "segments CONTAINS 'B'")
    shop.segments.uses.register("C", "destination", "Ads", "live", blocking=True)
    assert [use.name for use in shop.segments.uses.affected("A")] == ["B", "C", "Ads"]


def test_applied_files_delete_nothing_that_is_used(shop: sg.Workspace) -> None:
    """Nothing at all is changed then."""
    shop.segments.add("A", "number_of_orders = 1")
    shop.segments.uses.register("A", "campaign", "Spring", "sending", blocking=True)
    with pytest.raises(sg.SegmentError, match="the campaign 'Spring'"):
        shop.segments.replace([])
    assert shop.segments.names == ("A",)


def test_of_a_deletion_and_a_use_at_once_one_wins(tmp_path: Path) -> None:
    """ENG-12: never a use that blocks without a segment, in 200 tries of two threads."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="UTC", currency="EUR").close()
    with sg.Workspace.open(folder) as one, sg.Workspace.open(folder) as two:
        uses = two.segments.uses
        for number in range(200):
            if "A" not in one.segments:
                one.segments.add("A", "number_of_orders = 1")
            use = partial(uses.register, "A", "campaign", f"C{number}", blocking=True)
            deleted, used = race(partial(one.segments.delete, "A"), use)
            assert deleted != used
            assert ("A" in two.segments) == used
            assert not uses.orphaned()
            uses.release("campaign", f"C{number}")
