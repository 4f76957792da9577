"""Settings for every test: how many examples the tests make up, and whether they are new.

`ci` makes up the same examples each time, so that a run says something about a change and
not about chance; `default`, the profile of `make fuzz`, looks for new ones, and for many more.
The heaviest tests take a share of `max_examples`, so that their number is chosen here alone.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.functional.sample_store import demo

__all__ = ["demo"]

_SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

settings.register_profile(
    "ci", derandomize=True, database=None, max_examples=24, deadline=None, print_blob=True
)
settings.register_profile(
    "default", max_examples=200, deadline=None, suppress_health_check=_SLOW_IS_FINE
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption(
        "--every-event",
        action="store_true",
        help="kill at every event of a step, not only at the first and the last of each kind",
    )
