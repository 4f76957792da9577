"""Who belongs to a segment: members, one customer, why, history, sizes."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import AsOf, Id, Model, Moment, Text, moment
from segmentry.api.pages import Cursor, Limit, cursors
from segmentry.api.personal import refuse_personal
from segmentry.segments.segment import Segment
from segmentry.segments.upcoming import Upcoming
from segmentry.segments.why import Reason as Found
from segmentry.segments.why import Why, plain

router = APIRouter(tags=["members"])

Reads = Annotated[Who, may("segments:read")]
Sees = Annotated[Who, may("customers:read")]
Every = Literal["day", "week", "month"]


class Member(Model):
    """A member, when they leave if nothing happens, and the values that were asked for."""

    customer_id: str
    leaves_at: datetime | None
    stays_until: datetime | None = Field(
        description="Where it is not known when they leave: not before this moment."
    )
    fields: dict[str, Any]


class MemberPage(Model):
    """Some members in the order of their ids, of one moment on all pages."""

    as_of: datetime
    count: int
    members: list[Member]
    next: str | None


class Belonging(Model):
    """Whether a customer belongs, and until when if nothing happens."""

    customer_id: str
    as_of: datetime
    inside: bool
    next_change_at: datetime | None
    unchanged_until: datetime | None
    because: list[str]
    sentence: str


class Reason(Model):
    """One condition or group, whether it holds for the customer, and what it looked at."""

    kind: Literal["all", "any", "not", "condition"]
    text: str
    words: str
    holds: bool
    shown: str
    value: Any
    count: int | None
    records: list[dict[str, Any]]
    parts: list[Reason]


class Explanation(Model):
    """Why a customer belongs or not: condition by condition, since when, until when."""

    customer_id: str
    as_of: datetime
    inside: bool
    by_hand: Literal["included", "excluded"] | None
    since: datetime | None
    reason: Reason
    next: Belonging


class Change(Model):
    """A customer joined or left a segment; somebody who was erased has no id."""

    place: int
    segment: str
    customer_id: str | None
    change: Literal["joined", "left"]
    at: datetime
    recorded_at: datetime
    cause: str
    triggers: bool


class Turn(Model):
    """How many joined and left at one moment for one cause, and how many there were then."""

    at: datetime
    recorded_at: datetime
    cause: str
    triggers: bool
    joined: int
    left: int
    count: int


class Size(Model):
    """How many there were at the end of a day."""

    day: date
    as_of: datetime
    count: int
    customers: int


class SizesWanted(Model):
    """A query, and the days to count it on."""

    query: Text
    since: date
    until: date | None = None
    every: Every = "day"


class WhyWanted(Model):
    """A query and a customer."""

    query: Text
    customer: str = Field(max_length=1_000)
    as_of: Moment = None


Fields = Annotated[
    list[str], Query(max_length=50, description="Attributes to show; may be repeated.")
]
Since = Annotated[date, Query(description="The first day.")]
Until = Annotated[date | None, Query(description="The last day; today if none is given.")]


@router.get("/segments/{id}/members")
def list_members(
    request: Request,
    served: ServedNow,
    who: Sees,
    id: Id,
    fields: Fields = [],  # noqa: B006  read only
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MemberPage:
    """Members in the order of their ids, each with the moment at which they leave."""
    refuse_personal(who, fields)
    place = f"members {id}"
    with served.workspace(who.id) as workspace:
        segment = workspace.segments.by_id(id)
        at, offset = moment(as_of), 0
        if cursor:
            told, offset, last = cursors(request).read(place, cursor)
            at = datetime.fromisoformat(told)
            offset = _after(segment, at, offset, last)
        page = segment.page(offset, limit, as_of=at)
        rows = page.members.to_pylist()
        ids = [row["customer_id"] for row in rows]
        values = _values(segment, page.as_of, ids, fields)
    end = offset + len(rows)
    more = rows and end < page.count
    place_after = [page.as_of.isoformat(), end, ids[-1]] if more else None
    return MemberPage(
        as_of=page.as_of,
        count=page.count,
        members=[
            Member(
                customer_id=row["customer_id"],
                leaves_at=row["leaves_at"],
                stays_until=row["unknown_from"],
                fields=values.get(row["customer_id"], {}),
            )
            for row in rows
        ],
        next=cursors(request).make(place, place_after) if more else None,
    )


@router.get("/segments/{id}/members/{customer:path}")
def get_membership(
    served: ServedNow, who: Sees, id: Id, customer: str, as_of: AsOf = None
) -> Belonging:
    """Whether a customer belongs, and when that changes if nothing happens."""
    with served.workspace(who.id) as workspace:
        found = workspace.segments.by_id(id).next_change(customer, as_of=moment(as_of))
    return _belonging(found)


@router.get("/segments/{id}/why/{customer:path}")
def why_member(
    served: ServedNow, who: Sees, id: Id, customer: str, as_of: AsOf = None
) -> Explanation:
    """Why a customer belongs or not, condition by condition, with the values and records."""
    with served.workspace(who.id) as workspace:
        return _explanation(workspace.segments.by_id(id).why(customer, as_of=moment(as_of)))


@router.post("/why")
def why_query(served: ServedNow, who: Sees, asked: WhyWanted) -> Explanation:
    """Why a customer answers a query that is not saved, or does not, condition by condition."""
    with served.workspace(who.id) as workspace:
        found = workspace.why(asked.query, asked.customer, as_of=moment(asked.as_of))
        return _explanation(found)


@router.get("/segments/{id}/history")
def list_history(
    served: ServedNow,
    who: Sees,
    id: Id,
    customer: Annotated[str | None, Query(max_length=1_000)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
) -> list[Change]:
    """Who joined and left a segment, the latest first; of one customer or of all."""
    with served.workspace(who.id) as workspace:
        segment = workspace.segments.by_id(id)
        return _changes(segment.history(customer=customer, limit=limit).to_pylist())


@router.get("/segments/{id}/turns")
def list_turns(served: ServedNow, who: Reads, id: Id) -> list[Turn]:
    """How many joined and left a segment at each moment, the first one first."""
    with served.workspace(who.id) as workspace:
        found = workspace.turns(workspace.segments.by_id(id).name)
    return [Turn.model_validate({n: getattr(e, n) for n in Turn.model_fields}) for e in found]


@router.get("/segments/{id}/sizes")
def list_sizes(
    served: ServedNow, who: Reads, id: Id, since: Since, until: Until = None, every: Every = "day"
) -> list[Size]:
    """How many members a segment had on each day, by the facts known now."""
    with served.workspace(who.id) as workspace:
        found = workspace.segments.by_id(id).sizes(since, until, every)
    return _sizes(found.to_pylist())


@router.post("/sizes")
def sizes_of_query(served: ServedNow, who: Reads, asked: SizesWanted) -> list[Size]:
    """How many customers a query that is not saved was true for on each day."""
    with served.workspace(who.id) as workspace:
        found = workspace.sizes(asked.query, asked.since, asked.until, asked.every)
    return _sizes(found.to_pylist())


@router.get("/changes")
def list_changes(
    served: ServedNow,
    who: Sees,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> list[Change]:
    """Who joined and left any segment, in the order it was found, beyond a place."""
    with served.workspace(who.id) as workspace:
        return _changes(workspace.changes(after=after, limit=limit).to_pylist())


def _after(segment: Segment, at: datetime, offset: int, last: str) -> int:
    """Where the member after `last` stands. Facts that came meanwhile can have moved them."""
    if offset:
        before = segment.page(offset - 1, 1, as_of=at).members
        if before.num_rows and before["customer_id"][0].as_py() == last:
            return offset
    return bisect_right(segment.result(as_of=at).ids, last)


def _values(
    segment: Segment, at: datetime, ids: list[str], fields: list[str]
) -> dict[str, dict[str, Any]]:
    if not fields or not ids:
        return {}
    rows = segment.members(as_of=at, among=ids, fields=fields).to_pylist()
    return {row.pop("customer_id"): row for row in rows}


def _belonging(found: Upcoming) -> Belonging:
    return Belonging(
        customer_id=found.customer,
        as_of=found.as_of,
        inside=found.inside,
        next_change_at=found.at,
        unchanged_until=found.unknown_from,
        because=list(found.because),
        sentence=found.sentence,
    )


def _explanation(found: Why) -> Explanation:
    return Explanation(
        customer_id=found.customer,
        as_of=found.as_of,
        inside=found.inside,
        by_hand=found.by_hand,
        since=found.since,
        reason=_reason(found.reason),
        next=_belonging(found.next),
    )


def _reason(each: Found) -> Reason:
    return Reason(
        kind=each.kind,
        text=each.text,
        words=each.words,
        holds=each.holds,
        shown=each.shown,
        value=plain(each.value),
        count=each.count,
        records=[{name: plain(value) for name, value in one.items()} for one in each.records],
        parts=[_reason(one) for one in each.parts],
    )


def _changes(rows: list[dict[str, Any]]) -> list[Change]:
    return [Change.model_validate(row) for row in rows]


def _sizes(rows: list[dict[str, Any]]) -> list[Size]:
    return [
        Size(day=row["day"], as_of=row["as_of"], count=row["count"], customers=row["live"])
        for row in rows
    ]
