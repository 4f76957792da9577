"""The stored members of each segment by a hash, to be compared across copies of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Engine as AppDb
from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.membership.stored import StoredMembers
from segmentry.storage.app_db import Segment


@dataclass(frozen=True, slots=True)
class MembersThen:
    """Who was stored as a segment's members: how many, true at which moment by the facts of
    which import, and a hash of their numbers."""

    segment: str
    count: int
    as_of: str | None
    position: int
    sha256: str


def members_then(app: AppDb) -> tuple[MembersThen, ...]:
    """Those of every segment that has stored members, in the order they were made."""
    stored, found = StoredMembers(app), []
    with Session(app) as session:
        rows = session.connection().execute(select(Segment.id, Segment.name))
        names: dict[int, str] = dict(rows.all())
    for id, header in sorted(stored.headers().items()):
        numbers = stored.members(id).to_array()
        as_of = None if header.as_of is None else header.as_of.isoformat()
        hashed = sha256(numbers.tobytes()).hexdigest()
        found.append(MembersThen(names[id], header.count, as_of, header.facts.position, hashed))
    return tuple(found)
