"""Segments and groups compared: overlap, parts of a whole, side by side, movement, health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import AsOf, Id, Model, Moment, Money, Number, moment
from segmentry.insights.groups import Grouping as Grouped
from segmentry.insights.profile import SideBySide
from segmentry.workspace import Workspace

router = APIRouter(tags=["insights"])

Reads = Annotated[Who, may("segments:read")]
Ids = Annotated[
    list[Id], Field(max_length=1_000, description="Numbers of segments; none for all active.")
]


class SegmentsWanted(Model):
    """Segments to be laid over each other."""

    segments: Ids = Field([])
    as_of: Moment = None


class PartitionWanted(Model):
    """Segments that should part all customers, or the members of another segment."""

    segments: Ids
    of: Id | None = None
    as_of: Moment = None


class Overlapping(Model):
    """One segment among those compared; `only` are in none of the others."""

    name: str
    members: int
    only: int


class Pair(Model):
    """How two segments overlap."""

    one: str
    other: str
    both: int
    either: int
    jaccard: Number | None


class Combination(Model):
    """Customers who are in just these of the segments."""

    segments: list[str]
    customers: int


class Overlap(Model):
    """What segments have in common."""

    as_of: datetime
    customers: int
    segments: list[Overlapping]
    pairs: list[Pair]
    in_exactly: list[int] = Field(description="How many are in none, one, two of them, ...")
    combinations: list[Combination]
    unanswered: list[str]


class PartOf(Model):
    """One of the parts."""

    name: str
    members: int


class InSeveral(Model):
    """A customer in several parts."""

    customer: str
    segments: list[str]


class Partition(Model):
    """Whether segments part a whole without gap and overlap, and who speaks against it."""

    as_of: datetime
    of: str | None
    whole: int
    parts: list[PartOf]
    none: int
    several: int
    outside: int
    exact: bool
    examples_of_none: list[str]
    examples_of_several: list[InSeveral]


class Profile(Model):
    """What is known of the members of a segment together."""

    name: str
    members: int
    share: Number | None
    buyers: int
    orders: int
    spent: Money
    mean_spent: Money | None
    median_spent: Money | None
    orders_per_customer: Number | None
    average_order_value: Money | None
    days_since_last_order: Number | None
    email_reachable: int
    sms_reachable: int


class Having(Model):
    """A value, and how many customers of each profile have it."""

    value: str
    label: str
    customers: list[int]


class Breakdown(Model):
    """How profiles part by one thing."""

    kind: str
    values: list[Having]


class Comparison(Model):
    """The whole store and segments, side by side."""

    as_of: datetime
    profiles: list[Profile]
    breakdowns: list[Breakdown]


class Group(Model):
    """One group of customers, and what they spent."""

    name: str
    meaning: str
    members: int
    spent: Money


class Grouping(Model):
    """Customers parted into groups."""

    as_of: datetime
    customers: int
    unplaced: int
    groups: list[Group]
    average_days_between_orders: Number
    average_measured: bool


class Movement(Model):
    """From each group to each: `counts[from][to]`, in the order of `names`."""

    attribute: str
    since: datetime
    until: datetime
    names: list[str]
    counts: list[list[int]]


class HealthWarning(Model):
    """Something amiss, the fact behind it, and what can be done."""

    kind: str
    segments: list[str]
    message: str
    advice: str
    number: int | None
    of: int | None
    since: datetime | None
    condition: str | None
    money: Money | None


class Health(Model):
    """What is amiss with the active segments."""

    as_of: datetime
    customers: int
    active: int
    warnings: list[HealthWarning]


@router.post("/overlap")
def overlap_segments(served: ServedNow, who: Reads, asked: SegmentsWanted) -> Overlap:
    """What segments have in common, exactly; of all active ones if none are named."""
    with served.workspace(who.id) as workspace:
        names = _names(workspace, asked.segments)
        found = workspace.segments.overlap(names, as_of=moment(asked.as_of))
    return Overlap(
        as_of=found.as_of,
        customers=found.live,
        segments=[Overlapping.model_validate(each) for each in found.segments],
        pairs=[Pair.model_validate(each) for each in found.pairs],
        in_exactly=list(found.in_exactly),
        combinations=[
            Combination(segments=list(each.segments), customers=each.customers)
            for each in found.combinations
        ],
        unanswered=list(found.unanswered),
    )


@router.post("/partition")
def check_partition(served: ServedNow, who: Reads, asked: PartitionWanted) -> Partition:
    """Whether segments part all customers, or those of another segment, without gap and
    overlap."""
    with served.workspace(who.id) as workspace:
        of = None if asked.of is None else workspace.segments.by_id(asked.of).name
        names = _names(workspace, asked.segments)
        found = workspace.segments.partition(names, of=of, as_of=moment(asked.as_of))
    shown = who.may("customers:read")
    return Partition(
        as_of=found.as_of,
        of=found.of,
        whole=found.whole,
        parts=[PartOf.model_validate(each) for each in found.parts],
        none=found.none,
        several=found.several,
        outside=found.outside,
        exact=found.holds,
        examples_of_none=list(found.examples_of_none) if shown else [],
        examples_of_several=[
            InSeveral(customer=each.customer, segments=list(each.segments))
            for each in found.examples_of_several
        ]
        if shown
        else [],
    )


@router.post("/compare")
def compare_segments(served: ServedNow, who: Reads, asked: SegmentsWanted) -> Comparison:
    """Segments side by side against the whole store."""
    with served.workspace(who.id) as workspace:
        names = _names(workspace, asked.segments)
        return _comparison(workspace.segments.compare(names, as_of=moment(asked.as_of)))


@router.get("/lifecycle")
def get_lifecycle(served: ServedNow, who: Reads, as_of: AsOf = None) -> Grouping:
    """The lifecycle stages, and what each spent."""
    with served.workspace(who.id) as workspace:
        return _grouping(workspace.lifecycle(as_of=moment(as_of)))


@router.get("/rfm")
def get_rfm(served: ServedNow, who: Reads, as_of: AsOf = None) -> Grouping:
    """The RFM groups, and what each spent."""
    with served.workspace(who.id) as workspace:
        return _grouping(workspace.rfm(as_of=moment(as_of)))


@router.get("/movement")
def get_movement(
    served: ServedNow,
    who: Reads,
    attribute: Literal["lifecycle_stage", "rfm_group"],
    since: Annotated[str, Query(max_length=40, description="The first moment.")],
    until: AsOf = None,
) -> Movement:
    """How customers moved between stages or groups from one moment to another."""
    first = moment(since)
    assert first is not None
    with served.workspace(who.id) as workspace:
        found = workspace.movement(attribute, first, moment(until))
    return Movement(
        attribute=found.attribute,
        since=found.since,
        until=found.until,
        names=list(found.names),
        counts=[list(row) for row in found.counts],
    )


@router.get("/segment-health")
def get_segment_health(served: ServedNow, who: Reads) -> Health:
    """What is amiss with the active segments now, each with the fact behind it."""
    with served.workspace(who.id) as workspace:
        found = workspace.health()
    return Health(
        as_of=found.as_of,
        customers=found.live,
        active=found.active,
        warnings=[
            HealthWarning.model_validate(
                {name: getattr(each, name) for name in HealthWarning.model_fields}
                | {"segments": list(each.segments)}
            )
            for each in found.warnings
        ],
    )


def _names(workspace: Workspace, ids: list[int]) -> list[str]:
    return [workspace.segments.by_id(id).name for id in ids]


def _comparison(found: SideBySide) -> Comparison:
    return Comparison(
        as_of=found.as_of,
        profiles=[Profile.model_validate(each) for each in found.profiles],
        breakdowns=[
            Breakdown(
                kind=each.kind,
                values=[
                    Having(value=one.value, label=one.label, customers=list(one.customers))
                    for one in each.values
                ],
            )
            for each in found.breakdowns
        ],
    )


def _grouping(found: Grouped) -> Grouping:
    return Grouping(
        as_of=found.as_of,
        customers=found.live,
        unplaced=found.unplaced,
        groups=[Group.model_validate(each) for each in found.groups],
        average_days_between_orders=float(found.average_gap.days),
        average_measured=found.average_gap.measured,
    )
