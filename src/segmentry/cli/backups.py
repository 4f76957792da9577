"""Commands that keep a workspace safe: backup, restore, verify."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.access import note
from segmentry.cli.app import app
from segmentry.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from segmentry.access.audit import Detail
    from segmentry.backups.making import BackedUp
    from segmentry.backups.manifest import Manifest
    from segmentry.backups.restoring import Restored
    from segmentry.storage.checks import Finding

_NO_KEY = (
    "The key is not in it: keep secret.key apart, as without it the secrets cannot be read. "
    "--with-key puts it in."
)


@app.command()
def backup(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The backup, or a folder for one named by the date."),
    ],
    with_facts: Annotated[
        bool, typer.Option("--with-facts", help="Add the facts; else a restore makes them anew.")
    ] = False,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Add the key that secrets are read with.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            min=1,
            help="Leave so many in the folder, the newest; older ones go when this one is whole.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Back up the workspace to one file, while others go on using it.

    Example: segmentry -w shop backup shop.tar
    """
    session: Session = context.obj
    with session.progress("Backing up") as progress:
        if with_facts:
            with session.open() as workspace:
                made = workspace.backup(
                    out, with_facts=True, with_key=with_key, keep=keep, progress=progress
                )
        else:
            made = _back_up(session, out, with_key, keep, progress)
    text = _backup_text(made, session.folder)  # before the log is given a key that it lacks
    _note_backup(session, made.manifest)
    session.say(_backup_json(made), text)


def _note_backup(session: Session, manifest: Manifest) -> None:
    """Write down that a backup was made; not in a database of an earlier version, which that
    would bring up to date: people back up before they do."""
    from segmentry.base.errors import UserError
    from segmentry.storage.app_db import schemas

    if manifest.schema == schemas()[0]:
        told = {"with_key": manifest.with_key, "with_facts": manifest.with_facts}
        try:
            note(session.folder, "backup", "workspace", details=told)
        except UserError as error:  # such as a disk that can only be read
            session.remark(f"The backup is made, and is not in the audit log: {error}")


def _back_up(
    session: Session, out: Path, with_key: bool, keep: int | None, progress: Any
) -> BackedUp:
    """Without opening the workspace, which another process may be using."""
    from segmentry.backups.making import Wanted, back_up
    from segmentry.base.clock import system_clock

    return back_up(session.folder, out, system_clock(), Wanted(None, with_key, keep), progress)


def _backup_json(made: BackedUp) -> dict[str, Any]:
    return {
        "path": str(made.path),
        "size": made.size,
        **_about(made.manifest),
        "pruned": [str(each) for each in made.pruned],
    }


def _about(manifest: Manifest) -> dict[str, Any]:
    return {
        "segmentry": manifest.segmentry,
        "schema": manifest.schema,
        "as_of": manifest.as_of.isoformat(),
        "watermark": manifest.watermark,
        "files": len(manifest.files),
        "segments": len(manifest.members),
        "with_facts": manifest.with_facts,
        "with_key": manifest.with_key,
    }


def _backup_text(made: BackedUp, folder: Path) -> str:
    from segmentry.storage.folder import KEY

    manifest = made.manifest
    lines = [
        f"Backed up to {made.path}: {manifest.watermark:,} import(s), {made.size:,} bytes, "
        f"as of {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC."
    ]
    if manifest.with_key:
        lines.append("The key is in it: whoever has this file can read the secrets.")
    elif (folder / KEY).is_file():
        lines.append(_NO_KEY)
    lines += [f"Deleted {each.name}." for each in made.pruned]
    return "\n".join(lines)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    into: Annotated[
        Path, typer.Option("--into", metavar="FOLDER", help="A folder that is new or empty.")
    ],
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Compare all with what the backup says; print the hashes."),
    ] = False,
    erasures: Annotated[
        Path | None,
        typer.Option(
            "--erasures",
            metavar="FILE",
            help="Those erased since, by `erasures export`. Default: `erasures` beside FILE.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the workspace of a backup in a new folder, wholly or not at all.

    Example: segmentry restore shop.tar --into shop-again --verify
    """
    from segmentry.workspace import Workspace

    session: Session = context.obj
    with session.progress("Restoring") as progress:
        done = Workspace.restore(file, into, erasures=erasures, verify=verify, progress=progress)
    told: dict[str, Detail] = {"as_of": done.manifest.as_of.isoformat(), "erased": done.erased}
    note(into, "restore", "workspace", details=told)
    session.answer(_restored_json(done, into), lambda console: _show(console, done, into))
    if any(each.problem for each in done.findings):
        raise typer.Exit(1)


def _restored_json(done: Restored, into: Path) -> dict[str, Any]:
    return {
        "path": str(into),
        **_about(done.manifest),
        "imports": done.imports,
        "segments": done.segments,
        "erased": done.erased,
        "checks": _findings_json(done.findings),
    }


def _findings_json(findings: Sequence[Finding]) -> list[dict[str, str | None]]:
    return [{"what": f.what, "found": f.said, "problem": f.problem} for f in findings]


def _show(console: Console, done: Restored, into: Path) -> None:
    from segmentry.cli.doctor import show_findings

    manifest = done.manifest
    if done.findings:
        show_findings(console, done.findings)
        console.print()
    console.print(
        f"Restored {into}: {done.imports:,} import(s), {done.segments:,} segment(s), "
        f"as of {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC.",
        markup=False,
    )
    if done.erased:
        console.print(f"Erased again: {done.erased:,} people.")
    if not manifest.with_key:
        console.print("Its key was not in the backup: put secret.key back if it has secrets.")


@app.command()
def verify(context: typer.Context) -> None:
    """Read everything, and compare it with what it was made from; exits 1 if anything is wrong.

    Takes as long as to make all facts anew; `doctor` looks the files over sooner.

    Example: segmentry -w shop verify
    """
    from segmentry.cli.doctor import file_findings, show_findings

    session: Session = context.obj
    with session.working("Reading everything"):
        findings = file_findings(session.folder)
        if all(finding.problem is None for finding in findings):
            with session.open() as workspace:
                findings += workspace.verify()
    wrong = [finding for finding in findings if finding.problem]
    data = {"checks": _findings_json(findings), "well": not wrong}

    def show(console: Console) -> None:
        show_findings(console, findings)
        console.print(f"\n{f'{len(wrong)} wrong' if wrong else 'All is well'}.")

    session.answer(data, show)
    if wrong:
        raise typer.Exit(1)
