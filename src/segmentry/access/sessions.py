"""Sessions: who is signed in, on which devices, until when.

A browser holds a secret of 256 bits, of which the hash is kept. It is used as long as somebody
comes back within half a day, and for thirty days at most.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.random_text import SECRET_LENGTH, hashed, new_id, new_secret
from segmentry.access.scopes import role_named
from segmentry.access.store import Store
from segmentry.base.errors import NotAllowed, NotFoundError, NotSignedIn
from segmentry.storage.access_tables import User, UserSession

IDLE, LONGEST = timedelta(hours=12), timedelta(days=30)
_NOTED_EVERY = timedelta(minutes=5)
"""Not every request writes down that somebody was here."""
_MOST_OF_LABEL = 200
_ENDED = "You are not signed in, or not any more. Sign in again."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in, and in which session; `csrf` is what their forms must bring."""

    caller: Caller
    session_id: str
    csrf: str
    ends_at: datetime

    def came_from_here(self, csrf: str) -> bool:
        """Whether a request brings what only our own pages know."""
        given = csrf.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self.csrf.encode(), given)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that begins; `secret` is what the browser holds, and is told this once."""

    secret: str
    signed_in: SignedIn


@dataclass(frozen=True, slots=True)
class Device:
    """One of a user's sessions, as a list shows it."""

    id: str
    label: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


class Sessions:
    """Begins sessions, knows them again and ends them."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def begin(
        self, session: Session, user: User, label: str = "", address: str | None = None
    ) -> NewSession:
        """Sign a user in, in a transaction. The secret is always a new one."""
        secret, now = new_secret(), self._store.now
        row = UserSession(
            id=new_id(),
            hash=hashed(secret),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            label="".join(c if c.isprintable() else " " for c in label)[:_MOST_OF_LABEL],
        )
        session.add(row)
        session.execute(delete(UserSession).where(_over(now)))
        return NewSession(secret, _signed_in(row, user, secret, address))

    def find(self, secret: str, address: str | None = None) -> SignedIn:
        """Who is signed in with a secret. Refuses one that is wrong or whose session is over,
        in the same words."""
        if len(secret) != SECRET_LENGTH:
            raise NotSignedIn(_ENDED)
        with self._store.reading() as session:
            wanted = select(UserSession, User).join(User, User.id == UserSession.user_id)
            found = session.execute(wanted.where(UserSession.hash == hashed(secret))).first()
        if found is None or _is_over(found[0], self._store.now) or found[1].disabled_at:
            raise NotSignedIn(_ENDED)
        row, user = self._noted(found[0]), found[1]
        return _signed_in(row, user, secret, address)

    def _noted(self, row: UserSession) -> UserSession:
        """Write down that somebody was here, so that the session goes on."""
        now = self._store.now
        if now - row.seen_at >= _NOTED_EVERY:
            with self._store.writing() as session:
                here = session.get(UserSession, row.id)
                if here is None:  # ended since it was looked for
                    raise NotSignedIn(_ENDED)
                here.seen_at = row.seen_at = now
        return row

    def end(self, secret: str) -> None:
        """Sign out. A secret that is nobody's is no mistake."""
        with self._store.writing() as session:
            row = session.scalar(select(UserSession).where(UserSession.hash == hashed(secret)))
            if row is not None:
                caller = Caller("user", row.user_id, "", user_id=row.user_id)
                self._audit.add(session, caller, "session.end", "session", row.id)
                session.delete(row)

    def of(self, caller: Caller, user_id: str) -> list[Device]:
        """A user's sessions, the last used first; one's own, or with users:admin anybody's."""
        _refuse_others(caller, user_id)
        query = select(UserSession).where(UserSession.user_id == user_id, ~_over(self._store.now))
        with self._store.reading() as session:
            rows = session.scalars(query.order_by(UserSession.seen_at.desc(), UserSession.id))
            return [_device(row) for row in rows]

    def end_one(self, caller: Caller, user_id: str, id: str) -> None:
        """End one of a user's sessions; one's own, or with users:admin anybody's."""
        _refuse_others(caller, user_id)
        with self._store.writing() as session:
            row = session.get(UserSession, id)
            if row is None or row.user_id != user_id:
                raise NotFoundError(f"There is no session '{id}'.")
            session.delete(row)
            self._audit.add(session, caller, "session.end", "session", id)

    def end_every(self, caller: Caller, user_id: str) -> int:
        """Sign a user out everywhere; returns how many sessions there were."""
        _refuse_others(caller, user_id)
        with self._store.writing() as session:
            ended = self.end_all(session, user_id)
            told = {"sessions": ended}
            self._audit.add(session, caller, "session.end_all", "user", user_id, told)
        return ended

    def end_all(self, session: Session, user_id: str) -> int:
        """End all of a user's sessions, in a transaction."""
        ids = session.scalars(select(UserSession.id).where(UserSession.user_id == user_id)).all()
        session.execute(delete(UserSession).where(UserSession.user_id == user_id))
        return len(ids)


def _refuse_others(caller: Caller, user_id: str) -> None:
    if not caller.may("users:admin") and (caller.kind != "user" or caller.user_id != user_id):
        raise NotAllowed("These are somebody else's sessions.")


def _over(now: datetime) -> Any:
    return or_(UserSession.seen_at <= now - IDLE, UserSession.created_at <= now - LONGEST)


def _is_over(row: UserSession, now: datetime) -> bool:
    return now >= _ends_at(row)


def _ends_at(row: UserSession) -> datetime:
    return min(row.seen_at + IDLE, row.created_at + LONGEST)


def _device(row: UserSession) -> Device:
    return Device(row.id, row.label, row.created_at, row.seen_at, _ends_at(row))


def _signed_in(row: UserSession, user: User, secret: str, address: str | None) -> SignedIn:
    caller = Caller("user", user.id, user.name, role_named(user.role).scopes, user.id, address)
    return SignedIn(caller, row.id, _csrf(secret), _ends_at(row))


def _csrf(secret: str) -> str:
    """Known to whoever holds the secret; it does not give the secret away."""
    return hmac.new(secret.encode(), b"segmentry csrf", sha256).hexdigest()
