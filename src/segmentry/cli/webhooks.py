"""`segmentry webhook`: addresses that are told what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import note
from segmentry.cli.app import app, group
from segmentry.cli.completion import segment_names
from segmentry.cli.options import Yes, split
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.destinations.webhooks.delivering import DeliveryState
    from segmentry.destinations.webhooks.endpoints import Endpoint, State
    from segmentry.destinations.webhooks.sent import Delivery
    from segmentry.destinations.webhooks.webhooks import WithSecret

webhook = group("Addresses that are told who joins and leaves, and what else happens.")
app.add_typer(webhook, name="webhook")

Id = Annotated[str, typer.Argument(help="The webhook's id.")]
Description = Annotated[
    str | None, typer.Option("--description", help="What it is for.", show_default=False)
]
Kinds = Annotated[
    str | None,
    typer.Option(
        "--kinds",
        help="What to be told, with commas between: customer.joined_segment, "
        "customer.left_segment, import.done, health.changed. Default: all.",
        show_default=False,
    ),
]
Segments = Annotated[
    list[str] | None,
    typer.Option(
        "--segment",
        help="Only of this segment; may be repeated. Default: of all.",
        autocompletion=segment_names,
        show_default=False,
    ),
]


# -- endpoints --------------------------------------------------------------------------


@webhook.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where to send: https://host/path.")],
    description: Description = None,
    kinds: Kinds = None,
    segment: Segments = None,
) -> None:
    """Have an address told of what happens from now on. Its secret is shown this once.

    Example: segmentry webhook add https://crm.example.com/in --segment VIP
    """
    from segmentry.destinations.webhooks.messages import KINDS

    session: Session = context.obj
    with session.open() as workspace:
        made = workspace.webhooks.add(
            url,
            description=description or "",
            kinds=KINDS if kinds is None else split(kinds),
            segments=segment or "all",
        )
    note(session.folder, "add_webhook", "webhooks", made.endpoint.id)
    _say_secret(session, made, f"{made.endpoint.id} is told from now on.")


@webhook.command("list")
def show_all(context: typer.Context) -> None:
    """List the webhooks.

    Example: segmentry webhook list
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.webhooks.listed()
    session.answer([_json(each) for each in found], lambda console: _list(console, found))


@webhook.command()
def show(context: typer.Context, id: Id) -> None:
    """Show one webhook.

    Example: segmentry webhook show ep_3f2a9c81d04e
    """
    from segmentry.cli.tables import facts

    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.webhooks[id]
        made = workspace.local(found.created_at)
        failing = found.failing_since and workspace.local(found.failing_since)
    lines = [
        ("url", found.url),
        ("state", f"{found.state}. {found.reason}" if found.reason else found.state),
        ("told of", ", ".join(found.kinds)),
        ("segments", _segments(found)),
        ("waiting", f"{found.waiting:,}"),
        ("made", made),
    ]
    lines += [("for", found.description)] * bool(found.description)
    lines += [("failing since", failing)] if failing else []
    session.answer(_json(found), lambda console: facts(console, lines))


@webhook.command()
def edit(
    context: typer.Context,
    id: Id,
    url: Annotated[
        str | None, typer.Option("--url", help="Where to send.", show_default=False)
    ] = None,
    description: Description = None,
    kinds: Kinds = None,
    segment: Segments = None,
    all_segments: Annotated[bool, typer.Option("--all-segments", help="Of all segments.")] = False,
) -> None:
    """Change what is given; the rest stays.

    Example: segmentry webhook edit ep_3f2a9c81d04e --kinds customer.left_segment
    """
    if segment and all_segments:
        raise typer.BadParameter("--segment and --all-segments do not go together; choose one.")
    session: Session = context.obj
    with session.open() as workspace:
        changed = workspace.webhooks.edit(
            id,
            url=url,
            description=description,
            kinds=None if kinds is None else split(kinds),
            segments="all" if all_segments else segment,
        )
    note(session.folder, "change_webhook", "webhooks", id)
    session.say(_json(changed), f"{id} is changed.")


@webhook.command()
def pause(context: typer.Context, id: Id) -> None:
    """Send nothing for now; messages wait.

    Example: segmentry webhook pause ep_3f2a9c81d04e
    """
    _put_into(context, id, "paused")


@webhook.command()
def resume(context: typer.Context, id: Id) -> None:
    """Send again, what waits first.

    Example: segmentry webhook resume ep_3f2a9c81d04e
    """
    _put_into(context, id, "active")


def _put_into(context: typer.Context, id: str, state: State) -> None:
    session: Session = context.obj
    with session.open() as workspace:
        webhooks = workspace.webhooks
        changed = webhooks.pause(id) if state == "paused" else webhooks.resume(id)
    note(session.folder, "change_webhook", "webhooks", id, {"state": state})
    session.say(_json(changed), f"{id} is {state}.")


