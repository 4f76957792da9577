"""With 6,000 segments nothing costs more than with 100, but what looks at all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.query import bind
from segmentry.segments import uses
from segmentry.segments.index import KnownSegments
from segmentry.storage.app_db import Segment
from segmentry.storage.positions import SEGMENT, add_to
from segmentry.storage.segment_changes import note_change


@contextmanager
def store_with(segments: int) -> Iterator[sg.Workspace]:
    """An empty store with so many segments, of which one in ten refers to the one before."""
    with sg.Workspace.create(None, timezone="UTC", currency="EUR") as workspace:
        made = workspace.moment()
        with Session(workspace._stores.app) as session, session.begin():
            for n in range(segments):
                query = f"number_of_orders = {n}" if n % 10 else f"segments CONTAINS 's{n + 1}'"
                row = Segment(name=f"S{n}", name_key=f"s{n}", query=query, created_at=made)
                row.description, row.version = "", 0
                session.add(row)
            add_to(session.connection(), SEGMENT, segments)
            note_change(session)
        yield workspace


class Costs(Counter[str]):
    """How many statements are run, queries are read and times all segments are read."""

    def __init__(self, workspace: sg.Workspace, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        event.listen(workspace._stores.app, "before_cursor_execute", self._statement)
        for module, name in ((bind, "read"), (uses, "parse")):
            patch.setattr(module, name, self._counting(getattr(module, name), "queries read"))
        whole = KnownSegments._read
        patch.setattr(KnownSegments, "_read", self._counting(whole, "all segments read"))

    def _statement(self, *told: Any) -> None:
        self["statements"] += 1

    def _counting(self, asked: Callable[..., Any], what: str) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            self[what] += 1
            return asked(*given, **named)

        return counted

    def of(self, action: Callable[[], object]) -> dict[str, int]:
        """What one action costs."""
        self.clear()
        action()
        return dict(self)


def costs(segments: int) -> dict[str, dict[str, int]]:
    """What each action costs in a store with so many segments that was used before."""
    with store_with(segments) as workspace, pytest.MonkeyPatch.context() as patch:
        saved, found = workspace.segments, Costs(workspace, patch)
        uses.named.cache_clear()
        uses.asks_for_all.cache_clear()
        workspace.complete("segm")
        workspace.refresh()
        return {
            name: found.of(action)
            for name, action in {
                "query": lambda: workspace.query("number_of_orders > 1"),
                "reference": lambda: workspace.query("segments CONTAINS 'S9'"),
                "check": lambda: workspace.check("number_of_orders > 1"),
                "complete": lambda: workspace.complete("number_of"),
                "add": lambda: saved.add("New", "number_of_orders = 7"),
                "edit": lambda: saved.edit("S11", "number_of_orders = 8"),
                "rename": lambda: saved.rename("S11", "S11 anew"),
                "archive": lambda: saved.archive("New"),
                "uses": lambda: saved.uses.of("S11 anew"),
                "delete": lambda: saved.delete("New"),
                "query after all that": lambda: workspace.query("segments CONTAINS 'S10'"),
            }.items()
        }


def test_costs_do_not_grow_with_the_number_of_segments() -> None:
    """Statements and queries read are the same; all segments are never read again."""
    few, many = costs(100), costs(6_000)
    assert few == many
    assert not any("all segments read" in each for each in many.values())


def test_what_somebody_else_changed_is_read_again(tmp_path: Any) -> None:
    """Once, when it is next asked; what is changed besides segments is no reason."""
    folder = tmp_path / "shop"
    sg.Workspace.create(folder, timezone="UTC", currency="EUR").close()
    with (
        sg.Workspace.open(folder) as one,
        sg.Workspace.open(folder) as two,
        pytest.MonkeyPatch.context() as patch,
    ):
        two.segments.add("A", "number_of_orders = 1")
        assert one.segments.names == ("A",)
        found = Costs(one, patch)
        two.segments.edit("A", "number_of_orders = 2")
        assert found.of(lambda: one.segments["A"].result()).get("all segments read") == 1
        assert one.segments.saved_queries()["a"].text == "number_of_orders = 2"
        two.metafields.add("metafields.custom.size", "text")
        two.segments.uses.register("A", "campaign", "Spring", blocking=True)
        assert "all segments read" not in found.of(lambda: one.query("segments CONTAINS 'A'"))
        two.segments.rename("A", "B")
        one.segments.edit("B", goal="Own changes stand on those of others")
        assert one.segments.names == two.segments.names == ("B",)
        assert one.segments["B"].version == 4
