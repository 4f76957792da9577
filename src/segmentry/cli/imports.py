"""`segmentry import`: records from files into the workspace."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.app import app, group
from segmentry.cli.options import DryRun, OrderRules, Yes
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.ingest.files import FilePlan, FileReport, ImportPlan
    from segmentry.ingest.from_files import FilesLoaded
    from segmentry.workspace import Workspace

imports = group("Take in records: orders, customers, products, events.")
app.add_typer(imports, name="import")

Sources = Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files.")]
MapFile = Annotated[
    Path | None,
    typer.Option(
        "--map", help="A mapping of columns to fields. Default: a guess.", show_default=False
    ),
]
WriteMap = Annotated[
    Path | None,
    typer.Option(
        "--write-map",
        help="Write the guessed mapping to a file, to edit; import nothing.",
        show_default=False,
    ),
]
Source = Annotated[str, typer.Option("--source", help="A name for where the records come from.")]
Refused = Annotated[
    Path | None,
    typer.Option("--refused", help="A CSV file for the rows refused.", show_default=False),
]
Country = Annotated[
    str | None,
    typer.Option(
        "--country",
        help="Where phone numbers without a country belong, such as GB.",
        show_default=False,
    ),
]


@imports.command(
    "parquet",
    help="Import Parquet files, as CSV files are imported.\n\n"
    "Example: segmentry import parquet orders.parquet --map orders.toml",
)
@imports.command("csv")
def import_files(
    context: typer.Context,
    sources: Sources,
    map_file: MapFile = None,
    write_map: WriteMap = None,
    source: Source = "shop",
    country: Country = None,
    refused: Refused = None,
    order_rules: OrderRules = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Import CSV files of orders, customers or products.

    Example: segmentry import csv orders.csv customers.csv --dry-run
    """
    asked = _Asked(
        sources, map_file, write_map, source, country, refused, order_rules, dry_run, yes
    )
    asked.run(context.obj)


@imports.command()
def events(
    context: typer.Context,
    sources: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Files with one JSON object a line.")
    ],
    source: Source = "shop",
    country: Country = None,
    refused: Refused = None,
    dry_run: DryRun = False,
) -> None:
    """Import events in the format of the Segment spec, from files of JSON lines.

    Example: segmentry import events events.jsonl --dry-run
    """
    session: Session = context.obj
    with session.open() as workspace:
        first = not workspace.imports()
        with session.progress("reading") as told:
            done = workspace.import_events(
                *sources, source=source, country=country, dry_run=dry_run, progress=told
            )
        added = workspace.add_presets() if first and not dry_run else []
    if refused is not None:
        done.report.write_refused(refused)
    presets = [segment.name for segment in added]

    def show(console: Console) -> None:
        _show_done(console, done, refused, "events")
        if presets:
            console.print(f"\nReady-made segments added: {', '.join(presets)}", markup=False)

    session.answer(_done_json(done) | {"dry_run": dry_run, "segments_added": presets}, show)


