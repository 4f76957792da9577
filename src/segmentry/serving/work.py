"""What jobs there are, and how each is done; and which are put in again and again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from segmentry.backups.making import back_up
from segmentry.base.errors import UserError
from segmentry.ingest.apart import GONE, Asked, Limits, read_apart
from segmentry.ingest.from_files import READING, first_seen
from segmentry.jobs import Daily, Every, Handler, Queue, Running, Schedule, Wanted
from segmentry.query.moments import parse_moment
from segmentry.storage.folder import EXPORTS, UPLOADS
from segmentry.workspace import Workspace

KEPT = timedelta(hours=24)
"""So long a file that was exported can be fetched, and one that was sent is kept."""

PARTS = "parts"
"""How the folder ends of what was read of files that were sent, while they are taken in."""

JOBS_KEPT = timedelta(days=90)

NO_BACKUPS = (
    "No folder is chosen for backups. Choose one where the server is: "
    "`segmentry settings set backups FOLDER`."
)


class Owner(Protocol):
    """Whose jobs they are: the process that serves a workspace."""

    @property
    def folder(self) -> Path | None:
        """Where the workspace is."""
        ...

    @property
    def jobs(self) -> Queue:
        """Its jobs."""
        ...

    def workspace(
        self, who: str | None = None, *, changes: bool = False
    ) -> AbstractContextManager[Workspace]:
        """The workspace, for as long as it takes."""
        ...


def handlers(owner: Owner) -> Mapping[str, Handler]:
    """How each kind of job is done."""

    def job(run: Callable[[Owner, Running], Any], *, resumable: bool = True) -> Handler:
        return Handler(lambda running: run(owner, running), resumable)

    return {
        "export": job(_export),
        "import": job(_import),
        "rebuild": job(_rebuild),
        "check-members": job(_check_members),
        "compact": job(_compact),
        "tidy": job(_tidy),
        "age-out": job(_age_out),
        "backup": job(_backup),
    }


def schedules(zone: ZoneInfo) -> tuple[Schedule, ...]:
    """What is done without anybody asking."""
    night = Daily(time(3, 30), zone)
    return (
        Schedule("compact", night, Wanted("compact", {}, key="compact")),
        Schedule("tidy", Every(timedelta(hours=1)), Wanted("tidy", {}, key="tidy")),
        Schedule("age-out", night, Wanted("age-out", {}, key="age-out")),
        Schedule("check-members", night, Wanted("check-members", {}, key="check-members")),
    )


def folder_of(owner: Owner, kind: str, name: str) -> Path:
    """A folder for the files of one job; its name is ours, never what somebody sent."""
    if owner.folder is None:
        raise UserError("A workspace in memory has no place for files.")
    folder = owner.folder / kind / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


# -- the kinds ----------------------------------------------------------------------------


def _export(owner: Owner, task: Running) -> dict[str, Any]:
    asked = task.arguments
    out = folder_of(owner, EXPORTS, str(task.id))
    as_of = parse_moment(asked["as_of"])
    told = {"format": asked["format"], "as_of": as_of, "progress": task.progress}
    with owner.workspace() as workspace:
        if asked["segment"] is not None:
            segment = workspace.segments.by_id(asked["segment"])
            written = segment.export(out, fields=asked["fields"], **told)
        else:
            to = out / f"members.{asked['format'] or 'csv'}"
            written = workspace.export(asked["query"], to, fields=asked["fields"] or (), **told)
    return {
        "file": written.path.name,
        "members": written.count,
        "as_of": written.as_of.isoformat(),
        "fields": list(written.fields),
        "bytes": written.path.stat().st_size,
    }


def _import(owner: Owner, task: Running) -> dict[str, Any]:
    asked = task.arguments
    if owner.folder is None:
        raise UserError("A workspace in memory has no place for files.")
    folder = owner.folder / UPLOADS / asked["upload"]
    paths = sorted(folder.iterdir()) if folder.is_dir() else []

    def reading(share: float, what: str) -> None:
        task.progress(share * READING, what)

    if not paths:
        raise UserError(GONE)
    parts = folder_of(owner, UPLOADS, f"{asked['upload']}.{PARTS}")
    shutil.rmtree(parts)  # an attempt that was ended may have left some
    parts.mkdir(mode=0o700)
    try:
        read_apart(_wanted(owner, task, paths), parts, Limits.usual(), reading)
        with owner.workspace(changes=True) as workspace:
            loaded = workspace.import_parts(
                parts.resolve(), dry_run=asked["dry_run"], progress=task.progress
            )
    finally:
        shutil.rmtree(parts, ignore_errors=True)
    changes = {
        name: {"new": each.new, "changed": each.changed, "same": each.same}
        for name, each in loaded.changes.items()
    }
    position = None if loaded.loaded is None else loaded.loaded.position
    return {"report": loaded.report.as_dict(), "changes": changes, "position": position}


def _wanted(owner: Owner, task: Running, paths: Iterable[Path]) -> Asked:
    """What a process of its own is to read, with what it has to know of the store."""
    asked = task.arguments
    with owner.workspace() as workspace:
        store, past = workspace.store, workspace.imports()
    return Asked(
        asked["kind"],
        tuple(str(each.resolve()) for each in paths),
        asked["source"],
        store.zone.key,
        store.currency,
        asked["country"],
        asked["mapping"],
        task.now,
        first_seen(past),
    )


def _rebuild(owner: Owner, task: Running) -> dict[str, Any]:
    with owner.workspace(changes=True) as workspace:
        return {"imports": workspace.rebuild()}


def _check_members(owner: Owner, task: Running) -> dict[str, Any]:
    with owner.workspace() as workspace:
        drift = workspace.drift()
    return {"drift": [each.segment for each in drift]}


def _compact(owner: Owner, task: Running) -> dict[str, Any]:
    with owner.workspace() as workspace:
        return {"messages": workspace.compact_journal()}


def _age_out(owner: Owner, task: Running) -> dict[str, Any]:
    """Take away events that are older than the store keeps them."""
    with owner.workspace(changes=True) as workspace:
        return {"events": workspace.apply_retention()}


def _backup(owner: Owner, task: Running) -> dict[str, Any]:
    """Back up to the folder that was chosen; reads files alone, so that others go on."""
    with owner.workspace() as workspace:
        chosen = workspace.backups
    if owner.folder is None or chosen is None:
        raise UserError(NO_BACKUPS)
    made = back_up(owner.folder, chosen, task.now, progress=task.progress)
    return {
        "file": made.path.name,
        "bytes": made.size,
        "as_of": made.manifest.as_of.isoformat(),
        "watermark": made.manifest.watermark,
    }


def _tidy(owner: Owner, task: Running) -> dict[str, Any]:
    """Take away files that are not fetched any more, and forget old jobs and messages."""
    removed = 0
    for kind in (EXPORTS, UPLOADS):
        for folder in _folders(owner.folder, kind):
            if datetime.fromtimestamp(folder.stat().st_mtime, task.now.tzinfo) < task.now - KEPT:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    with owner.workspace() as workspace:
        workspace.webhooks.forget_old(task.now)
        workspace.webhooks.tell_health(workspace.health().warnings, task.now)
    return {"files": removed, "jobs": owner.jobs.purge(task.now - JOBS_KEPT)}


def _folders(folder: Path | None, kind: str) -> Iterator[Path]:
    if folder is not None and (folder / kind).is_dir():
        yield from (each for each in (folder / kind).iterdir() if each.is_dir())
