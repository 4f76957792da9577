"""The audit log: who did what when, in a chain that shows when somebody has altered it.

Each entry's hash covers its content and the hash of the entry before; a seal made with the
workspace's key proves that the hash is ours, and a head beside says which entry is the last.
Nothing here changes or removes an entry.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.access.audit_check import AuditCheck, checked
from segmentry.access.caller import Caller
from segmentry.access.chain import BEGINNING, PURPOSE, entry_hash, head_text, seal
from segmentry.access.store import Store
from segmentry.base.errors import AccessError
from segmentry.storage.access_tables import AuditEntry, AuditHead

Detail: TypeAlias = str | int | bool | list[str] | None
_MOST_DETAILS = 4_000
"""So many characters of JSON at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done: by whom, to what. `address` is the same text for the same
    address, which cannot be had from it."""

    number: int
    at: datetime
    who_kind: str
    who: str
    user_id: str | None
    verb: str
    object_kind: str
    object_id: str
    address: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EntriesWanted:
    """Which entries to list: those before a number, of a user, of one verb (`segment.add`, or
    all of `segment.`), about one thing; the latest first, so many at most."""

    before: int | None = None
    user_id: str | None = None
    verb: str | None = None
    object_id: str | None = None
    limit: int = 100


class Audit:
    """Writes the log, lists and verifies it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(
        self,
        caller: Caller,
        verb: str,
        kind: str,
        id: str = "",
        details: Mapping[str, Detail] | None = None,
    ) -> None:
        """Write down what was done, in a transaction of its own; see `add`."""
        with self._store.writing() as session:
            self.add(session, caller, verb, kind, id, details)

    def add(
        self,
        session: Session,
        caller: Caller,
        verb: str,
        kind: str,
        id: str = "",
        details: Mapping[str, Detail] | None = None,
    ) -> None:
        """Write down what is done in a transaction, as part of it: `verb` such as
        "segment.add", the `kind` and id of what it is done to.

        Details must be no personal data: ids, names of settings, counts. The time is the
        clock's, also where that was set back.
        """
        said = json.dumps(details or {}, sort_keys=True, separators=(",", ":"))
        if len(said) > _MOST_DETAILS:
            raise AccessError("The details of an audit entry are too long.")
        head = session.get(AuditHead, 1, with_for_update=True)
        key = self._store.keys.find(PURPOSE)
        entry = AuditEntry(
            number=head.number + 1 if head else 1,
            at=self._store.now,
            who_kind=caller.kind,
            who=caller.id,
            user_id=caller.user_id,
            verb=verb,
            object_kind=kind,
            object_id=id,
            address=self._hidden(caller.address),
            details=said,
            previous=head.hash if head else BEGINNING,
        )
        entry.hash = entry_hash(entry)
        entry.seal = seal(key, entry.hash)
        session.add(entry)
        if head is None:
            session.add(head := AuditHead(id=1))
        head.number, head.hash = entry.number, entry.hash
        head.seal = seal(key, head_text(entry.number, entry.hash))
        session.flush()

    def _hidden(self, address: str | None) -> str | None:
        """There are few enough addresses to try all: without a key none is kept."""
        key = self._store.keys.find("audit addresses")
        if address is None or key is None:
            return None
        return hmac.new(key, address.encode(), sha256).hexdigest()[:16]

    def entries(self, wanted: EntriesWanted | None = None) -> list[Entry]:
        """Entries, the latest first."""
        asked = wanted or EntriesWanted()
        query = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(asked.limit)
        if asked.before is not None:
            query = query.where(AuditEntry.number < asked.before)
        if asked.user_id is not None:
            query = query.where(AuditEntry.user_id == asked.user_id)
        if asked.object_id is not None:
            query = query.where(AuditEntry.object_id == asked.object_id)
        if asked.verb is not None:
            whole = not asked.verb.endswith(".")
            verb = AuditEntry.verb
            query = query.where(
                verb == asked.verb if whole else verb.startswith(asked.verb, autoescape=True)
            )
        with self._store.reading() as session:
            return [_entry(row) for row in session.scalars(query)]

    def verify(self, number: int | None = None, hash: str | None = None) -> AuditCheck:
        """Whether the log is as it was written; names the first broken entry.

        `number` and `hash` are those of an entry that somebody wrote down elsewhere: proof
        against putting the whole database back to an older state.
        """
        self._store.keys.look()
        key = self._store.keys.find(PURPOSE)
        with self._store.reading() as session:
            return checked(session, key, number, hash)


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        *(row.number, row.at, row.who_kind, row.who, row.user_id, row.verb),
        *(row.object_kind, row.object_id, row.address, json.loads(row.details)),
    )
