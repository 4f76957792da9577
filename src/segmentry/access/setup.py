"""The first run: while there is no user, a token that is shown once makes the first admin.

So there is never a default password, and whoever finds a new server first does not own it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.random_text import hashed, new_secret
from segmentry.access.sessions import NewSession, Sessions
from segmentry.access.store import Store
from segmentry.access.users import NewUser, Users
from segmentry.base.errors import AccessError, NotSignedIn
from segmentry.storage.access_tables import SetupToken, User

LASTS = timedelta(hours=24)
_THE_ONE = 1


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """Who is to be the first admin, from where and on what."""

    email: str
    name: str
    password: str
    address: str = ""
    label: str = ""


class Setup:
    """Gives out the set-up token and takes it."""

    def __init__(self, store: Store, audit: Audit, users: Users, sessions: Sessions) -> None:
        self._store = store
        self._audit = audit
        self._users = users
        self._sessions = sessions

    def new_token(self, caller: Caller) -> tuple[str, datetime]:
        """A new set-up token and when it is over; the one before counts no more. Refuses once
        there is a user."""
        token, ends = new_secret(), self._store.now + LASTS
        with self._store.writing() as session:
            _refuse_users(session)
            session.merge(SetupToken(id=_THE_ONE, hash=hashed(token), expires_at=ends))
            self._audit.add(session, caller, "setup.token", "setup")
        return token, ends

    def use(self, token: str, first: FirstAdmin) -> NewSession:
        """Make the first admin and sign them in. Refuses a token that is wrong, over or used,
        in the same words; of two at once one wins."""
        new = NewUser(first.email, first.name, "admin", first.password)
        with self._store.reading() as session:
            self._refuse_wrong(session, token)
        hash = self._users.checked_hash(new)
        with self._store.writing() as session:
            row = self._refuse_wrong(session, token)
            session.delete(row)
            user = self._users.insert(session, new, hash)
            begun = self._sessions.begin(session, user, first.label, first.address or None)
            caller = begun.signed_in.caller
            self._audit.add(session, caller, "user.add", "user", user.id, {"role": user.role})
        return begun

    def _refuse_wrong(self, session: Session, token: str) -> SetupToken:
        _refuse_users(session)
        row = session.get(SetupToken, _THE_ONE)
        fits = row is not None and hmac.compare_digest(row.hash, hashed(token))
        if row is None or not fits or self._store.now >= row.expires_at:
            raise NotSignedIn(
                "The set-up token is not valid. Have a new one with `segmentry user setup`."
            )
        return row


def _refuse_users(session: Session) -> None:
    if session.scalar(select(User.id).limit(1)) is not None:
        raise AccessError(
            "This workspace has users already. Sign in, or see `segmentry user --help`."
        )
