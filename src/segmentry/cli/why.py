"""`segmentry segment why`: each condition of a segment, asked of one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.options import AsOf, SegmentName
from segmentry.cli.segments import segment
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from segmentry.segments.why import Reason, Why


@segment.command("why")
def why(
    context: typer.Context,
    name: SegmentName,
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    as_of: AsOf = None,
) -> None:
    """Say why a customer is in a segment or not, condition by condition.

    Example: segmentry segment why VIP 17850
    """
    session: Session = context.obj
    with session.open() as workspace:
        saved = workspace.segments[name]
        found = saved.why(customer, as_of=parse_moment(as_of))
        noted = saved.history(customer=customer, limit=1).to_pylist() if as_of is None else []
        moment = workspace.local(found.as_of)
        stands = "in" if found.inside else "not in"
        since = f"{stands} since {workspace.local(found.since)}" if found.since else ""
        lines = [since, *(f"{_NOTED[n['change']]} {workspace.local(n['at'])}" for n in noted)]
    data = _json(found) | {"noted": [_noted_json(each) for each in noted]}
    session.answer(data, lambda console: _show(console, found, name, moment, filter(None, lines)))


_NOTED = {"joined": "noted as joined on", "left": "noted as left on"}


def _noted_json(row: dict[str, Any]) -> dict[str, Any]:
    return {"change": row["change"], "at": row["at"].isoformat(), "cause": row["cause"]}


def _show(console: Console, found: Why, name: str, moment: str, lines: Iterable[str]) -> None:
    from segmentry.cli.tables import Heading, table
    from segmentry.cli.trees import tree

    stands = "in" if found.inside else "not in"
    console.print(f"{found.customer} is {stands} {name} as of {moment}.", markup=False)
    for line in lines:
        console.print(line, markup=False)
    console.print()
    headings = (Heading("Holds"), Heading("Condition", wide=True), Heading("What there is"))
    rows = [("yes" if r.holds else "no", line, r.shown) for r, line in tree(found.reason)]
    table(console, headings, rows)
    if found.by_hand:
        stands = "put in" if found.by_hand == "included" else "kept out"
        console.print(f"\n{found.customer} was {stands} by hand, whatever the conditions say.")
    console.print(f"\n{found.next.sentence}", markup=False)


def _json(found: Why) -> dict[str, Any]:
    next = found.next
    return {
        "customer": found.customer,
        "as_of": found.as_of.isoformat(),
        "inside": found.inside,
        "by_hand": found.by_hand,
        "since": found.since and found.since.isoformat(),
        "reason": _reason(found.reason),
        "next_change": {
            "at": next.at and next.at.isoformat(),
            "unknown_from": next.unknown_from and next.unknown_from.isoformat(),
            "because": list(next.because),
            "sentence": next.sentence,
        },
    }


def _reason(node: Reason) -> dict[str, Any]:
    from segmentry.segments.why import plain

    told: dict[str, Any] = {
        "kind": node.kind,
        "text": node.text,
        "words": node.words,
        "holds": node.holds,
    }
    if node.kind != "condition":
        return told | {"parts": [_reason(part) for part in node.parts]}
    if node.count is None:
        return told | {"value": plain(node.value), "shown": node.shown}
    records = [{name: plain(value) for name, value in each.items()} for each in node.records]
    return told | {"count": node.count, "records": records}
