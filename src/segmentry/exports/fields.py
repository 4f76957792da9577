"""Which attributes stand beside the members of a segment, and which did so last."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.text import text_key
from segmentry.engines.columns import ID
from segmentry.storage.app_db import ExportFields, Segment


def tidied(fields: Sequence[str]) -> tuple[str, ...]:
    """The names, each once; the id stands in every file."""
    return tuple(dict.fromkeys(each for each in fields if each != ID))


def last_used(app: Engine, segment: str) -> tuple[str, ...]:
    """The fields that a segment was last exported with; none where it never was."""
    with Session(app) as session:
        row = session.scalars(
            select(ExportFields)
            .join(Segment, Segment.id == ExportFields.segment_id)
            .where(Segment.name_key == text_key(segment))
        ).first()
        return () if row is None else tuple(json.loads(row.fields))


def remember(app: Engine, segment: str, fields: Sequence[str]) -> None:
    """Keep the fields for the segment's next export; without any nothing is kept."""
    with Session(app) as session, session.begin():
        of = session.scalars(select(Segment.id).filter_by(name_key=text_key(segment))).one()
        row = session.get(ExportFields, of)
        if row is not None:
            session.delete(row)
            session.flush()
        if fields:
            session.add(ExportFields(segment_id=of, fields=json.dumps(list(fields))))
