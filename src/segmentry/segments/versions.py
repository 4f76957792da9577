"""Every definition that a segment has had: who changed it, when and how."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.base.errors import ConflictError, SegmentError
from segmentry.segments.definition import (
    TEXTS,
    Definition,
    Difference,
    as_json,
    differences,
    from_json,
)
from segmentry.segments.index import Index
from segmentry.segments.lists import read_lists
from segmentry.segments.uses import named, renamed
from segmentry.storage.app_db import Segment as Row
from segmentry.storage.app_db import SegmentVersion

_UNKNOWN = "somebody"


@dataclass(frozen=True, slots=True)
class Version:
    """What a segment was defined as from a moment on, and what differs from the version before.

    `included` and `excluded` are how many customers were listed by hand.
    """

    number: int
    at: datetime
    author: str
    action: str
    definition: Definition
    included: int
    excluded: int
    changes: tuple[Difference, ...]


def this_author() -> str:
    """Who changes segments from this process: SEGMENTRY_AUTHOR, else the user it runs as."""
    given = os.environ.get("SEGMENTRY_AUTHOR", "").strip()
    if given:
        return given
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # a container may run as a number without a name
        return _UNKNOWN


def definition_of(row: Row) -> Definition:
    """What a row defines."""
    texts = {name: getattr(row, name) for name in TEXTS}
    return Definition(
        row.name,
        row.query,
        preset=row.preset,
        tags=tuple(json.loads(row.tags)),
        archived=row.archived_at is not None,
        **texts,
    )


def record(
    session: Session, row: Row, index: Index, action: str, author: str, at: datetime
) -> None:
    """Write what a segment is defined as now as its next version."""
    row.version += 1
    included, excluded = read_lists(session, row.id)
    refers_to = {key: index.ids[key] for key in named(row.query) if key in index.ids}
    kept = as_json(definition_of(row)) | {
        "included": len(included),
        "excluded": len(excluded),
        "refers_to": refers_to,
    }
    session.add(
        SegmentVersion(
            segment_id=row.id,
            number=row.version,
            at=at,
            author=author,
            action=action,
            definition=json.dumps(kept, ensure_ascii=False),
        )
    )


def versions_of(session: Session, row: Row, index: Index) -> tuple[Version, ...]:
    """All versions, the first one first. A segment that was never changed since before there
    were versions has one, by nobody known."""
    wanted = select(SegmentVersion).filter_by(segment_id=row.id)
    kept = list(session.scalars(wanted.order_by(SegmentVersion.number)))
    if not kept:
        return (Version(1, row.created_at, "", "added", definition_of(row), 0, 0, ()),)
    found: list[Version] = []
    before: Mapping[str, Any] = {}
    for each in kept:
        now = _with_present_names(json.loads(each.definition), index)
        changes = differences(before, now) if before else ()
        found.append(
            Version(
                *(each.number, each.at, each.author, each.action),
                from_json(now),
                now["included"],
                now["excluded"],
                changes,
            )
        )
        before = now
    return tuple(found)


def _with_present_names(kept: dict[str, Any], index: Index) -> dict[str, Any]:
    """A kept definition that calls the segments it refers to as they are called now: a rename
    changes no version."""
    ids: dict[str, int] = kept.pop("refers_to")
    names = {key: index.name_of(id) for key, id in ids.items()}
    present = {key: name for key, name in names.items() if name is not None}
    return kept | {"query": renamed(kept["query"], present)}


def to_go_back_to(session: Session, row: Row, number: int, index: Index) -> Definition:
    """What a version defined, as it can be saved again. Refuses a number that there is not,
    and a version that refers to a segment which is gone."""
    found = {each.number: each for each in versions_of(session, row, index)}
    if number not in found:
        raise SegmentError(f"'{row.name}' has no version {number}; it has 1 to {max(found)}.")
    kept = session.get(SegmentVersion, (row.id, number))
    ids = json.loads(kept.definition)["refers_to"] if kept else {}
    gone = [key for key, id in ids.items() if index.name_of(id) is None]
    if gone:
        raise SegmentError(
            f"Version {number} of '{row.name}' refers to '{gone[0]}', which was deleted since."
        )
    return replace(found[number].definition)


def refuse_changed(session: Session, row: Row, expected: int, index: Index) -> None:
    """Refuse where a segment has another version than the one somebody went by, saying who
    changed it and how."""
    if row.version == expected:
        return
    found = {each.number: each for each in versions_of(session, row, index)}
    now, then = found[row.version], found.get(expected)
    if then is None:
        raise SegmentError(f"'{row.name}' has no version {expected}; it is at {row.version}.")
    old, new = as_json(then.definition), as_json(now.definition)
    differing = differences(
        old | {"included": then.included, "excluded": then.excluded},
        new | {"included": now.included, "excluded": now.excluded},
    )
    said = "; ".join(f"{d.entry}: {d.old or 'none'} -> {d.new or 'none'}" for d in differing)
    raise ConflictError(
        f"'{row.name}' is at version {now.number}, not {expected} any more ({now.action} by "
        f"{now.author} at {now.at:%Y-%m-%d %H:%M:%S} UTC). What differs: {said or 'nothing'}."
    )
