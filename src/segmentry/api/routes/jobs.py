"""Work that is done beside: jobs, and the exports and imports that are some."""

from __future__ import annotations

import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Id, Model, Moment, Text, moment
from segmentry.api.pages import MOST
from segmentry.api.personal import refuse_personal
from segmentry.base.errors import NotFoundError, UserError
from segmentry.ingest.records import check_source
from segmentry.jobs import Job as Known
from segmentry.jobs import Wanted
from segmentry.serving.served import Served
from segmentry.serving.work import KEPT, NO_BACKUPS, folder_of
from segmentry.storage.folder import EXPORTS, UPLOADS

router = APIRouter(tags=["jobs"])

Reads = Annotated[Who, may("jobs:read")]
Writes = Annotated[Who, may("jobs:write")]
BacksUp = Annotated[Who, may("backups:write")]
Exports = Annotated[Who, may("exports:read")]
Imports = Annotated[Who, may("imports:write")]
Format = Literal["csv", "xlsx", "parquet", "jsonl"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Job(Model):
    """A piece of work: what, how far, and what came of it."""

    id: int
    kind: str
    state: State
    share: float
    step: str
    attempts: int
    run_at: datetime
    created_at: datetime
    created_by: str
    started_at: datetime | None
    ended_at: datetime | None
    result: Any
    error: str | None


class JobWanted(Model):
    """The kind of work to be done."""

    kind: Literal["rebuild", "check-members", "compact", "tidy", "age-out"]


class ExportWanted(Model):
    """Members to be written to a file: of a segment, or of a query."""

    segment: Id | None = None
    query: Text | None = None
    format: Format = "csv"
    fields: list[str] | None = Field(None, max_length=200)
    as_of: Moment = None


@router.get("/jobs")
def list_jobs(
    served: ServedNow,
    who: Reads,
    state: State | None = None,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[Job]:
    """Jobs, the latest first; `before` is the last number of the page before."""
    found = served.jobs.listed(state=state, kind=kind, before=before, limit=limit)
    return [_job(each) for each in found]


@router.post("/jobs", status_code=202)
def begin_job(served: ServedNow, who: Writes, response: Response, wanted: JobWanted) -> Job:
    """Have work done that needs nothing but its name: facts made anew, members checked, the
    journal compacted, files tidied, old events taken away."""
    job = Wanted(wanted.kind, {}, by=who.id, key=wanted.kind)
    return _begun(served, served.jobs.enqueue(job), response)


@router.get("/jobs/{id}")
def get_job(served: ServedNow, who: Reads, id: Id) -> Job:
    """One job, and how far it is."""
    return _job(served.jobs.get(id))


@router.post("/jobs/{id}/cancel")
def cancel_job(served: ServedNow, who: Writes, id: Id) -> Job:
    """Have a job not done: one that waits is ended at once, one that runs is told."""
    _require(who, served.jobs.get(id))
    return _job(served.jobs.cancel(id))


@router.post("/jobs/{id}/retry")
def retry_job(served: ServedNow, who: Writes, id: Id) -> Job:
    """Have a job that failed or was cancelled done again."""
    _require(who, served.jobs.get(id))
    return _job(served.jobs.retry(id))


def _require(who: Who, job: Known) -> None:
    """Refuse who must not begin such a job either."""
    if job.kind == "backup":
        who.require("backups:write")


@router.post("/backups", status_code=202)
def begin_backup(served: ServedNow, who: BacksUp, response: Response) -> Job:
    """Have the workspace backed up to the folder that was chosen where the server is. The job
    has the name of the file; the key for its secrets is not in it."""
    with served.workspace(who.id) as workspace:
        if workspace.folder is None or workspace.backups is None:
            raise UserError(NO_BACKUPS)
    return _begun(
        served, served.jobs.enqueue(Wanted("backup", {}, by=who.id, key="backup")), response
    )


@router.post("/exports", status_code=202)
def export_members(
    served: ServedNow, who: Exports, response: Response, wanted: ExportWanted
) -> Job:
    """Have members written to a file, which can be fetched for a day once the job is done."""
    if (wanted.segment is None) == (wanted.query is None):
        raise UserError("Name a segment or a query, and not both.")
    moment(wanted.as_of)
    fields = wanted.fields or []
    refuse_personal(who, fields)
    with served.workspace(who.id) as workspace:
        for name in fields:
            workspace.attribute(name)
        if wanted.segment is not None:
            workspace.segments.by_id(wanted.segment)
        else:
            workspace.check(wanted.query or "")
    asked = wanted.model_dump()
    if not who.may("customers:pii"):
        asked["fields"] = fields  # never those that somebody else chose last
    id = served.jobs.enqueue(Wanted("export", asked, by=who.id))
    told = {"fields": fields, "format": wanted.format}
    served.access.audit.note(who, "export.begin", "job", str(id), told)
    return _begun(served, id, response)


@router.get(
    "/exports/{id}/file",
    response_class=FileResponse,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_export(served: ServedNow, who: Exports, id: Id) -> FileResponse:
    """The file of an export: for whoever asked for it, for a day."""
    job = served.jobs.get(id)
    ours = job.kind == "export" and job.created_by == who.id and job.state == "done"
    ended = job.ended_at
    if not ours or ended is None or ended + KEPT < served.jobs.now or served.folder is None:
        raise NotFoundError(f"There is no file of export {id}.")
    path = served.folder / EXPORTS / str(id) / Path(job.result["file"]).name
    if not path.is_file():
        raise NotFoundError(f"There is no file of export {id}.")
    return FileResponse(path, filename=path.name)


@router.post("/imports", status_code=202)
def import_files(
    served: ServedNow,
    who: Imports,
    response: Response,
    files: Annotated[list[UploadFile], File(max_length=20)],
    kind: Annotated[Literal["files", "events"], Form()] = "files",
    source: Annotated[str, Form(max_length=40)] = "shop",
    country: Annotated[str | None, Form(max_length=2)] = None,
    mapping: Annotated[str | None, Form(max_length=100_000)] = None,
    dry_run: Annotated[bool, Form()] = False,
) -> Job:
    """Have files taken in: CSV, Parquet, or events as JSON lines; the job has the report. With
    `dry_run` nothing is kept, and the report says what would be."""
    check_source(source)
    upload = secrets.token_hex(16)
    folder = folder_of(served, UPLOADS, upload)
    try:
        for number, each in enumerate(files):
            _keep(each, folder / _name(each, number))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    asked = {
        "upload": upload,
        "kind": kind,
        "source": source,
        "country": country or None,
        "mapping": mapping,
        "dry_run": dry_run,
    }
    return _begun(served, served.jobs.enqueue(Wanted("import", asked, by=who.id)), response)


def _name(file: UploadFile, number: int) -> str:
    """A name of ours, with the ending that says what it is."""
    ending = Path(file.filename or "").suffix.lower()
    known = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson")
    return f"{number:02}{ending if ending in known else '.csv'}"


def _keep(file: UploadFile, path: Path) -> None:
    with path.open("xb") as out:
        path.chmod(0o600)
        shutil.copyfileobj(file.file, out, 1024 * 1024)


def _begun(served: Served, id: int, response: Response) -> Job:
    response.headers["Location"] = f"/api/v1/jobs/{id}"
    return _job(served.jobs.get(id))


def _job(each: Known) -> Job:
    return Job.model_validate({name: getattr(each, name) for name in Job.model_fields})
