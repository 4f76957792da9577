"""Holds the language to segment queries that are in use in Shopify.

`python -m tests.peers.shopify_queries [FOLDER]` reads, from a folder that is not part of this
repository (or the one that SEGMENTRY_PEERS names):

- `cases/shopify_queries.jsonl`: queries, each with whether Shopify takes it;
- `data/shopify/api_captures_segments/segment_query_verdicts.json`: what its API said of some.

Those that Shopify takes have to bind in a store that declares the metafields they name, and
have to be portable. Those that it refuses have to be refused with something to act on.
Without the folder there is nothing to hold the language to, which is said, and is no fault.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segmentry.base.errors import Problem, QueryError
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import metafield
from segmentry.query.ast import And, Anniversary, Condition, Node, Not, Or
from segmentry.query.bind import bind
from segmentry.query.lint.portability import portability
from segmentry.query.names import Names
from segmentry.query.operands import fitting_type
from segmentry.query.parser import parse

CASES = Path("cases/shopify_queries.jsonl")
VERDICTS = Path("data/shopify/api_captures_segments/segment_query_verdicts.json")

OURS = {"days_since_last_order > 90": "not_in_shopify"}
"""Refused there, and asked here by a filter of our own: it has to be called not portable."""

_SHORTENED = re.compile(r"\.\.\.\((\d+) chars\)$")
_TO_ACT_ON = re.compile(r"Expected|[Ww]rite|takes|is one of|such as")


def main(folder: Path | None) -> int:
    """Check all there is; returns how many fall short."""
    if folder is None or not (folder / CASES).exists():
        print("No records of Shopify's queries here; nothing was checked.")
        return 0
    faults = [*_cases(folder / CASES), *_verdicts(folder / VERDICTS)]
    print("\n".join(faults) or "All queries are taken or refused as they are there.")
    return len(faults)


def _cases(path: Path) -> Iterator[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    print(f"{len(rows)} queries from {path.name}")
    for row in rows:
        if not row.get("template"):
            yield from _checked(row["query"], taken=row["status"] in ("valid", "deprecated"))


def _verdicts(path: Path) -> Iterator[str]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    print(f"{len(rows)} verdicts from {path.name}")
    for row in rows:
        about_query = any("query" in error["field"] for error in row["user_errors"])
        if row["accepted"] or about_query:
            yield from _checked(_whole(row["query"]), taken=row["accepted"])


def _whole(query: str) -> str:
    """A query as long as the one that was sent, where the record shortens it."""
    found = _SHORTENED.search(query)
    return "number_of_orders = 0".rjust(int(found[1])) if found else query


def _checked(query: str, *, taken: bool) -> Iterator[str]:
    """What falls short of how a query has to be answered."""
    try:
        bound = bind(query, _store(query))
    except QueryError as error:
        if taken:
            yield f"refused: {query}\n    {error}"
        elif not any(map(_can_be_acted_on, error.problems)):
            yield f"refused without help: {query}\n    {error}"
        return
    reasons = [each.code for each in portability(bound) if each.severity == "warning"]
    if taken and reasons:
        yield f"not portable: {query}\n    {', '.join(reasons)}"
    elif not taken and not reasons:
        yield f"taken, and portable: {query}"
    elif not taken and query in OURS and OURS[query] not in reasons:
        yield f"not portable for another reason: {query}\n    {', '.join(reasons)}"


def _can_be_acted_on(problem: Problem) -> bool:
    """Whether a problem says what to write instead: as a fix or in words."""
    return bool(problem.suggestion or _TO_ACT_ON.search(problem.message))


def _store(query: str) -> Names:
    """A store that declares the metafields of a query, and whose predictions are made."""
    try:
        conditions = list(_conditions(parse(query).root))
    except QueryError:
        conditions = []
    declared: dict[str, Attribute] = {
        name: metafield(name, kind) for name, kind in conditions if name.startswith("metafields.")
    }
    return Names(metafields=declared, predictions=True)


def _conditions(node: Node) -> Iterator[tuple[str, str]]:
    """The name of each condition, and the type it fits."""
    match node:
        case And(operands) | Or(operands):
            for each in operands:
                yield from _conditions(each)
        case Not(operand):
            yield from _conditions(operand)
        case Condition():
            yield node.name, fitting_type(node)
        case Anniversary(condition):
            yield condition.name, "day"


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SEGMENTRY_PEERS")
    sys.exit(bool(main(Path(given) if given else None)))
