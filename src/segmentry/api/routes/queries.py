"""Questions that are not saved: check, complete, count, explain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Model, Moment, Text, moment
from segmentry.api.problems import QueryProblem
from segmentry.base.errors import Problem
from segmentry.plan.explain import Explained
from segmentry.query import tree_json
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.segments.checked import Checked

router = APIRouter(tags=["queries"])

Reads = Annotated[Who, may("segments:read")]


class QueryText(Model):
    """A query to be looked at."""

    query: Text
    as_of: Moment = None


class CheckedQuery(Model):
    """A query that can be answered: its one written form, its meaning, remarks on it."""

    query: str
    sentence: str
    tree: dict[str, Any] = Field(description="The same as groups and conditions.")
    notes: list[QueryProblem]
    warnings: list[QueryProblem]
    portable: bool
    portability: list[QueryProblem]


class QueryTree(Model):
    """A query as groups and conditions, as `check` gives it."""

    tree: dict[str, Any]


class QueryWritten(Model):
    """A query in its one written form."""

    query: str


class Completing(Model):
    """A text and the place in it that is typed at, its end if none is given."""

    text: Text
    cursor: int | None = Field(None, ge=0)


class Suggestion(Model):
    """`text` to put in place of the characters from start to end."""

    text: str
    kind: str
    detail: str
    start: int
    end: int


class PreviewWanted(Model):
    """A query to be answered: as of when, counted part by part or not, with how many members."""

    query: Text
    as_of: Moment = None
    parts: bool = Field(False, description="Count each condition and group by itself.")
    sample: int = Field(0, ge=0, le=100, description="So many members' ids.")


class Part(Model):
    """One condition or group, and how many it alone is true for."""

    kind: Literal["all", "any", "not", "condition"]
    text: str
    words: str
    count: int
    parts: list[Part]


class Preview(Model):
    """How many customers a query is true for at a moment, of how many."""

    query: str
    sentence: str
    as_of: datetime
    count: int
    customers: int
    share: float | None
    undated: list[str] = Field(description="Known of a past moment only as it is today.")
    warnings: list[QueryProblem]
    parts: Part | None
    sample: list[str]


@router.post("/check")
def check_query(served: ServedNow, who: Reads, asked: QueryText) -> CheckedQuery:
    """What a query means, or everything that is wrong with it."""
    with served.workspace(who.id) as workspace:
        checked = workspace.check(asked.query, as_of=moment(asked.as_of))
    return _checked(checked)


@router.post("/print")
def print_tree(who: Reads, asked: QueryTree) -> QueryWritten:
    """The text of a query given as groups and conditions."""
    return QueryWritten(query=print_query(tree_json.from_json(asked.tree)))


@router.post("/complete")
def complete_query(served: ServedNow, who: Reads, asked: Completing) -> list[Suggestion]:
    """What could be written at a place in a query, best first; takes unfinished ones too."""
    with served.workspace(who.id) as workspace:
        found = workspace.complete(asked.text, asked.cursor)
    return [
        Suggestion(
            text=each.text,
            kind=each.kind.value,
            detail=each.detail,
            start=each.start,
            end=each.end,
        )
        for each in found
    ]


@router.post("/preview")
def preview_query(served: ServedNow, who: Reads, asked: PreviewWanted) -> Preview:
    """How many customers a query is true for, now or at a past moment."""
    as_of = moment(asked.as_of)
    with served.workspace(who.id) as workspace:
        result = workspace.query(asked.query, as_of=as_of)
        warnings = workspace.check(asked.query, as_of=as_of).warnings
        parts = _part(workspace.explain(asked.query, as_of=as_of)) if asked.parts else None
    return Preview(
        query=result.text,
        sentence=result.sentence,
        as_of=result.as_of,
        count=result.count,
        customers=result.live,
        share=result.count / result.live if result.live else None,
        undated=list(result.undated),
        warnings=[QueryProblem.model_validate(each) for each in warnings],
        parts=parts,
        sample=list(result.ids[: asked.sample]) if who.may("customers:read") else [],
    )


def _checked(checked: Checked) -> CheckedQuery:
    def told(problems: Iterable[Problem]) -> list[QueryProblem]:
        return [QueryProblem.model_validate(each) for each in problems]

    return CheckedQuery(
        query=checked.text,
        sentence=checked.sentence,
        tree=tree_json.to_json(parse(checked.text)),
        notes=told(checked.notes),
        warnings=told(checked.warnings),
        portable=checked.portable,
        portability=told(checked.portability),
    )


def _part(each: Explained) -> Part:
    parts = [_part(one) for one in each.parts]
    return Part(kind=each.kind, text=each.text, words=each.words, count=each.count, parts=parts)