@imports.command()
def fields(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Argument(
            help="orders, customers or products. Default: all.",
            autocompletion=lambda: ["orders", "customers", "products"],
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the fields that a mapping can read columns as.

    Example: segmentry import fields orders
    """
    from segmentry.base.errors import UserError
    from segmentry.ingest.files.fields import KINDS

    session: Session = context.obj
    if kind is not None and kind not in KINDS:
        raise UserError(f"There are no fields of '{kind}'. There are: {', '.join(KINDS)}.")
    found = [
        {"kind": each.name, "field": name, "type": field.type.value, "meaning": field.meaning}
        for each in KINDS.values()
        if kind in (None, each.name)
        for name, field in each.named_fields()
    ]
    session.answer(found, lambda console: _show_fields(console, found))


def _show_fields(console: Console, found: list[dict[str, str]]) -> None:
    from segmentry.cli.tables import Heading, table

    headings = (Heading("In files of"), Heading("Field"), Heading("Type"), Heading("Meaning"))
    table(console, headings, (each.values() for each in found))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, whatever the format of the files."""

    sources: list[Path]
    map_file: Path | None
    write_map: Path | None
    source: str
    country: str | None
    refused: Path | None
    order_rules: str | None
    dry_run: bool
    yes: bool

    def run(self, session: Session) -> None:
        """Plan, ask, read, load, report."""
        from segmentry.facts.orders import order_rules

        with session.open() as workspace:
            if self.order_rules is not None:
                order_rules(self.order_rules)
            plan = self.plan(workspace)
            if self.write_map is not None:
                _write_mapping(session, plan, self.write_map)
                return
            if not session.as_json:
                _show_plan(session.console, plan)
            if not self.dry_run and not self.agreed(session, plan):
                raise typer.Abort
            first = not workspace.imports()
            done = self.load(session, workspace, plan)
            added = workspace.add_presets() if first and not self.dry_run else []
            if self.order_rules is None:
                _suggest_rules(session, workspace, plan)
            rules = workspace.store.order_rules
        if self.refused is not None:
            done.report.write_refused(self.refused)
        presets = [segment.name for segment in added]
        more = {"dry_run": self.dry_run, "segments_added": presets, "order_rules": rules.name}

        def show(console: Console) -> None:
            _show_done(console, done, self.refused)
            console.print(f"Order rules: {rules.name}. {rules.meaning}", markup=False)
            if presets:
                console.print(f"\nReady-made segments added: {', '.join(presets)}", markup=False)

        session.answer(_json(plan, done) | more, show)

    def plan(self, workspace: Workspace) -> ImportPlan:
        return workspace.plan_import(self.sources, self.map_file, country=self.country)

    def agreed(self, session: Session, plan: ImportPlan) -> bool:
        """Whether a person agrees with what was guessed; what is known needs nobody."""
        guessed = any(file.origin == "guessed" for file in plan.files)
        return not guessed or session.confirm("Import with this guessed mapping?", yes=self.yes)

    def load(self, session: Session, workspace: Workspace, plan: ImportPlan) -> FilesLoaded:
        with session.progress("reading") as told:
            done = workspace.import_files(
                plan, source=self.source, progress=told, dry_run=self.dry_run
            )
        if self.order_rules is not None and not self.dry_run:
            workspace.set_order_rules(self.order_rules)
        return done


def _write_mapping(session: Session, plan: ImportPlan, path: Path) -> None:
    from segmentry.base.errors import UserError
    from segmentry.ingest.files import write_mapping

    if len(plan.files) > 1:
        raise UserError("--write-map takes one file at a time: each has a mapping of its own.")
    path.write_text(write_mapping(plan.files[0].mapping), encoding="utf-8")
    session.say({"mapping": str(path)}, f"Mapping written to {path}; import with --map {path}.")


def _suggest_rules(session: Session, workspace: Workspace, plan: ImportPlan) -> None:
    """Files of a platform that counts orders in its own way."""
    for name in sorted({file.mapping.order_rules or "" for file in plan.files} - {""}):
        if name != workspace.store.order_rules.name:
            session.remark(
                f"Orders count by the rules '{workspace.store.order_rules.name}'. To count them as "
                f"{name} does: segmentry settings set order_rules {name}"
            )


# -- showing it -------------------------------------------------------------------------


def _show_plan(console: Console, plan: ImportPlan) -> None:
    from segmentry.cli.tables import Heading, table, title

    for file in plan.files:
        title(console, f"{file.name}: {file.kind}, {_origin(file)}")
        headings = (Heading("Column"), Heading("Read as", wide=True))
        rows = [(file.heading(field), field) for field in file.columns]
        table(console, headings, rows)
        if file.ignored:
            console.print(f"Not read: {', '.join(file.ignored)}", markup=False)
        for remark in (*file.problems, *file.unclear):
            console.print(f"Note: {remark}", markup=False)


def _origin(file: FilePlan) -> str:
    return {
        "given": "by your mapping",
        "ready": f"recognised as {file.mapping.title}",
        "guessed": "by a guess from its headings",
    }[file.origin]


def _show_done(
    console: Console, done: FilesLoaded, refused: Path | None, lines: str = "rows"
) -> None:
    from segmentry.cli.tables import Heading, table, title

    title(console, _outcome(done))
    words = ("New", "Changed", "The same")
    headings = (Heading("Records"), *(Heading(word, number=True) for word in words))
    counts = [
        (name, f"{each.new:,}", f"{each.changed:,}", f"{each.same:,}")
        for name, each in done.changes.items()
        if any((each.new, each.changed, each.same))
    ]
    table(console, headings, counts)
    console.print(_taken(done.report, lines))
    _show_refusals(console, done.report, refused)


def _outcome(done: FilesLoaded) -> str:
    if done.loaded is None:
        return "Nothing was imported; this is what would change"
    return "Imported before; nothing changed" if done.loaded.again else "Imported"


def _taken(report: FileReport, lines: str) -> str:
    refused = f", {report.refused_rows:,} refused" if report.refused_rows else ""
    return f"{report.accepted:,} {lines} of the files taken{refused}."


def _show_refusals(console: Console, report: FileReport, refused: Path | None) -> None:
    from segmentry.cli.tables import title

    if report.refused_rows:
        title(console, "Refused")
        for sentence in report.problems():
            console.print(sentence, markup=False)
        if (more := report.refused.num_rows - 20) > 0:
            console.print(f"and {more:,} more")
        where = f"All are in {refused}." if refused else "--refused FILE writes them all to a file."
        console.print(where, markup=False)
    if report.notes:
        title(console, "Notes")
    for note in report.notes:
        column = f", column '{note.column}'" if note.column else ""
        console.print(f"{note.file}{column}: {note.message} ({note.count:,})", markup=False)


def _json(plan: ImportPlan, done: FilesLoaded) -> dict[str, Any]:
    return {
        "files": [
            {
                "file": file.name,
                "kind": file.kind,
                "mapping": file.mapping.name,
                "origin": file.origin,
                "columns": {field: file.heading(field) for field in file.columns},
                "ignored": list(file.ignored),
                "problems": [*file.problems, *file.unclear],
            }
            for file in plan.files
        ],
        **_done_json(done),
    }


def _done_json(done: FilesLoaded) -> dict[str, Any]:
    return {
        "imported": done.loaded is not None and not done.loaded.again,
        "again": done.loaded is not None and done.loaded.again,
        "report": done.report.as_dict(),
        "changes": {name: asdict(each) for name, each in done.changes.items()},
    }
