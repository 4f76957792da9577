"""Some members of a segment in order of their ids, each with when they leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.engines.base import Engine
from segmentry.plan.nodes import Plan

MOST_MEMBERS = 500
"""So many members at most are on a page."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of `count` members at a moment, from one place on in the order of their ids.

    `members` has a row for each: `customer_id`, `leaves_at`, the moment at which they leave if
    nothing happens but what is known already, and, where there is none, `unknown_from`: before
    that moment they do not leave. Both are missing of those who stay.
    """

    as_of: datetime
    count: int
    offset: int
    members: pa.Table


def page(
    engine: Engine,
    plan: Plan,
    as_of: datetime,
    offset: int,
    limit: int,
    shown: Callable[[str], str],
    zone: ZoneInfo,
) -> Page:
    """The members from a place on, at most so many. Refuses too many at once."""
    if offset < 0 or not 1 <= limit <= MOST_MEMBERS:
        raise UserError(
            f"A page has 1 to {MOST_MEMBERS} members and begins at 0 or later; "
            f"{limit} from {offset} on were asked for."
        )
    found = engine.page(plan, as_of, offset, limit)
    changes = engine.next_changes(plan, found.customers, as_of)
    moments = pa.timestamp("us", tz=zone.key)
    columns = {
        "customer_id": pa.array(map(shown, found.customers), pa.string()),
        "leaves_at": pa.array([changes[each].at for each in found.customers], moments),
        "unknown_from": pa.array([changes[each].unknown_from for each in found.customers], moments),
    }
    return Page(as_of, found.count, offset, pa.table(columns))
