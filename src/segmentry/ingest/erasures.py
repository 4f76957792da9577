"""Erases people, and has it among the imports that they are: by ids made of hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.erasure.erasing import Erased, Request, begin, finish, pending
from segmentry.erasure.finding import find_person
from segmentry.erasure.hashes import CUSTOMER, Hashes
from segmentry.erasure.known import SOURCE
from segmentry.erasure.record import Kept, note, refuse_others
from segmentry.facts.tables import DELETIONS
from segmentry.ingest.load import Stores, load

_LONGEST = 500


def erase(
    stores: Stores, hashes: Hashes, customers: Iterable[str], request: Request, now: datetime
) -> Erased:
    """Erase a person known by these keys. Refuses a reason that names them: it is kept."""
    person = find_person(stores, customers)
    if len(request.reason) > _LONGEST:
        raise UserError(f"A reason has at most {_LONGEST} characters.")
    said = request.reason.casefold()
    if any(word.casefold() in said for word in person.words if len(word) > 2):
        raise UserError("The reason names the person. It is kept, so say it without.")
    done = begin(stores, hashes, person, request, now)
    finish_all(stores, hashes)
    return done


def finish_all(stores: Stores, hashes: Hashes) -> int:
    """End the erasures that are not ended, as after a process that was; gives how many."""
    numbers = pending(stores)
    for number in numbers:
        finish(stores, hashes, number, lambda ids, at: _note(stores, ids, at))
    return len(numbers)


def _note(stores: Stores, ids: list[str], at: datetime) -> None:
    rows = [{"kind": "customer", "record_id": id, "deleted_at": at, "erased": True} for id in ids]
    tables = {DELETIONS.name: pa.Table.from_pylist(rows, DELETIONS.schema)}
    load(stores, tables, SOURCE, json.dumps({"kind": "erasure"}), at)


def replay(stores: Stores, hashes: Hashes, erased: Iterable[Kept]) -> int:
    """Erase those again who are in a list and here, and keep the others out too; gives how
    many were here. Refuses the list of another workspace."""
    wanted = list(erased)
    refuse_others(stores.app, wanted)
    known = {hashes.of(CUSTOMER, each): each for each in stores.facts.customer_ids()}
    here = 0
    for each in wanted:
        found = [known[hash] for hash in each.customers if hash in known]
        if found:
            request = Request(each.reason, each.requested_at, each.number)
            erase(stores, hashes, found, request, each.erased_at)
            here += 1
        note(stores.app, each, stores.facts.position)
    return here
