"""Saved segments: list, make, look at, change, put away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.etags import REFUSED_OF_VERSIONS, IfMatch, etag, seen_version
from segmentry.api.model import Id, Model, Moment, Text, moment
from segmentry.api.pages import Cursor, Limit, cursors
from segmentry.api.routes.saved import SavedSegment, saved_segment, told
from segmentry.segments.segment import Segment
from segmentry.segments.versions import Version as Kept
from segmentry.workspace import Workspace

router = APIRouter(tags=["segments"])

Reads = Annotated[Who, may("segments:read")]
Writes = Annotated[Who, may("segments:write")]
Short = Annotated[str, Field(max_length=10_000)]


class SegmentPage(Model):
    """Some of the segments, and where the next ones begin."""

    segments: list[SavedSegment]
    total: int
    next: str | None


class NewSegment(Model):
    """A segment to be saved."""

    name: str = Field(max_length=1_000)
    query: Text
    description: Short = ""
    goal: Short = ""
    strategy: Short = ""
    note: Short = ""
    owner: Short = ""
    folder: Short = ""
    tags: list[str] = Field([], max_length=100)


class SegmentChange(Model):
    """What is to be changed of a segment; what is not named stays."""

    name: str | None = Field(None, max_length=1_000)
    query: Text | None = None
    description: Short | None = None
    goal: Short | None = None
    strategy: Short | None = None
    note: Short | None = None
    owner: Short | None = None
    folder: Short | None = None
    tags: list[str] | None = Field(None, max_length=100)


class NewName(Model):
    """Another name, or none for a free one."""

    name: str | None = Field(None, max_length=1_000)


class VersionWanted(Model):
    """The version to go back to."""

    version: Id


class SnapshotWanted(Model):
    """A snapshot: its name, and as of when."""

    name: str | None = Field(None, max_length=1_000)
    as_of: Moment = None


class Difference(Model):
    """One entry before and after a change."""

    entry: str
    old: str
    new: str


class Version(Model):
    """What a segment has been defined as: since when, by whom, and what that changed."""

    number: int
    at: datetime
    author: str
    action: str
    name: str
    query: str
    changes: list[Difference]


class Use(Model):
    """What else uses a segment; one that blocks keeps it from being deleted."""

    kind: str
    name: str
    state: str
    blocking: bool
    used_at: datetime


class Deleted(Model):
    """What used the segment that was deleted, and now has none."""

    orphaned: list[Use]


class PreviewOfChange(Model):
    """A query that a segment might have instead."""

    query: Text
    as_of: Moment = None


class Turnover(Model):
    """Who would join and leave, the first few of them, and what uses the segment."""

    before: int
    after: int
    joined: int
    left: int
    joining: list[str]
    leaving: list[str]
    uses: list[Use]


class Lists(Model):
    """Who is put in and kept out by hand."""

    included: list[str]
    excluded: list[str]


class ListChangeWanted(Model):
    """Customers to put in, keep out, or list no more, by id or e-mail address."""

    action: Literal["include", "exclude", "unlist"]
    customers: list[str] = Field(max_length=100_000)
    skip_unknown: bool = False


class ListChange(Model):
    """How many were listed or unlisted, and how many are listed now."""

    changed: int
    included: int
    excluded: int
    unknown: list[str]


@router.get("/segments")
def list_segments(
    request: Request,
    served: ServedNow,
    who: Reads,
    search: Annotated[str, Query(max_length=200)] = "",
    folder: Annotated[str | None, Query(max_length=200)] = None,
    tag: Annotated[str | None, Query(max_length=50)] = None,
    archived: bool = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SegmentPage:
    """The segments in the order they were made, with their counts as they are stored."""
    place = f"segments {search} {folder} {tag} {archived}"
    after = cursors(request).read(place, cursor) if cursor else 0
    with served.workspace(who.id) as workspace:
        found = workspace.segments.listed(search=search, folder=folder, tag=tag, archived=archived)
        page = [each for each in found if each.id > after][:limit]
        states = {each.segment: each for each in workspace.memberships.states(workspace.moment())}
        segments = [told(each, states[each.name]) for each in page]
    more = bool(page) and page[-1].id != found[-1].id
    next = cursors(request).make(place, page[-1].id) if more else None
    return SegmentPage(segments=segments, total=len(found), next=next)


@router.post("/segments", status_code=201)
def add_segment(
    served: ServedNow, who: Writes, response: Response, wanted: NewSegment
) -> SavedSegment:
    """Save a segment. Refuses a name that is taken, in any case, and a query that cannot be
    answered."""
    details = wanted.model_dump(exclude={"name", "query"})
    with served.workspace(who.id, changes=True) as workspace:
        added = workspace.segments.by(who.name).add(wanted.name, wanted.query, **details)
        return _answer(workspace, added, response)


@router.get("/segments/{id}")
def get_segment(served: ServedNow, who: Reads, id: Id, response: Response) -> SavedSegment:
    """A segment with its ETag, by which it can be changed."""
    with served.workspace(who.id) as workspace:
        return _answer(workspace, workspace.segments.by_id(id), response)


@router.patch("/segments/{id}", responses=REFUSED_OF_VERSIONS)
def change_segment(
    served: ServedNow,
    who: Writes,
    id: Id,
    response: Response,
    change: SegmentChange,
    if_match: IfMatch = None,
) -> SavedSegment:
    """Change a segment that nobody else has changed meanwhile; a rename also changes the
    queries that refer to it."""
    wanted = change.model_dump(exclude_none=True)
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        segment = segments.by_id(id)
        version = seen_version(segment, if_match)
        name = wanted.pop("name", None)
        if wanted or name is None:
            segment = segments.edit(segment.name, if_version=version, **wanted)
            version = segment.version
        if name is not None:
            segment = segments.rename(segment.name, name, if_version=version)
        return _answer(workspace, segment, response)


@router.delete("/segments/{id}", responses=REFUSED_OF_VERSIONS)
def delete_segment(served: ServedNow, who: Writes, id: Id, if_match: IfMatch = None) -> Deleted:
    """Delete a segment. Refuses while another segment refers to it or a use blocks."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        segment = segments.by_id(id)
        gone = segments.delete(segment.name, if_version=seen_version(segment, if_match))
    return Deleted(orphaned=[Use.model_validate(_use(each)) for each in gone])


