"""`segmentry serve`: the workspace for browsers and programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from segmentry.cli.app import app
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from segmentry.serving.served import Served


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            help="The address to listen on; others than your own machine "
            "reach it only if you say so.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 for any free one.")
    ] = 8321,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            "--proxy",
            metavar="ADDRESS",
            help="A proxy, or a network such as 10.0.0.0/8, that is believed when it says for "
            "whom it asks; may be given several times.",
            show_default=False,
        ),
    ] = None,
    works: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker",
            help="Do jobs too, or leave them to `segmentry worker` beside.",
        ),
    ] = True,
) -> None:
    """Serve the workspace over HTTP, and keep it current, until Ctrl-C.

    Other commands go on working meanwhile, through the server.

    Example: segmentry serve
    """
    from segmentry.api.app import make_app
    from segmentry.api.listening import Listening, bound
    from segmentry.api.proxies import Proxies
    from segmentry.serving.log import libraries_noted
    from segmentry.serving.served import Served
    from segmentry.serving.signals import on_signals

    session: Session = context.obj
    proxies = Proxies.named(proxy or ())
    listening_on = bound(host, port)
    try:
        with session.working("Opening the workspace"):
            served = Served.open(session.folder, works=works)
    except BaseException:
        listening_on.close()
        raise
    with served:
        server = Listening(make_app(served, proxies))
        at = listening_on.getsockname()
        address = f"http://{f'[{at[0]}]' if ':' in at[0] else at[0]}:{at[1]}"
        with on_signals(server.stop), libraries_noted():
            _say(session, served, address)
            server.run(sockets=[listening_on])


def _say(session: Session, served: Served, address: str) -> None:
    """Where it is and, while nobody can sign in, how the first account is made."""
    from segmentry.cli.access import me

    lines = [f"Serving {session.folder} at {address}"]
    data = {"address": address}
    if not served.access.users.any():
        token, _ = served.access.setup.new_token(me())
        # After the `#`, which browsers send to nobody: so it is in no log.
        link = f"{address}/setup#token={token}"
        data |= {"setup_token": token, "setup_link": link}
        lines.append(f"Nobody can sign in yet. Make the first account, within a day, at\n  {link}")
    lines.append("Ctrl-C ends it.")
    session.say(data, "\n".join(lines))
    sys.stdout.flush()  # it is long until the command ends, and whoever reads a pipe waits
