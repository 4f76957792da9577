"""`segmentry record`: live messages into the workspace."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app
from segmentry.cli.errors import USER_ERROR
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from segmentry.ingest.messages.accept import Accepted
    from segmentry.workspace import Workspace

_SHOWN = 10
"""How many refused messages a person is told of."""


@app.command()
def record(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of JSON; - for the standard input.")
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--source", help="Where the messages come from. Default: shop, or as the batch says."
        ),
    ] = None,
) -> None:
    """Record live messages: a batch, or one message a line.

    Those of what just happened count as live: who joins a segment by them can start what
    waits for it. A message that cannot be taken is refused alone, and the command exits with 1.

    Example: segmentry record orders.jsonl --source shop
    """
    session: Session = context.obj
    raw = sys.stdin.buffer.read() if file == "-" else _read(Path(file))
    with session.open() as workspace:
        receipts, statuses = [], Counter[str]()
        for first, accepted in _accepted(workspace, raw, source):
            for each in accepted.receipts:
                statuses[each.status] += 1
                receipts.append(asdict(each) | {"index": first + each.index})
        while workspace.apply_accepted().waiting:
            pass
    refused = [each for each in receipts if each["problem"]]
    counts = {name: statuses[name] for name in ("accepted", "duplicate", "refused")}
    session.say(counts | {"receipts": receipts}, _said(counts, refused))
    if refused:
        raise typer.Exit(USER_ERROR)


def _read(path: Path) -> bytes:
    from segmentry.base.errors import UserError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _accepted(
    workspace: Workspace, raw: bytes, source: str | None
) -> Iterator[tuple[int, Accepted]]:
    """The number of the first message of each batch, and what became of it."""
    from segmentry.ingest.messages.lines import batches, is_batch

    if is_batch(raw):
        yield 0, workspace.accept(raw, source=source)
        return
    first = 0
    for messages in batches(raw):
        yield first, workspace.accept(messages, source=source or "shop")
        first += len(messages)


def _said(counts: dict[str, int], refused: list[dict[str, Any]]) -> str:
    lines = [
        f"{counts['accepted']:,} accepted, {counts['duplicate']:,} known already, "
        f"{counts['refused']:,} refused."
    ]
    for each in refused[:_SHOWN]:
        problem = each["problem"]
        lines.append(f"  message {each['index'] + 1}: {problem['message']} ({problem['code']})")
    if len(refused) > _SHOWN:
        lines.append(f"  … and {len(refused) - _SHOWN:,} more; --json tells all.")
    return "\n".join(lines)
