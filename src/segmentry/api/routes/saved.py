"""A saved segment as answers have it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from segmentry.api.model import Model
from segmentry.membership.memberships import State
from segmentry.segments.segment import Segment
from segmentry.workspace import Workspace


class Members(Model):
    """The stored members of a segment: how many, true since when and until when by time
    alone. After a failed refresh all is of the last good version, and `error` says why."""

    state: Literal["current", "due", "failed", "archived"]
    version: int
    count: int
    as_of: datetime | None
    due_at: datetime | None
    failed_at: datetime | None
    error: str | None


class SavedSegment(Model):
    """A saved segment: what defines it, and who belongs."""

    id: int
    name: str
    query: str
    description: str
    preset: str | None
    goal: str
    strategy: str
    note: str
    owner: str
    folder: str
    tags: list[str]
    archived: bool
    version: int = Field(description="The number of its latest definition.")
    created_at: datetime
    archived_at: datetime | None
    fixed_at: datetime | None = Field(description="A snapshot's members are of this moment.")
    members: Members


def saved_segment(workspace: Workspace, segment: Segment) -> SavedSegment:
    """A segment with what is stored of its members."""
    return told(segment, workspace.memberships.state(segment.name, workspace.moment()))


def told(segment: Segment, state: State) -> SavedSegment:
    """A segment with its state."""
    named = {
        name: getattr(segment, name) for name in SavedSegment.model_fields if name != "members"
    }
    return SavedSegment(
        **named | {"tags": list(segment.tags)}, members=Members.model_validate(_facts(state))
    )


def _facts(state: State) -> dict[str, object]:
    return {name: getattr(state, name) for name in Members.model_fields}
