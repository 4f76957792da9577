"""Requests that are to be carried out once, however often they are sent: the first one's reply
is kept and given again, also after the process was ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Literal, TypeAlias

from sqlalchemy import delete
from sqlalchemy.orm import Session

from segmentry.access.random_text import new_id
from segmentry.access.store import Store
from segmentry.base.errors import AccessError
from segmentry.storage.access_tables import IdempotencyKey

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
Begun: TypeAlias = Literal["new", "done", "in flight", "other request"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request under a key of whoever sends it; the same key of somebody else is another."""

    who: str
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, who: str, key: str, method: str, path: str, body: bytes) -> Request:
        """Refuses a key that is none."""
        if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
            raise AccessError(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
        parts = (method.upper().encode(), path.encode(), body)
        hash = sha256()
        for part in parts:
            hash.update(len(part).to_bytes(8, "big") + part)
        return cls(who, key, hash.digest())


class Idempotency:
    """Remembers requests and replies. Each process is an owner of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owner = new_id()

    def begin(self, request: Request) -> tuple[Begun, Reply | None]:
        """Whether to carry a request out: "new" says yes, and is to be followed by `finish` or
        `release`; "done" comes with the reply; "in flight" says that it is being carried out,
        "other request" that the key was used for something else."""
        with self._store.writing() as session:
            row = self._row(session, request)
            if row is None:
                session.add(self._begun(request))
                return "new", None
            if row.request != request.fingerprint:
                return "other request", None
            if row.status is None:
                return "in flight", None
            return "done", Reply(row.status, json.loads(row.headers), row.body)

    def _row(self, session: Session, request: Request) -> IdempotencyKey | None:
        """What is known of a key; what is too old is forgotten."""
        row = session.get(IdempotencyKey, (request.who, request.key))
        if row is not None and row.at <= self._store.now - KEPT:
            session.delete(row)
            session.flush()
            return None
        return row

    def _begun(self, request: Request) -> IdempotencyKey:
        return IdempotencyKey(
            who=request.who,
            key=request.key,
            request=request.fingerprint,
            owner=self._owner,
            at=self._store.now,
            headers="{}",
            body=b"",
        )

    def finish(self, request: Request, reply: Reply) -> None:
        """Keep the reply."""
        with self._store.writing() as session:
            row = self._own(session, request)
            if row is not None:
                row.status, row.body = reply.status, reply.body
                row.headers = json.dumps(dict(reply.headers))

    def release(self, request: Request) -> None:
        """Have the request carried out when it is sent again: this time nothing was done."""
        with self._store.writing() as session:
            row = self._own(session, request)
            if row is not None:
                session.delete(row)

    def _own(self, session: Session, request: Request) -> IdempotencyKey | None:
        row = session.get(IdempotencyKey, (request.who, request.key))
        return row if row is not None and row.status is None and row.owner == self._owner else None

    def release_ended(self) -> int:
        """Release what other processes had begun and were ended before it was done, as the one
        that serves a workspace does when it starts; forget what is too old. Returns how many
        were released."""
        left = IdempotencyKey.status.is_(None), IdempotencyKey.owner != self._owner
        with self._store.writing() as session:
            gone = delete(IdempotencyKey).where(*left).returning(IdempotencyKey.key)
            released = len(session.scalars(gone).all())
            session.execute(
                delete(IdempotencyKey).where(IdempotencyKey.at <= self._store.now - KEPT)
            )
        return released
