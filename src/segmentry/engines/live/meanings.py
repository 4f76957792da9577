"""What the operands of tests mean at one moment, each worked out once."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from segmentry.engines.operands import Given, Resolver, Thresholds
from segmentry.query.bound import AttributeTest, FieldTest


class Meanings:
    """The operands of any test at a moment; `thresholds` are those of its day."""

    def __init__(self, as_of: datetime, zone: ZoneInfo, thresholds: Thresholds) -> None:
        self._resolver = Resolver(as_of, zone, thresholds)
        self._given: dict[AttributeTest | FieldTest, Given | None] = {}

    def given(self, test: AttributeTest | FieldTest) -> Given | None:
        """The operands of a test, or None where one of them is missing."""
        if test not in self._given:
            self._given[test] = self._resolver.given(test)
        return self._given[test]
