"""Errors as HTTP has them: problem+json (RFC 9457), with a status for each kind.

The one place where a kind of error gets its status. What is a fault of ours is told without
its text, which stays in the log beside the request's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import Scope

from segmentry.base.errors import (
    BusyError,
    CodeNeeded,
    ConflictError,
    NoRoomError,
    NotAllowed,
    NotFoundError,
    NotSignedIn,
    QueryError,
    SecretError,
    UserError,
    WorkspaceError,
)
from segmentry.serving.log import log

MEDIA_TYPE = "application/problem+json"

_STATUSES: tuple[tuple[type[UserError], HTTPStatus, str], ...] = (
    (QueryError, HTTPStatus.UNPROCESSABLE_ENTITY, "query"),
    (CodeNeeded, HTTPStatus.UNAUTHORIZED, "code-needed"),
    (NotSignedIn, HTTPStatus.UNAUTHORIZED, "not-signed-in"),
    (NotAllowed, HTTPStatus.FORBIDDEN, "not-allowed"),
    (SecretError, HTTPStatus.SERVICE_UNAVAILABLE, "secrets"),
    (BusyError, HTTPStatus.TOO_MANY_REQUESTS, "busy"),
    (NotFoundError, HTTPStatus.NOT_FOUND, "not-found"),
    (ConflictError, HTTPStatus.CONFLICT, "conflict"),
    (NoRoomError, HTTPStatus.INSUFFICIENT_STORAGE, "no-room"),
    (WorkspaceError, HTTPStatus.SERVICE_UNAVAILABLE, "workspace"),
    (UserError, HTTPStatus.UNPROCESSABLE_ENTITY, "refused"),
)
"""The first that an error is, counts."""

_HOW = {"WWW-Authenticate": "Bearer"}
"""How somebody says who they are."""

_LATER = 30
"""So many seconds later a server that could not do its work may be asked again."""


class QueryProblem(BaseModel):
    """One thing wrong with a query; `start` and `end` are characters of its text."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    message: str
    start: int
    end: int
    line: int
    column: int
    suggestion: str | None
    severity: str


class InvalidField(BaseModel):
    """One thing wrong with what was sent: where, as a JSON pointer, and what."""

    pointer: str
    message: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(examples=["urn:segmentry:problem:query"])
    title: str
    status: int
    detail: str
    request_id: str
    query: str | None = None
    problems: list[QueryProblem] | None = None
    fields: list[InvalidField] | None = None
    retry_after: int | None = None


def status_of(error: UserError) -> tuple[HTTPStatus, str]:
    """The status of an error, and what kind of problem it is."""
    return next((status, kind) for of, status, kind in _STATUSES if isinstance(error, of))


def told_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a description has it that routes refuse with these statuses."""
    return {int(each): {"model": Problem, "content": {MEDIA_TYPE: {}}} for each in statuses}


class ApiError(Exception):
    """A refusal that only HTTP knows, such as a missing header."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        fields: list[InvalidField] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers = dict(headers or {})
        self.fields = fields


def tell_problems(app: FastAPI) -> None:
    """Have an app answer every error as a problem."""

    @app.exception_handler(UserError)
    def user_error(request: Request, error: UserError) -> JSONResponse:
        status, kind = status_of(error)
        more: dict[str, Any] = {}
        headers = {}
        if isinstance(error, QueryError):
            more = {"query": error.text, "problems": [asdict(each) for each in error.problems]}
        if isinstance(error, NotSignedIn):
            headers = _HOW
        if isinstance(error, BusyError):
            more = {"retry_after": error.retry_after}
            headers = {"Retry-After": str(error.retry_after)}
        elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            more, headers = {"retry_after": _LATER}, {"Retry-After": str(_LATER)}
        return _problem(request, status, kind, _without_folder(request, str(error)), more, headers)

    @app.exception_handler(ApiError)
    def refused(request: Request, error: ApiError) -> JSONResponse:
        more = {"fields": [each.model_dump() for each in error.fields]} if error.fields else {}
        return _problem(request, error.status, error.kind, error.detail, more, error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"pointer": _pointer(each["loc"]), "message": each["msg"]} for each in error.errors()
        ]
        unreadable = any(each["type"] == "json_invalid" for each in error.errors())
        status = HTTPStatus.BAD_REQUEST if unreadable else HTTPStatus.UNPROCESSABLE_ENTITY
        detail = "; ".join(f"{each['pointer']}: {each['message']}" for each in fields[:5])
        return _problem(request, status, "invalid", detail, {"fields": fields[:100]})

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        headers = dict(error.headers or {})
        return _problem(request, status, "http", str(error.detail), {}, headers)

    @app.exception_handler(Exception)
    def ours(request: Request, error: Exception) -> JSONResponse:
        log.error(
            "request failed",
            request_id=request_id(request),
            error=type(error).__name__,
            exc_info=error,
        )
        told = "This is a fault of Segmentry's. The log has more under this request's number."
        return _problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "fault", told, {})


def _without_folder(request: Request, told: str) -> str:
    """What is told of files, without where on the server they are."""
    folder = request.app.state.served.folder
    return told if folder is None else told.replace(f"{folder}/", "").replace(str(folder), "it")


def problem_answer(
    scope: Scope, status: HTTPStatus, kind: str, detail: str, *, close: bool = False
) -> JSONResponse:
    """A problem of a request that reaches no route; `close` ends its connection."""
    headers = {"Connection": "close"} if close else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers |= _HOW
    return _problem(Request(scope), status, kind, detail, {}, headers)


def _problem(
    request: Request,
    status: HTTPStatus,
    kind: str,
    detail: str,
    more: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content = {
        "type": f"urn:segmentry:problem:{kind}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "request_id": request_id(request),
        **more,
    }
    return JSONResponse(content, status.value, headers, media_type=MEDIA_TYPE)


def request_id(request: Request) -> str:
    """The number of a request, in its answer's headers, its problem and the log."""
    return str(getattr(request.state, "request_id", "unknown"))


def _pointer(where: tuple[int | str, ...]) -> str:
    """A place in the body or the parameters as a JSON pointer."""
    parts = (str(each).replace("~", "~0").replace("/", "~1") for each in where)
    return "/" + "/".join(parts)
