"""What jobs there are, and how each is done; and which are put in again and again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from segmentry.backups.making import back_up
from segmentry.base.errors import UserError
from segmentry.ingest.files.mapping import parse_mapping
from segmentry.jobs import Daily, Every, Handler, Queue, Running, Schedule, Wanted
from segmentry.query.moments import parse_moment
from segmentry.storage.folder import EXPORTS, UPLOADS
from segmentry.workspace import Workspace

KEPT = timedelta(hours=24)
"""So long a file that was exported can be fetched, and one that was sent is kept."""

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
    if not paths:
        raise UserError("The files that were sent are not there any more. Send them again.")
    with owner.workspace(changes=True) as workspace:
        if asked["kind"] == "events":
            loaded = workspace.import_events(
                *paths,
                source=asked["source"],
                country=asked["country"],
                dry_run=asked["dry_run"],
                progress=task.progress,
            )
        else:
            mapping = asked["mapping"]
            plan = workspace.plan_import(
                paths,
                None if mapping is None else parse_mapping(mapping, "that was sent"),
                country=asked["country"],
            )
            loaded = workspace.import_files(
                plan,
                source=asked["source"],
                progress=task.progress,
                dry_run=asked["dry_run"],
            )
    changes = {
        name: {"new": each.new, "changed": each.changed, "same": each.same}
        for name, each in loaded.changes.items()
    }
    position = None if loaded.loaded is None else loaded.loaded.position
    return {"report": loaded.report.as_dict(), "changes": changes, "position": position}


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
