"""`segmentry doctor`: versions, and whether everything in a workspace is as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from segmentry.cli.app import app
from segmentry.cli.session import Session
from segmentry.cli.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from segmentry.storage.checks import Finding


@app.command()
def doctor(context: typer.Context) -> None:
    """Check the workspace; exits 1 if anything is wrong.

    Example: segmentry -w shop doctor
    """
    session: Session = context.obj
    findings = file_findings(session.folder)
    if all(finding.problem is None for finding in findings):
        findings += _segments(session)
    versions = _versions()
    wrong = [finding for finding in findings if finding.problem]
    data = {
        "versions": versions,
        "checks": [{"what": f.what, "found": f.said, "problem": f.problem} for f in findings],
        "well": not wrong,
    }
    session.answer(data, lambda console: _show(console, versions, findings))
    if wrong:
        raise typer.Exit(1)


def file_findings(folder: Path) -> list[Finding]:
    """What comes of looking a workspace's files over."""
    from segmentry.storage.checks import check_files

    return [*check_files(folder), _columns(folder)]


def _columns(folder: Path) -> Finding:
    """What the engine keeps of the facts is as it was written."""
    from segmentry.engines.live.saving import problem_of
    from segmentry.storage.checks import Finding
    from segmentry.storage.folder import COLUMNS

    paths = sorted((folder / COLUMNS).glob("*.columns"))
    for path in paths:
        if (problem := problem_of(path)) is not None:
            advice = f"{path} is passed over and written again after the next question."
            return Finding("columns", problem, advice)
    return Finding("columns", "as they were saved" if paths else "none saved yet")


def _segments(session: Session) -> Iterator[Finding]:
    """Every saved segment can be answered."""
    from segmentry.base.errors import QueryError
    from segmentry.storage.checks import Finding

    with session.open() as workspace:
        faulty = []
        everything = workspace.segments.listed(archived=None)
        for segment in everything:
            try:
                workspace.segments.bound(segment)
            except QueryError as error:
                faulty.append((segment.name, error.problems[0].message))
        count = len(everything)
    for name, message in faulty:
        yield Finding(f"segment '{name}'", message, "Change it with `segmentry segment edit`.")
    yield Finding("segments", f"{count - len(faulty):,} of {count:,} can be answered")


def _versions() -> dict[str, str]:
    import platform
    import sqlite3

    return {
        "segmentry": version_of("segmentry"),
        "python": platform.python_version(),
        "duckdb": version_of("duckdb"),
        "sqlite": sqlite3.sqlite_version,
        "tz database": _tz_version(),
    }


def _tz_version() -> str:
    """The release of the zones in use: the system's where it has any, else the package's."""
    from pathlib import Path
    from zoneinfo import TZPATH

    for folder in map(Path, TZPATH):
        for name in ("tzdata.zi", "+VERSION"):
            if (folder / name).is_file():
                with (folder / name).open(encoding="utf-8") as file:
                    return f"{file.readline().removeprefix('# version').strip()}, {folder}"
        if (folder / "Europe").is_dir():
            return f"unknown, {folder}"
    return f"{version_of('tzdata')}, the package tzdata"


def _show(console: Console, versions: dict[str, str], findings: list[Finding]) -> None:
    from segmentry.cli.tables import facts

    facts(console, list(versions.items()))
    console.print()
    show_findings(console, findings)
    wrong = sum(finding.problem is not None for finding in findings)
    console.print(f"\n{f'{wrong} wrong' if wrong else 'All is well'}.")


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """A line for each, and one more with what to do where something is wrong."""
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "wrong" if finding.problem else "ok"
        line = f"{mark:<5}  {finding.what:<{width}}  {finding.said}"
        console.print(line, markup=False, style="bold" if finding.problem else None)
        if finding.problem:
            console.print(f"       {'':<{width}}  {finding.problem}", markup=False)
