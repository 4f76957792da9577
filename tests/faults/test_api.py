"""That what an interface answers wrongly is found, and that asking ends in time."""

from __future__ import annotations

import pytest
import schemathesis
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from .asking import Asked, Known, Report, Seen, ask_all


class Thing(BaseModel):
    """What is asked about."""

    name: str


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/things/{id}", response_model=Thing)
    def get_thing(id: int) -> JSONResponse:
        return JSONResponse({"name": "hat"} if id != 7 else {"nom": "hat"})

    @app.delete("/things/{id}", status_code=204)
    def remove_thing(id: int) -> Response:
        return Response(status_code=500 if id == 7 else 204)

    @app.post("/things")
    def add_thing(thing: Thing) -> Thing:
        return thing

    return app


def _asked(ids: list[int], *, seconds: float) -> list[Seen]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", _app())
    known = Known({"name": ["cap"]}, {"/things/{id}": [{"id": each} for each in ids]})
    return list(ask_all(schema, Asked(known=known), examples=6, seconds=seconds))


# A client of an application in the same process warns of its own successor.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_every_operation_is_asked_with_data_that_fit_and_that_do_not() -> None:
    """API-01: what takes something away comes last, and nothing is wrong here."""
    seen = _asked([1, 2], seconds=60)
    assert [each.operation for each in seen] == [
        "GET /things/{id}",
        "POST /things",
        "DELETE /things/{id}",
    ]
    assert all({2, 4} == {status // 100 for status in each.statuses} for each in seen)
    assert "no answer was wrong" in str(Report(3, seen))


def test_a_broken_description_and_a_fault_are_found() -> None:
    """API-01: an answer that is not as described, and a 500."""
    seen = _asked([7], seconds=60)
    report = Report(3, seen)
    assert [each.operation for each in report.wrong] == ["GET /things/{id}", "DELETE /things/{id}"]
    assert report.statuses[500] >= 1
    assert "violates schema" in str(report)


def test_nothing_is_asked_once_time_is_up() -> None:
    """What was not come to is counted, and is no fault."""
    report = Report(3, _asked([7], seconds=0))
    assert str(report).startswith("0 of 3 operations")
    assert not report.wrong
