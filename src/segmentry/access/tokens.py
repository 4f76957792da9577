"""Tokens: what programs come in with. Shown once when they are made; only a hash is kept.

A token may do some of what its maker may, never more, and no more than that user may now.
Nothing is remembered between two uses, so a revoked one is refused at once.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.random_text import ID_LENGTH, SECRET_LENGTH, hashed, new_id, new_secret
from segmentry.access.scopes import role_named, scopes_named
from segmentry.access.store import Store
from segmentry.base.errors import AccessError, NotAllowed, NotFoundError, NotSignedIn
from segmentry.storage.access_tables import ApiToken, User

PREFIX = "sgm_"
_WHOLE = re.compile(rf"{PREFIX}([a-z2-7]{{{ID_LENGTH}}})[a-z2-7]{{{SECRET_LENGTH}}}", re.ASCII)
_LONGEST_NAME = 100
_NO_HASH = bytes(32)
_REFUSED = "The token is not valid. Make another with `segmentry token add`."


@dataclass(frozen=True, slots=True)
class Token:
    """A token as a list shows it. `used_on` is the day it was last used; one without a
    `user_id` was made on the command line."""

    id: str
    name: str
    scopes: tuple[str, ...]
    user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_on: date | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made; `text` is what the program brings, and is told this once."""

    text: str
    token: Token


class Tokens:
    """Makes tokens, knows them again and revokes them."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def add(
        self,
        caller: Caller,
        name: str,
        scopes: Iterable[str],
        expires_at: datetime | None = None,
    ) -> NewToken:
        """Make a token. Refuses scopes that the caller does not have, and an end that is past."""
        caller.require("tokens:write")
        wanted = scopes_named(scopes)
        more = sorted(wanted - caller.scopes)
        if more:
            raise NotAllowed(f"A token may do no more than its maker, and you lack {more[0]}.")
        row, text = self._row(caller, _name(name), wanted, expires_at)
        with self._store.writing() as session:
            session.add(row)
            session.flush()
            told = {"scopes": sorted(wanted)}
            self._audit.add(session, caller, "token.add", "token", row.id, told)
        return NewToken(text, _token(row))

    def _row(
        self, caller: Caller, name: str, scopes: frozenset[str], expires_at: datetime | None
    ) -> tuple[ApiToken, str]:
        now = self._store.now
        if expires_at is not None and expires_at <= now:
            raise AccessError("The token would be over before it begins. Name a later end.")
        id = new_id()
        text = f"{PREFIX}{id}{new_secret()}"
        row = ApiToken(
            id=id,
            hash=hashed(text),
            user_id=caller.user_id,
            name=name,
            scopes=json.dumps(sorted(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
        return row, text

    def find(self, text: str, address: str | None = None) -> Caller:
        """Who comes with a token. Refuses one that is wrong, over, revoked or whose user is
        disabled, always in the same words."""
        read = _WHOLE.fullmatch(text)
        with self._store.reading() as session:
            row = session.get(ApiToken, read[1]) if read else None
            user = session.get(User, row.user_id) if row and row.user_id else None
        fits = hmac.compare_digest(row.hash if row else _NO_HASH, hashed(text[:_MOST]))
        if row is None or not fits or not self._holds(row, user):
            raise NotSignedIn(_REFUSED)
        self._note_use(row)
        scopes = frozenset(json.loads(row.scopes))
        if user is not None:
            scopes &= role_named(user.role).scopes
        return Caller("token", row.id, row.name, scopes, row.user_id, address)

    def _holds(self, row: ApiToken, user: User | None) -> bool:
        return (
            row.revoked_at is None
            and (row.expires_at is None or self._store.now < row.expires_at)
            and (user is None or user.disabled_at is None)
        )

    def _note_use(self, row: ApiToken) -> None:
        """Once a day is enough, and costs a program nothing the rest of the day."""
        today = self._store.now.date()
        if row.used_on != today:
            with self._store.writing() as session:
                here = session.get(ApiToken, row.id)
                if here is not None:
                    here.used_on = today

    def listed(self, caller: Caller) -> list[Token]:
        """The caller's tokens, or everybody's for who has users:admin; the newest first."""
        query = select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id)
        if not caller.may("users:admin"):
            query = query.where(ApiToken.user_id == _own(caller))
        with self._store.reading() as session:
            return [_token(row) for row in session.scalars(query)]

    def revoke(self, caller: Caller, id: str) -> Token:
        """Refuse a token from now on; one's own, or with users:admin anybody's."""
        with self._store.writing() as session:
            row = _revocable(session, caller, id)
            row.revoked_at = row.revoked_at or self._store.now
            self._audit.add(session, caller, "token.revoke", "token", id)
        return _token(row)


def _revocable(session: Session, caller: Caller, id: str) -> ApiToken:
    """A token the caller may revoke; of others they are not even told that it exists. A token
    may revoke itself, as whoever finds one should."""
    row = session.get(ApiToken, id)
    itself = caller.kind == "token" and caller.id == id
    own = row is not None and row.user_id is not None and row.user_id == caller.user_id
    allowed = itself or caller.may("users:admin") or (own and caller.may("tokens:write"))
    if row is None or not allowed:
        raise NotFoundError(f"There is no token '{id}'.")
    return row


def _own(caller: Caller) -> str:
    if caller.user_id is None:
        raise NotAllowed("That needs the scope users:admin, which you do not have.")
    return caller.user_id


def _token(row: ApiToken) -> Token:
    return Token(
        *(row.id, row.name, tuple(json.loads(row.scopes)), row.user_id, row.created_at),
        *(row.expires_at, row.revoked_at, row.used_on),
    )


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise AccessError(f"A token's name has 1 to {_LONGEST_NAME} characters.")
    return name


_MOST = len(PREFIX) + ID_LENGTH + SECRET_LENGTH + 1
"""So much of what is brought is looked at: one sign more than any token has."""
