"""One customer: what is known of them, and where they belong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import AsOf, Model, moment

router = APIRouter(tags=["customers"])

Sees = Annotated[Who, may("customers:pii")]


class InSegment(Model):
    """A segment that a customer is in."""

    id: int
    name: str


class CustomerSegments(Model):
    """The segments that a customer is in at a moment."""

    customer_id: str
    as_of: datetime
    segments: list[InSegment]


class Known(Model):
    """All that is known of one person, and nothing of another."""

    customer: str
    as_of: datetime
    amounts: str
    segments: list[str]
    joined_and_left: list[dict[str, Any]]
    records: dict[str, list[dict[str, Any]]]


@router.get("/customers/{id:path}/segments")
def list_customer_segments(
    served: ServedNow, who: Annotated[Who, may("customers:read")], id: str, as_of: AsOf = None
) -> CustomerSegments:
    """The segments that a customer is in, now or at a past moment."""
    at = moment(as_of)
    with served.workspace(who.id) as workspace:
        workspace.refuse_nobody(id)
        found = [
            InSegment(id=each.id, name=each.name)
            for each in workspace.segments
            if each.result(as_of=at, among=[id]).count
        ]
        return CustomerSegments(customer_id=id, as_of=workspace.moment(at), segments=found)


@router.get("/customers/{id:path}")
def get_customer(served: ServedNow, who: Sees, id: str) -> Known:
    """Everything that is known of one person."""
    with served.workspace(who.id) as workspace:
        return Known.model_validate(workspace.everything_about(id))
