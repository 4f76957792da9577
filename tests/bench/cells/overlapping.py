"""Segments laid over each other and beside the whole store, once their members are known."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from segmentry.engines.live import LiveEngine
from segmentry.insights.look import Look
from segmentry.insights.overlap import overlap
from segmentry.insights.profile import side_by_side
from segmentry.query.names import Names
from tests.bench.asking.plans import planned
from tests.bench.asking.segments import draw_segments
from tests.bench.copies import in_a_copy, repeated
from tests.bench.measuring import Cost, clocked
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_SEGMENTS = 500


def rows(settings: Settings) -> Iterator[Row]:
    """Every pair, every depth and who is only in one; then one segment beside all customers."""
    open_store(settings.size, settings.kept)
    found = measured_by("tests.bench.cells.overlapping", settings)
    for key, target in (
        (f"overlap of all pairs of {_SEGMENTS} segments", "3 s"),
        ("a segment beside the whole store, the first time", ""),
        ("a segment beside the whole store", "1 s at 100,000 customers"),
    ):
        yield Row(key, found[key].cost, target, found[key].runs)


def main() -> None:
    """Evaluate the segments, then compare them."""
    settings = Settings.read(sys.argv[1])
    engine = LiveEngine(open_store(settings.size, settings.kept), STORE)
    look = Look(AS_OF, engine.view(AS_OF), Names(), str)
    plans = planned(draw_segments("standard", _SEGMENTS, settings.size.customers))
    sets = {str(number): look.view.members(each) for number, each in enumerate(plans)}

    def overlapping() -> Cost:
        with clocked() as clock:
            overlap(look, sets)
        return clock.cost

    def beside() -> Cost:
        with clocked() as clock:
            side_by_side(look, {"0": sets["0"]}, lambda parameter: {})
        return clock.cost

    cost, runs = repeated(lambda: in_a_copy(overlapping), settings.repeats)
    report(Measured(f"overlap of all pairs of {_SEGMENTS} segments", cost, runs))
    report(Measured("a segment beside the whole store, the first time", beside()))
    cost, runs = repeated(beside, settings.repeats)
    report(Measured("a segment beside the whole store", cost, runs))


if __name__ == "__main__":
    main()
