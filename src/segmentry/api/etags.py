"""Versions of things in headers, so that nobody overwrites what they have not seen."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header

from segmentry.api.problems import ApiError, told_problems
from segmentry.segments.segment import Segment

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The ETag of the version that is to be changed."),
]

REFUSED_OF_VERSIONS = told_problems(
    HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED
)
"""How a change is refused that goes by another version, or by none."""


def refuse_unseen(if_match: str | None, present: str) -> None:
    """Refuse a change by who names no version, or another than the present one."""
    if if_match is None:
        raise _missing()
    if if_match.strip().removeprefix("W/") != present:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            "if-match",
            "It was changed since you read it. Read it again.",
        )


def etag(segment: Segment) -> str:
    """The tag of a segment's present version."""
    return f'"{segment.id}-{segment.version}"'


def seen_version(segment: Segment, if_match: str | None) -> int:
    """The version that a change goes by. Refuses none, and one of another segment."""
    if if_match is None:
        raise _missing()
    id, _, version = if_match.strip().removeprefix("W/").strip('"').partition("-")
    if id != str(segment.id) or not version.isascii() or not version.isdigit():
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            "if-match",
            "If-Match is the ETag of no version of this segment. Read it again.",
        )
    return int(version)


def _missing() -> ApiError:
    return ApiError(
        HTTPStatus.PRECONDITION_REQUIRED,
        "if-match",
        "Say which version you change: send its ETag as If-Match.",
    )
