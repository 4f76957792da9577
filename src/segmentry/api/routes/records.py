"""Live records: acknowledged once they are on disk, visible shortly after."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Model
from segmentry.api.problems import ApiError
from segmentry.base.errors import BatchError

router = APIRouter(tags=["records"])

Writes = Annotated[Who, may("records:write")]
Looks = Annotated[Who, may("imports:read")]


class Message(Model):
    """Records of one happening, taken whole or not at all.

    `message_id` is remembered for 90 days: the same again changes nothing, and other content
    under the same id is refused. `at` is when the source last changed the records: of two that
    tell of one record the later one holds, in whichever order they come.
    """

    message_id: str | None = Field(None, max_length=1_000)
    at: str | None = Field(None, examples=["2024-03-01T12:00:00Z"])
    records: dict[str, list[dict[str, Any]]] = Field(
        description="Tables of records.",
        examples=[
            {
                "orders": [
                    {
                        "order_id": "1001",
                        "customer_id": "7",
                        "ordered_at": "2024-03-01T12:00:00Z",
                        "paid": "49.90",
                    }
                ]
            }
        ],
    )


class Batch(Model):
    """Messages of one source of records, such as a shop."""

    source: str = Field("shop", max_length=40)
    messages: list[Message] = Field(max_length=10_000)


class Refusal(Model):
    """Why a message was refused, and where in the batch the reason stands."""

    code: str
    message: str
    pointer: str


class Receipt(Model):
    """What became of one message: it is on disk; it was known already; or it was refused."""

    index: int
    message_id: str | None
    status: Literal["accepted", "duplicate", "refused"]
    position: int | None
    problem: Refusal | None


class Receipts(Model):
    """What became of a batch. All is visible once `position` is applied."""

    accepted: int
    duplicate: int
    refused: int
    position: int
    receipts: list[Receipt]


class RecordState(Model):
    """How far the journal is applied."""

    waiting: int
    position: int


@router.post(
    "/records",
    status_code=202,
    response_model=Receipts,
    responses={207: {"model": Receipts}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}},
        }
    },
)
async def post_records(served: ServedNow, who: Writes, request: Request) -> Response:
    """Have messages taken: each for itself. 202 says that all are on disk or were before, 207
    that some were refused."""
    body = await request.body()
    try:
        taken = await run_in_threadpool(served.accept, body, None)
    except BatchError as error:
        status = (
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            if error.code == "too_large"
            else HTTPStatus.BAD_REQUEST
        )
        raise ApiError(status, error.code.replace("_", "-"), str(error)) from error
    receipts = Receipts(
        accepted=taken.count("accepted"),
        duplicate=taken.count("duplicate"),
        refused=taken.count("refused"),
        position=taken.position,
        receipts=[_receipt(asdict(each)) for each in taken.receipts],
    )
    status = HTTPStatus.MULTI_STATUS if receipts.refused else HTTPStatus.ACCEPTED
    return Response(receipts.model_dump_json(), status, media_type="application/json")


@router.get("/records")
def get_record_state(served: ServedNow, who: Looks) -> RecordState:
    """How many accepted messages are not visible yet, and up to which place all are."""
    with served.workspace(who.id) as workspace:
        return RecordState(waiting=workspace.waiting(), position=workspace.applied_position())


def _receipt(told: dict[str, Any]) -> Receipt:
    return Receipt.model_validate(told)
