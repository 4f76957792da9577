"""Puts one check to a workspace and says, by AssertionError, where it falls short.

Besides the expected members every answered query must split the live customers with
its negation, and come back the same from its own printed text and from its JSON tree.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache

import segmentry as sg
from segmentry.engines.base import EngineMaker
from segmentry.engines.reference import ReferenceEngine
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.tree_json import from_json, to_json

from .casefile import Case, Check, known_since

SOURCE = "spec"
"""When the segments of a case were saved."""


@lru_cache(maxsize=2)
def workspace_after(case: Case, stages: int, engine: EngineMaker = ReferenceEngine) -> sg.Workspace:
    """A workspace in memory into which the facts of the first `stages` stages came in turn.

    Kept for the checks that follow: pytest runs the checks of one stage in a row.
    """
    workspace = sg.Workspace.create(
        None,
        timezone=case.timezone,
        currency=case.currency,
        order_rules=case.order_rules,
        _engine=engine,
    )
    for name, kind in case.metafields:
        workspace.metafields.add(name, kind)
    for name, query in case.segments:
        workspace.segments.add(name, query)
    for stage in case.stages[:stages]:
        if stage.facts:
            workspace.load(stage.facts, source=SOURCE)
    return workspace


def run(case: Case, stages: int, check: Check, engine: EngineMaker = ReferenceEngine) -> None:
    """Assert all that `check` says of `case` after its first `stages` stages."""
    workspace = workspace_after(case, stages, engine)
    if check.members is None:
        assert_refused(workspace, check)
    else:
        since = known_since(case, stages)
        live = {name for name, at in since.items() if at is None or at <= check.as_of}
        assert_members(workspace, check, live)


def assert_members(workspace: sg.Workspace, check: Check, live: set[str]) -> None:
    """The members are the expected ones, and the laws that bind every query hold."""
    found = members(workspace, check.query, check.as_of)
    assert found == set(check.members or ()), check.query
    rest = members(workspace, f"NOT (\n{check.query}\n)", check.as_of)
    assert not found & rest, f"in the segment and in its complement: {check.query}"
    assert found | rest == live, f"the segment and its complement are not everybody: {check.query}"
    printed = print_query(parse(check.query))
    assert print_query(parse(printed)) == printed
    assert members(workspace, printed, check.as_of) == found, printed
    tree = json.loads(json.dumps(to_json(parse(check.query))))
    assert print_query(from_json(tree)) == printed, tree
    assert to_json(from_json(tree)) == tree
    if check.sentence:
        assert workspace.query(check.query, as_of=check.as_of).sentence == check.sentence


def members(workspace: sg.Workspace, query: str, as_of: datetime) -> set[str]:
    """The ids the query answers, none of them twice and as many as it counts."""
    result = workspace.query(query, as_of=as_of.astimezone(UTC))
    ids = [str(value) for value in result.members().column("customer_id").to_pylist()]
    assert len(ids) == len(set(ids)) == result.count, query
    assert result.as_of == as_of.astimezone(UTC)
    return set(ids)


def assert_refused(workspace: sg.Workspace, check: Check) -> None:
    """The query is refused with problems that say what the case asks them to say."""
    try:
        workspace.query(check.query, as_of=check.as_of.astimezone(UTC))
    except sg.QueryError as error:
        problems = error.problems
    else:
        raise AssertionError(f"was answered, not refused: {check.query}")
    said = " ".join(f"{p.code} {p.message} {p.suggestion or ''}" for p in problems)
    said = re.sub(r"(?<=\d),(?=\d{3})", "", said)  # 5,000 and 5000 say the same
    missing = [text for text in check.refused if text.lower() not in said.lower()]
    assert not missing, f"{check.query}: {said!r} does not say {missing}"
    suggestions = {(p.suggestion or "").strip("'") for p in problems}
    assert check.suggests is None or check.suggests in suggestions, f"{check.query}: {said}"
    assert check.problems in (None, len(problems)), f"{check.query}: {said}"
    first = problems[0]
    assert check.at in (None, f"{first.line}:{first.column}"), check.query
    assert all(0 <= p.start <= p.end <= len(check.query) for p in problems), check.query
