"""`segmentry demo`: a real store's orders in, its segments out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.base.errors import UserError
from segmentry.cli.app import app
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.cli.tables import Heading
    from segmentry.segments.answer import Result
    from segmentry.workspace import Workspace

_NEXT = (
    'query "number_of_orders >= 10 AND last_order_date < -90d"',
    "query \"customer_countries CONTAINS 'FR'\" --members",
    'query "amount_spent IN TOP 5%" --as-of 2010-12-31',
    "rfm --as-of 2011-06-30",
)

_VIEWED, _PRODUCT = "viewed-not-bought", "85123A"
"""The ready-made segment that is about a product, and the product this store sold most."""

_MADE_UP = frozenset({"events", "consents", "checkouts", "checkout_lines"})
"""The tables that have nothing but synthetic records."""

CATEGORIES = frozenset({"starter", "store-default", "e-commerce", "lifecycle", "guide"})


@app.command()
def demo(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(help="The folder of the sample workspace; made if it is new.")
    ] = Path("segmentry-demo"),
    synthetic: Annotated[
        bool,
        typer.Option(
            "--synthetic/--no-synthetic",
            help="Add made-up visits, checkouts, consent and messages to the real orders.",
        ),
    ] = True,
) -> None:
    """Show a real store's customers in segments.

    Two years of orders are loaded: those of Online Retail II (Daqing Chen, UCI Machine Learning
    Repository, CC BY 4.0). Visits, checkouts, consent and messages are synthetic: made up over
    these orders, and marked wherever they are shown. Nothing is sent anywhere.

    Example: segmentry demo
    """
    session: Session = context.obj
    with _workspace(session, path, synthetic) as workspace:
        answers = _answers(workspace)
        session.answer(
            _json(workspace, answers), lambda console: _show(console, workspace, answers, path)
        )


# -- making it --------------------------------------------------------------------------


def _workspace(session: Session, path: Path, synthetic: bool) -> Workspace:
    """The sample store with its ready-made segments."""
    from segmentry.sample import is_synthetic, sample_store

    with session.working("Opening the sample store") as say:
        workspace = sample_store(path, progress=say, synthetic=synthetic)
    if is_synthetic(workspace) and not synthetic:
        workspace.close()
        raise UserError(f"{path} has synthetic records already; name another folder.")
    workspace.add_presets(CATEGORIES)
    if synthetic and _VIEWED not in {segment.preset for segment in workspace.segments}:
        workspace.add_preset(_VIEWED, {"product": _PRODUCT})
    return workspace


def _answers(workspace: Workspace) -> list[tuple[str, Result]]:
    return [(segment.name, segment.result()) for segment in workspace.segments]


# -- showing it -------------------------------------------------------------------------


def _show(
    console: Console, workspace: Workspace, answers: list[tuple[str, Result]], path: Path
) -> None:
    from segmentry.cli.tables import lifecycle_table, rfm_table

    moment = workspace.local(workspace.moment())
    currency = workspace.store.currency
    _show_import(console, workspace)
    _show_synthetic(console, workspace)
    _show_segments(console, workspace, answers, moment)
    _show_waiting(console, workspace)
    rfm_table(console, workspace.rfm(), currency, moment)
    lifecycle_table(console, workspace.lifecycle(), currency, moment)
    if _synthetic(workspace):
        console.print("Potential buyers are known by synthetic consent and checkouts alone.")
    _show_next(console, path)


def _show_import(console: Console, workspace: Workspace) -> None:
    from segmentry.cli.tables import Heading, title

    report = workspace.imports()[0].report
    title(console, "A real store: Online Retail II, gifts sold from England, 2009 to 2011")
    console.print("Daqing Chen, UCI Machine Learning Repository, CC BY 4.0")
    console.print(
        f"\n{report['lines_read']:,} lines read, {report['lines_kept']:,} kept: "
        f"{report['orders']:,} orders and {report['refunds']:,} refunds "
        f"of {report['customers']:,} customers, {report['products']:,} products."
    )
    headings = (
        Heading("What"),
        Heading("Lines", number=True),
        Heading("Invoices", number=True),
        Heading(f"Money, {workspace.store.currency}", number=True),
        Heading("Why", wide=True),
    )
    _show_report(console, "Left out", headings, report["left_out"], workspace)
    _show_report(console, "Kept, but not everybody's", headings, report["noted"], workspace)


def _synthetic(workspace: Workspace) -> dict[str, Any] | None:
    """What was told of the made-up records; none where there are none."""
    reports = (entry.report for entry in workspace.imports())
    return next((report for report in reports if report.get("synthetic")), None)


def _show_synthetic(console: Console, workspace: Workspace) -> None:
    from segmentry.cli.tables import Heading, table, title

    report = _synthetic(workspace)
    if report is None:
        return
    title(console, "Synthetic records beside the real orders")
    console.print(report["warning"])
    table(
        console,
        (Heading("Records"), Heading("Made up", number=True)),
        ((name.replace("_", " "), f"{rows:,}") for name, rows in report["rows"].items()),
    )


def _looks_at_synthetic(workspace: Workspace, text: str) -> bool:
    """Whether a query looks at a table of made-up records."""
    from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS

    words = re.findall(r"[a-z_]+(?:\.[a-z_]+)?", text) if _synthetic(workspace) else []
    read = (ATTRIBUTES.get(word) or FUNCTIONS.get(word) for word in words)
    return any(_MADE_UP & set(each.needs) for each in read if each)


def _show_report(
    console: Console,
    name: str,
    headings: tuple[Heading, ...],
    rows: list[dict[str, Any]],
    workspace: Workspace,
) -> None:
    from segmentry.base.money import format_money
    from segmentry.cli.tables import table, title

    title(console, name)
    table(
        console,
        headings,
        (
            (
                row["what"],
                f"{row['lines']:,}",
                f"{row['invoices']:,}",
                format_money(row["money"], workspace.store.currency),
                row["why"],
            )
            for row in rows
        ),
    )


def _show_segments(
    console: Console, workspace: Workspace, answers: list[tuple[str, Result]], moment: str
) -> None:
    from segmentry.cli.tables import Heading, average, share, table, title

    spend = workspace.spend()
    headings = (
        Heading("Segment", wide=False),
        Heading("Members", number=True),
        Heading("Share", number=True),
        Heading(f"Average spend, {workspace.store.currency}", number=True),
        Heading("Who they are", wide=True),
    )
    title(console, f"Segments as of {moment}")
    table(
        console,
        headings,
        (
            (
                f"{name} *" if _looks_at_synthetic(workspace, result.text) else name,
                f"{result.count:,}",
                share(result.count, result.live),
                average(
                    sum(spend[customer] for customer in result.ids),
                    result.count,
                    workspace.store.currency,
                ),
                result.sentence,
            )
            for name, result in answers
        ),
    )
    if _synthetic(workspace):
        console.print("* looks at synthetic records")


def _show_waiting(console: Console, workspace: Workspace) -> None:
    from segmentry.cli.tables import Heading, table, title

    saved = {segment.preset for segment in workspace.segments}
    waiting = [
        offer
        for offer in workspace.presets()
        if offer.query is None
        and CATEGORIES & set(offer.preset.categories)
        and offer.preset.id not in saved
    ]
    if not waiting:
        return
    title(console, "Ready-made segments that wait for data this store does not have")
    table(
        console,
        (Heading("Segment"), Heading("Needs", wide=True)),
        ((offer.preset.name, ", ".join(offer.missing)) for offer in waiting),
    )


def _show_next(console: Console, path: Path) -> None:
    from segmentry.cli.tables import title

    title(console, "What to type next")
    for line in _NEXT:
        console.print(f"  segmentry -w {path} {line}", markup=False, soft_wrap=True)


# -- for programs -----------------------------------------------------------------------


def _json(workspace: Workspace, answers: list[tuple[str, Result]]) -> dict[str, Any]:
    from segmentry.cli.tables import grouping_json

    return {
        "as_of": workspace.moment().isoformat(),
        "import": workspace.imports()[0].report,
        "synthetic": _synthetic(workspace),
        "segments": [
            {
                "name": name,
                "query": result.text,
                "members": result.count,
                "live": result.live,
                "sentence": result.sentence,
                "synthetic": _looks_at_synthetic(workspace, result.text),
            }
            for name, result in answers
        ],
        "rfm": grouping_json(workspace.rfm()),
        "lifecycle": grouping_json(workspace.lifecycle()),
    }