@webhook.command()
def remove(context: typer.Context, id: Id, yes: Yes = False) -> None:
    """Forget a webhook and what waits for it.

    Example: segmentry webhook remove ep_3f2a9c81d04e
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.webhooks[id]
        asked = f"{id} is told nothing any more, nor the {found.waiting:,} messages that wait."
        if not session.confirm(f"{asked} Remove it?", yes=yes):
            return
        workspace.webhooks.remove(id)
    note(session.folder, "remove_webhook", "webhooks", id)
    session.say(_json(found), f"{id} is removed.")


@webhook.command()
def rotate(context: typer.Context, id: Id) -> None:
    """Give a webhook a new secret. For a day messages are signed with the old one as well.

    Example: segmentry webhook rotate ep_3f2a9c81d04e
    """
    session: Session = context.obj
    with session.open() as workspace:
        made = workspace.webhooks.rotate_secret(id)
    note(session.folder, "rotate_webhook_secret", "webhooks", id)
    _say_secret(session, made, f"{id} has a new secret; the old one is valid for a day.")


def _say_secret(session: Session, made: WithSecret, said: str) -> None:
    text = f"{said}\nIts secret, which is not shown again: {made.secret}"
    session.say(_json(made.endpoint) | {"secret": made.secret}, text)


# -- messages ---------------------------------------------------------------------------


@webhook.command()
def ping(context: typer.Context, id: Id) -> None:
    """Send a message of no meaning now, and say what came of it; exit code 1 if it failed.

    Example: segmentry webhook ping ep_3f2a9c81d04e
    """
    session: Session = context.obj
    with session.open() as workspace:
        sent = workspace.webhooks.ping(id)
    note(session.folder, "ping_webhook", "webhooks", id)
    taken = f"It took the message in {sent.last_ms} ms, answering {sent.last_status}."
    session.say(_delivery_json(sent), sent.last_error or taken)
    if sent.state != "done":
        raise typer.Exit(1)


@webhook.command()
def deliveries(
    context: typer.Context,
    id: Annotated[
        str | None, typer.Argument(help="The webhook's id. Default: all.", show_default=False)
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those given up.")] = False,
    before: Annotated[
        int | None, typer.Option("--before", help="Made before this one.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
) -> None:
    """Show what was sent and what waits, the latest first.

    Example: segmentry webhook deliveries --failed
    """
    session: Session = context.obj
    with session.open() as workspace:
        state: DeliveryState | None = "failed" if failed else None
        found = workspace.webhooks.deliveries(id, state=state, before=before, limit=limit)
        moments = [workspace.local(each.made_at) for each in found]
    session.answer(
        [_delivery_json(each) for each in found],
        lambda console: _show_deliveries(console, list(zip(found, moments, strict=True))),
    )


@webhook.command()
def replay(
    context: typer.Context,
    id: Id,
    message: Annotated[
        str | None, typer.Option("--message", help="One message's id.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="All made since this moment.", show_default=False),
    ] = None,
) -> None:
    """Have messages sent once more, with the ids they had.

    Example: segmentry webhook replay ep_3f2a9c81d04e --since 2026-03-01
    """
    session: Session = context.obj
    moment = parse_moment(since)
    with session.open() as workspace:
        begins = None if moment is None else workspace.start_of(moment)
        count = workspace.webhooks.replay(id, message=message, since=begins)
    note(session.folder, "replay_webhook", "webhooks", id, {"messages": count})
    session.say({"messages": count}, f"{count:,} messages are sent once more.")


@webhook.command()
def send(context: typer.Context) -> None:
    """Send what is due now, where no server does.

    Example: segmentry webhook send
    """
    session: Session = context.obj
    with session.open() as workspace:
        workspace.refresh()
        sent = workspace.send_webhooks()
    session.say(
        {"done": sent.done, "waiting": sent.waiting, "failed": sent.failed},
        f"{sent.done:,} messages were taken, {sent.waiting:,} are tried again, "
        f"{sent.failed:,} are given up.",
    )


# -- showing ----------------------------------------------------------------------------


def _segments(endpoint: Endpoint) -> str:
    return "all" if endpoint.segments is None else ", ".join(endpoint.segments) or "none left"


def _list(console: Console, found: tuple[Endpoint, ...]) -> None:
    from segmentry.cli.tables import Heading, table

    if not found:
        console.print("Nobody is told. Add an address with `segmentry webhook add`.")
        return
    headings = (
        *(Heading("Id"), Heading("State"), Heading("URL", wide=True), Heading("Segments")),
        Heading("Waiting", number=True),
    )
    rows = ((e.id, e.state, e.url, _segments(e), f"{e.waiting:,}") for e in found)
    table(console, headings, rows)


def _show_deliveries(console: Console, found: list[tuple[Delivery, str]]) -> None:
    from segmentry.cli.tables import Heading, table

    if not found:
        console.print("Nothing was sent, and nothing waits.")
        return
    headings = (
        *(Heading("Number", number=True), Heading("When"), Heading("What"), Heading("Webhook")),
        *(Heading("State"), Heading("Attempts", number=True), Heading("Last", wide=True)),
    )
    rows = (
        (
            str(each.id),
            moment,
            each.kind,
            each.endpoint,
            each.state,
            str(each.attempts),
            each.last_error or str(each.last_status or ""),
        )
        for each, moment in found
    )
    table(console, headings, rows)


def _json(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "kinds": list(endpoint.kinds),
        "segments": None if endpoint.segments is None else list(endpoint.segments),
        "state": endpoint.state,
        "reason": endpoint.reason,
        "created_at": endpoint.created_at.isoformat(),
        "failing_since": endpoint.failing_since and endpoint.failing_since.isoformat(),
        "waiting": endpoint.waiting,
    }


def _delivery_json(each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id,
        "message": each.message,
        "kind": each.kind,
        "endpoint": each.endpoint,
        "made_at": each.made_at.isoformat(),
        "state": each.state,
        "attempts": each.attempts,
        "next_at": each.next_at and each.next_at.isoformat(),
        "last_at": each.last_at and each.last_at.isoformat(),
        "last_status": each.last_status,
        "last_error": each.last_error,
        "last_ms": each.last_ms,
    }
