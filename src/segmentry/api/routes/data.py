"""Whole tables for notebooks: members and read-only SQL, as Arrow."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from fastapi import APIRouter, Response
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Id, Model, Moment, Text, moment
from segmentry.api.personal import refuse_personal
from segmentry.storage.read_only_sql import ask_sql

router = APIRouter(tags=["data"])

ARROW = "application/vnd.apache.arrow.stream"


class MembersWanted(Model):
    """Members of a query or a segment, with the attributes named."""

    query: Text | None = None
    segment: Id | None = None
    fields: list[str] = Field([], max_length=200)
    as_of: Moment = None


class SqlWanted(Model):
    """One SELECT over the tables of facts."""

    sql: str = Field(max_length=100_000, examples=["SELECT count(*) FROM orders"])


class _Arrow(Response):
    media_type = ARROW

    def render(self, content: pa.Table) -> bytes:
        """The table as a stream that Arrow reads everywhere."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, content.schema) as stream:
            stream.write_table(content)
        return bytes(sink.getvalue())


@router.post("/members.arrow", response_class=_Arrow)
def get_members_arrow(
    served: ServedNow, who: Annotated[Who, may("customers:read")], wanted: MembersWanted
) -> Response:
    """All members at a moment as one Arrow stream, which has the moment and the words in its
    metadata."""
    refuse_personal(who, wanted.fields)
    as_of = moment(wanted.as_of)
    with served.workspace(who.id) as workspace:
        if wanted.segment is not None:
            result = workspace.segments.by_id(wanted.segment).result(as_of=as_of)
        else:
            result = workspace.query(wanted.query or "", as_of=as_of)
        table = workspace.segments.table(result, wanted.fields)
    told = {"as_of": result.as_of.isoformat(), "sentence": result.sentence, "text": result.text}
    told |= {"live": str(result.live), "undated": ", ".join(result.undated)}
    return _Arrow(table.replace_schema_metadata(told))


@router.post("/sql", response_class=_Arrow)
def ask_facts(
    served: ServedNow, who: Annotated[Who, may("sql:read")], asked: SqlWanted
) -> Response:
    """What a SELECT over the facts gives, as Arrow. Nothing can be changed, and no file or
    address be read. Amounts are in ten-thousandths."""

    def read(name: str) -> pa.Table:
        with served.workspace(who.id) as workspace:
            return workspace.facts(name)

    return _Arrow(ask_sql(asked.sql, read))