@router.post("/segments/{id}/duplicate", status_code=201)
def duplicate_segment(
    served: ServedNow, who: Writes, id: Id, response: Response, wanted: NewName
) -> SavedSegment:
    """Save a segment once more with those it lists, as `Name (2)` unless another is given."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        return _answer(
            workspace, segments.duplicate(segments.by_id(id).name, wanted.name), response
        )


@router.post("/segments/{id}/archive")
def archive_segment(served: ServedNow, who: Writes, id: Id, response: Response) -> SavedSegment:
    """Put a segment away: it keeps its name, and what refers to it goes on working."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        return _answer(workspace, segments.archive(segments.by_id(id).name), response)


@router.post("/segments/{id}/restore")
def restore_segment(served: ServedNow, who: Writes, id: Id, response: Response) -> SavedSegment:
    """Take a segment back from where it was put away."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        return _answer(workspace, segments.restore(segments.by_id(id).name), response)


@router.post("/segments/{id}/revert")
def revert_segment(
    served: ServedNow, who: Writes, id: Id, response: Response, wanted: VersionWanted
) -> SavedSegment:
    """Make a segment what one of its versions defined; that is a new version."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        reverted = segments.revert(segments.by_id(id).name, wanted.version)
        return _answer(workspace, reverted, response)


@router.post("/segments/{id}/snapshot", status_code=201)
def snapshot_segment(
    served: ServedNow, who: Writes, id: Id, response: Response, wanted: SnapshotWanted
) -> SavedSegment:
    """Save the members at a moment as a segment that stays so whatever happens."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        name = segments.by_id(id).name
        taken = segments.snapshot(name, wanted.name, as_of=moment(wanted.as_of))
        return _answer(workspace, taken, response)


@router.get("/segments/{id}/versions")
def list_versions(served: ServedNow, who: Reads, id: Id) -> list[Version]:
    """What a segment has been defined as, the first version first."""
    with served.workspace(who.id) as workspace:
        return [_version(each) for each in workspace.segments.by_id(id).versions()]


@router.get("/segments/{id}/uses")
def list_uses(served: ServedNow, who: Reads, id: Id) -> list[Use]:
    """What uses a segment: other segments, and whatever else was registered."""
    with served.workspace(who.id) as workspace:
        return _uses(workspace, workspace.segments.by_id(id).name)


@router.post("/segments/{id}/preview")
def preview_change(served: ServedNow, who: Reads, id: Id, asked: PreviewOfChange) -> Turnover:
    """Who would join and leave if a segment had another query. Changes nothing."""
    with served.workspace(who.id) as workspace:
        name = workspace.segments.by_id(id).name
        found = workspace.segments.preview(name, asked.query, as_of=moment(asked.as_of))
        uses = _uses(workspace, name)
    shown = who.may("customers:read")
    return Turnover(
        before=found.before,
        after=found.after,
        joined=found.joined,
        left=found.left,
        joining=list(found.joining) if shown else [],
        leaving=list(found.leaving) if shown else [],
        uses=uses,
    )


@router.get("/segments/{id}/lists")
def get_lists(served: ServedNow, who: Annotated[Who, may("customers:read")], id: Id) -> Lists:
    """Who is put into a segment and kept out of it by hand."""
    with served.workspace(who.id) as workspace:
        found = workspace.segments.by_id(id).lists()
    return Lists(included=list(found.included), excluded=list(found.excluded))


@router.post("/segments/{id}/lists")
def change_lists(served: ServedNow, who: Writes, id: Id, wanted: ListChangeWanted) -> ListChange:
    """Put customers in, keep them out, or list them no more."""
    with served.workspace(who.id, changes=True) as workspace:
        segments = workspace.segments.by(who.name)
        list = {
            "include": segments.include,
            "exclude": segments.exclude,
            "unlist": segments.unlist,
        }[wanted.action]
        name = segments.by_id(id).name
        done = list(name, wanted.customers, skip_unknown=wanted.skip_unknown)
    return ListChange.model_validate(
        {
            "changed": done.changed,
            "included": done.included,
            "excluded": done.excluded,
            "unknown": [*done.unknown],
        }
    )


def _answer(workspace: Workspace, segment: Segment, response: Response) -> SavedSegment:
    response.headers["ETag"] = etag(segment)
    return saved_segment(workspace, segment)


def _version(each: Kept) -> Version:
    return Version(
        number=each.number,
        at=each.at,
        author=each.author,
        action=each.action,
        name=each.definition.name,
        query=each.definition.query,
        changes=[Difference.model_validate(one) for one in each.changes],
    )


def _uses(workspace: Workspace, name: str) -> list[Use]:
    return [Use.model_validate(_use(each)) for each in workspace.segments.uses.of(name)]


def _use(each: object) -> dict[str, object]:
    return {name: getattr(each, name) for name in Use.model_fields}
