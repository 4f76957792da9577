"""The records behind an answer, and values of some customers: the same on both engines."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import cache

import pytest

from segmentry.engines.base import RecordValues
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.query.bind import bind
from segmentry.query.bound import RecordTest

from .crowds import make_crowd
from .stores import opened
from .test_engines_agree import Both

SIZE = 60


@cache
def both(seed: int) -> Both:
    """The engines over the crowd of a seed."""
    made = make_crowd(seed, SIZE)
    with opened(made) as workspace:
        return Both.over(workspace, made.as_of)


def _counted(records: list[RecordValues]) -> Counter[frozenset[tuple[str, object]]]:
    return Counter(frozenset(each.items()) for each in records)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@pytest.mark.parametrize("filtered", [True, False])
def test_records_of_every_function(name: str, *, filtered: bool) -> None:
    """With the filters of its example and, where it can do without, with none."""
    test = bind(FUNCTIONS[name].example).root
    assert isinstance(test, RecordTest)
    if not filtered and not any(each.field.given for each in test.filters):
        test = RecordTest(test.function, (), (), negated=False)
    engines = both(1)
    for moment in engines.moments:
        for customer in [*sorted(engines.reference.live(moment)), "made_up:nobody"]:
            expected = engines.reference.records(test, customer, moment)
            found = engines.live.records(test, customer, moment)
            assert _counted(found) == _counted(expected), f"{customer} at {moment}"


@pytest.mark.parametrize("name", sorted(set(ATTRIBUTES) - {"segments"}))
def test_values_of_some(name: str) -> None:
    """Those of all, of these alone; nothing of those who are not there."""
    attribute, engines = ATTRIBUTES[name], both(2)
    if attribute.predicted:
        return
    for moment in (engines.moments[0], engines.moments[0] - timedelta(days=60)):
        every = engines.reference.values(attribute, moment)
        some = [*sorted(every)[::7], "made_up:nobody", "made_up:c1"]
        expected = {key: value for key, value in every.items() if key in some}
        assert engines.live.values(attribute, moment, some) == expected
        assert engines.reference.values(attribute, moment, some) == expected
