"""One customer: what is known of them, and where they belong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

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


class ErasureWanted(Model):
    """Why somebody is to be erased, and when they asked for it; no word that names them."""

    reason: str = Field("", max_length=200)
    requested_at: AwareDatetime | None = None


class Erasure(Model):
    """That somebody was erased: a certificate that names nobody."""

    certificate: str
    erased_at: datetime
    reason: str
    requested_at: datetime | None


@router.post("/customers/{id:path}/erase")
def erase_customer(
    served: ServedNow,
    who: Annotated[Who, may("customers:erase")],
    id: str,
    wanted: ErasureWanted,
) -> Erasure:
    """Erase a person from every file of the workspace; of them only hashes are kept, by which
    what arrives about them later is dropped."""
    with served.workspace(who.id, changes=True) as workspace:
        done = workspace.erase(id, reason=wanted.reason, requested_at=wanted.requested_at)
    return Erasure.model_validate({name: getattr(done, name) for name in Erasure.model_fields})


@router.get("/erasures")
def list_erasures(served: ServedNow, who: Annotated[Who, may("customers:erase")]) -> list[Erasure]:
    """The certificates of all erasures."""
    with served.workspace(who.id) as workspace:
        return [
            Erasure.model_validate({name: getattr(each, name) for name in Erasure.model_fields})
            for each in workspace.erasures()
        ]


@router.get("/customers/{id:path}")
def get_customer(served: ServedNow, who: Sees, id: str) -> Known:
    """Everything that is known of one person."""
    with served.workspace(who.id) as workspace:
        return Known.model_validate(workspace.everything_about(id))
