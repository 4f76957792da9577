"""Erases a person: first that they are erased is on disk, with all that is theirs; then it is
taken away; a process that ends in between is made up for when the workspace is opened next.

The archive gets new files without them, which take the place of the old ones in one
transaction together with what `app.sqlite` has of them; the facts lose what these files do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from segmentry.erasure.finding import Person
from segmentry.erasure.hashes import CUSTOMER, Hashes, kind_of
from segmentry.erasure.known import SOURCE, anew, certificate
from segmentry.erasure.stores import Stores, imported
from segmentry.storage.access_tables import IdempotencyKey
from segmentry.storage.app_db import Import, ImportFile, clear_remains
from segmentry.storage.erasure_tables import ErasedPerson, Erasure, Suppression
from segmentry.storage.fingerprints import fingerprint
from segmentry.storage.jobs_table import Job
from segmentry.storage.journal import Written, put_anew, put_file, without_ids
from segmentry.storage.journal_tables import JournalFile
from segmentry.storage.numbers import forget
from segmentry.storage.traces import Traces, scrubbed, scrubbed_records

_SHORTEST = 3
"""Words that are shorter stand in texts for too much else."""

_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Erased:
    """That somebody was erased: the number of the certificate, when, why, when it was asked
    for, and by how many hashes they are known."""

    certificate: str
    erased_at: datetime
    reason: str
    requested_at: datetime | None
    hashes: int


@dataclass(frozen=True, slots=True)
class Request:
    """Why somebody is to be erased, when they asked for it, and by which number; without one
    by the next."""

    reason: str
    requested_at: datetime | None
    number: int | None = None


def begin(
    stores: Stores, hashes: Hashes, person: Person, request: Request, now: datetime
) -> Erased:
    """Have it on disk that a person is erased; from here on nothing about them is taken in."""
    known = _hashed(hashes, person)
    with Session(stores.app) as session, session.begin():
        number = request.number or next_number(session)
        pending = json.dumps(
            {"traces": person.traces.as_json(), "words": sorted(person.words)},
        )
        session.merge(
            Erasure(
                number=number,
                requested_at=request.requested_at,
                erased_at=now,
                reason=request.reason,
                pending=pending,
                position=stores.facts.position,
            )
        )
        session.flush()
        for kind, hash in sorted(known):
            session.merge(ErasedPerson(hash=hash, kind=kind, number=number))
        for each in person.opted_out:
            session.merge(
                Suppression(
                    hash=hashes.of(kind_of(each.address), each.address),
                    channel=each.channel,
                    state=each.state,
                    acted_at=each.acted_at,
                    number=number,
                )
            )
    return Erased(certificate(number), now, request.reason, request.requested_at, len(known))


def _hashed(hashes: Hashes, person: Person) -> set[tuple[str, str]]:
    """What is kept of them: of an address that others have too, nothing."""
    found = {(CUSTOMER, hashes.of(CUSTOMER, each)) for each in person.traces.ids}
    for address in person.traces.addresses:
        found.add((kind_of(address), hashes.of(kind_of(address), address)))
    return found


def next_number(session: Session) -> int:
    """The number of the next certificate."""
    return (session.scalar(select(func.max(Erasure.number))) or 0) + 1


def pending(stores: Stores) -> list[int]:
    """The numbers of erasures that are not ended."""
    rows = select(Erasure.number).where(Erasure.pending.is_not(None)).order_by(Erasure.number)
    with Session(stores.app) as session:
        return list(session.scalars(rows))


def finish(
    stores: Stores, hashes: Hashes, number: int, note: Callable[[list[str], datetime], object]
) -> None:
    """Take away what is a person's, from everything; the same again is right.

    `note` is given ids made of hashes, to be taken in as those of people erased, and when.
    """
    with Session(stores.app) as session:
        row = session.get_one(Erasure, number)
        assert row.pending is not None, "an erasure that is not ended"
        kept, erased_at = json.loads(row.pending), row.erased_at
    traces, words = Traces.from_json(kept["traces"]), frozenset(kept["words"])
    put_in_archive(stores, lambda table, rows: scrubbed(table, rows, traces)[0])
    _from_journal(stores, traces)
    _from_app(stores, traces, words)
    stores.facts.erase(traces)
    drop_unwanted(stores)
    note(sorted(f"{SOURCE}:{hashes.of(CUSTOMER, each)}" for each in traces.ids), erased_at)
    with Session(stores.app) as session, session.begin():
        session.get_one(Erasure, number).pending = None
    clear_remains(stores.app)


# -- the archive ----------------------------------------------------------------------------


def put_in_archive(stores: Stores, left: Callable[[Any, Any], Any]) -> int:
    """Have every file of an import hold what is left of its rows; gives how many changed.

    New files are on disk before the one transaction that puts them in the places of others.
    """
    others: dict[tuple[str, str], tuple[str, int]] = {}
    for table, sha256, rows in imported(stores):
        after = left(table, rows)
        if after is not rows:
            others[table.name, sha256] = stores.archive.add(after), after.num_rows
    if others:
        with Session(stores.app) as session, session.begin():
            _put(session, others)
    return len(others)


def _put(session: Session, others: dict[tuple[str, str], tuple[str, int]]) -> None:
    changed: set[int] = set()
    for (name, old), (new, rows) in others.items():
        of = ImportFile
        found = select(of).where(of.table == name, of.sha256 == old)
        for file in session.scalars(found):
            file.sha256, file.rows = new, rows
            changed.add(file.position)
    session.flush()
    for entry in session.scalars(select(Import).where(Import.position.in_(sorted(changed)))):
        # The same records would be filtered first, so they are to be known as they are now.
        wanted = fingerprint(entry.files, entry.source)
        taken = select(Import.position).where(Import.fingerprint == wanted)
        other = session.scalar(taken.where(Import.position != entry.position))
        entry.fingerprint = wanted if other is None else f"{wanted}+{entry.position}"
        session.flush()


def drop_unwanted(stores: Stores) -> None:
    """Remove the files of the archive that nothing names."""
    with Session(stores.app) as session:
        wanted = set(session.scalars(select(ImportFile.sha256)))
        wanted |= set(session.scalars(select(JournalFile.sha256)))
    stores.archive.keep_only(wanted)


# -- messages -------------------------------------------------------------------------------


def _from_journal(stores: Stores, traces: Traces) -> None:
    def change(message: Written) -> Written:
        return _left(message, traces)

    rewrite_messages(stores, change)


def rewrite_messages(stores: Stores, change: Callable[[Written], Written]) -> None:
    """Have messages be as a function gives them, which gives itself back what stays; those of
    the journal in one transaction for some of them, those of a file in one."""
    for some in stores.journal.every():
        _rewrite(stores, some, [change(each) for each in some])
    for old, some in stores.journal.files():
        after = [change(each) for each in some]
        if any(now is not was for was, now in zip(some, after, strict=True)):
            new = stores.journal.keep_file(after)
            gone = [was for was, now in zip(some, after, strict=True) if now is not was]
            with Session(stores.app) as session, session.begin():
                put_file(session, old, new)
                without_ids(session, gone)


def _rewrite(stores: Stores, before: list[Written], after: list[Written]) -> None:
    pairs = [(was, now) for was, now in zip(before, after, strict=True) if now is not was]
    if pairs:
        with Session(stores.app) as session, session.begin():
            without_ids(session, [was for was, _ in pairs])
            put_anew(session, [now for _, now in pairs])


def _left(message: Written, traces: Traces) -> Written:
    left, changed = scrubbed_records(_decode(message.entry.body)["records"], traces)
    return anew(message, left) if changed else message


def put_messages(stores: Stores, before: Iterable[Written], after: Iterable[Written]) -> None:
    """Have messages of the journal be others, which have the same positions."""
    old = {each.position: each for each in before}
    changed = list(after)
    _rewrite(stores, [old[each.position] for each in changed], changed)


# -- the rest of app.sqlite -----------------------------------------------------------------


def _from_app(stores: Stores, traces: Traces, words: frozenset[str]) -> None:
    """Their ids leave the sets of customers, and what was written about them leaves reports."""
    naming = _pattern(words)
    with Session(stores.app) as session, session.begin():
        forget(session, traces.ids)
        for report in session.scalars(select(Import)):
            report.report = _unnamed(report.report, naming)
        for job in session.scalars(select(Job)):
            job.arguments = _unnamed(job.arguments, naming)
            job.result = None if job.result is None else _unnamed(job.result, naming)
            job.error = None if job.error is None else naming.sub(GONE, job.error)
        for reply in session.scalars(select(IdempotencyKey)):
            if naming.search(reply.body.decode(errors="replace")):
                session.delete(reply)


GONE = "[erased]"


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds words that name somebody, where they stand as words."""
    long = sorted((re.escape(each) for each in words if len(each) >= _SHORTEST), key=len)
    each = "|".join(reversed(long)) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)", re.IGNORECASE)


def _unnamed(text: str, naming: re.Pattern[str]) -> str:
    """JSON, in the texts of which nobody is named."""
    read = json.loads(text)
    left = _replaced(read, naming)
    return text if left == read else json.dumps(left)


def _replaced(value: Any, naming: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return naming.sub(GONE, value)
    if isinstance(value, list):
        return [_replaced(each, naming) for each in value]
    if isinstance(value, dict):
        return {naming.sub(GONE, key): _replaced(each, naming) for key, each in value.items()}
    return value
