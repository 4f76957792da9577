"""Users: who may sign in, and as what. Refuses what would leave nobody in charge, and what
would give somebody more than who gives it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.passwords import Passwords, refuse_weak
from segmentry.access.random_text import new_id
from segmentry.access.scopes import Role, role_named
from segmentry.access.sessions import Sessions
from segmentry.access.store import Store
from segmentry.base.errors import AccessError, NotAllowed, NotFoundError
from segmentry.base.text import email_key
from segmentry.storage.access_tables import User as Row

_ADMIN = "admin"
_LONGEST_EMAIL, _LONGEST_NAME = 254, 200
_RIGHT = "users:admin"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in, unless disabled."""

    id: str
    email: str
    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody who is to be a user."""

    email: str
    name: str
    role: str
    password: str


class Users:
    """Makes and changes users. Whoever calls needs users:admin, except for what is their own."""

    def __init__(
        self, store: Store, audit: Audit, passwords: Passwords, sessions: Sessions
    ) -> None:
        self._store = store
        self._audit = audit
        self._passwords = passwords
        self._sessions = sessions

    def any(self) -> bool:
        """Whether there is a user; if not, `setup` makes the first."""
        with self._store.reading() as session:
            return session.scalar(select(Row.id).limit(1)) is not None

    def listed(self) -> list[User]:
        """All users, by address."""
        with self._store.reading() as session:
            return [shown(row) for row in session.scalars(select(Row).order_by(Row.email_key))]

    def get(self, id: str) -> User:
        """The user of an id. Refuses one that nobody has."""
        with self._store.reading() as session:
            return shown(_row(session, id))

    def named(self, email: str) -> User:
        """The user of an e-mail address. Refuses one that nobody has."""
        with self._store.reading() as session:
            row = row_of(session, email)
        if row is None:
            raise NotFoundError(f"There is no user '{email}'.")
        return shown(row)

    def add(self, caller: Caller, new: NewUser) -> User:
        """Make a user. Refuses an address that one has, a weak password, and a role that may
        do more than the caller."""
        caller.require(_RIGHT)
        _refuse_more(caller, role_named(new.role))
        hash = self.checked_hash(new)
        with self._store.writing() as session:
            row = self.insert(session, new, hash)
            self._audit.add(session, caller, "user.add", "user", row.id, {"role": row.role})
        return shown(row)

    def checked_hash(self, new: NewUser) -> str:
        """The hash of a new user's password, made before the transaction, as it takes long.
        Refuses what makes no user."""
        email, name = _email(new.email), _name(new.name)
        refuse_weak(new.password, email, name)
        return self._passwords.hash(new.password)

    def insert(self, session: Session, new: NewUser, hash: str) -> Row:
        """Make a user in a transaction."""
        email = _email(new.email)
        if row_of(session, email) is not None:
            raise AccessError(f"There is a user '{email}' already.")
        row = Row(
            id=new_id(),
            email=email,
            email_key=email_key(email),
            name=_name(new.name),
            role=role_named(new.role).name,
            password=hash,
            created_at=self._store.now,
        )
        session.add(row)
        session.flush()
        return row

    def rename(self, caller: Caller, id: str, name: str) -> User:
        """Give a user another name; everybody may change their own."""
        if caller.user_id != id or caller.kind != "user":
            caller.require(_RIGHT)
        with self._store.writing() as session:
            row = _row(session, id)
            row.name = _name(name)
            self._audit.add(session, caller, "user.rename", "user", id)
        return shown(row)

    def set_role(self, caller: Caller, id: str, role: str) -> User:
        """Give a user another role; they have to sign in again.

        Refuses to raise one's own role, to give what the caller does not have, and to leave
        no admin.
        """
        caller.require(_RIGHT)
        wanted = role_named(role)
        with self._store.writing() as session:
            row = self._changeable(session, caller, id)
            before = role_named(row.role)
            if caller.user_id == id and not wanted.scopes <= before.scopes:
                raise NotAllowed("Nobody raises their own role. Ask another admin.")
            _refuse_more(caller, wanted)
            with _leaving_an_admin(session, row):
                row.role = wanted.name
            self._sessions.end_all(session, id)
            told = {"from": before.name, "to": wanted.name}
            self._audit.add(session, caller, "user.role", "user", id, told)
        return shown(row)

    def disable(self, caller: Caller, id: str) -> User:
        """Keep a user from signing in; their sessions end, their tokens are refused. Refuses
        to leave no admin."""
        caller.require(_RIGHT)
        with self._store.writing() as session:
            row = self._changeable(session, caller, id)
            with _leaving_an_admin(session, row):
                row.disabled_at = row.disabled_at or self._store.now
            self._sessions.end_all(session, id)
            self._audit.add(session, caller, "user.disable", "user", id)
        return shown(row)

    def enable(self, caller: Caller, id: str) -> User:
        """Let a user sign in again."""
        caller.require(_RIGHT)
        with self._store.writing() as session:
            row = self._changeable(session, caller, id)
            row.disabled_at = None
            self._audit.add(session, caller, "user.enable", "user", id)
        return shown(row)

    def remove(self, caller: Caller, id: str) -> None:
        """Remove a user with their sessions and tokens. Refuses to leave no admin."""
        caller.require(_RIGHT)
        with self._store.writing() as session:
            row = self._changeable(session, caller, id)
            with _leaving_an_admin(session, row):
                session.delete(row)
            self._audit.add(session, caller, "user.remove", "user", id)

    def set_password(self, caller: Caller, id: str, password: str) -> None:
        """Give a user another password, where they forgot theirs; their sessions end."""
        caller.require(_RIGHT)
        user = self.get(id)
        refuse_weak(password, user.email, user.name)
        hash = self._passwords.hash(password)
        with self._store.writing() as session:
            self._changeable(session, caller, id).password = hash
            self._sessions.end_all(session, id)
            self._audit.add(session, caller, "user.password", "user", id)

    def _changeable(self, session: Session, caller: Caller, id: str) -> Row:
        """A user whom the caller may change: nobody who may do more than they."""
        row = _row(session, id)
        _refuse_more(caller, role_named(row.role))
        return row


def shown(row: Row) -> User:
    """What may be known of a user."""
    return User(row.id, row.email, row.name, row.role, row.created_at, row.disabled_at)


def row_of(session: Session, email: str) -> Row | None:
    """The user of an address, in any spelling of it."""
    key = email_key(email) if len(email) <= _LONGEST_EMAIL else None
    return None if key is None else session.scalar(select(Row).where(Row.email_key == key))


def _row(session: Session, id: str) -> Row:
    row = session.get(Row, id)
    if row is None:
        raise NotFoundError(f"There is no user '{id}'.")
    return row


def _refuse_more(caller: Caller, role: Role) -> None:
    more = sorted(role.scopes - caller.scopes)
    if more:
        raise NotAllowed(
            f"The role {role.name} may do what you may not, such as {more[0]}: "
            "you cannot give it, or change who has it."
        )


@contextmanager
def _leaving_an_admin(session: Session, row: Row) -> Iterator[None]:
    """While a user changes: where one was an admin, somebody has to be left who is."""
    admins = Row.role == _ADMIN, Row.disabled_at.is_(None)
    was = row.role == _ADMIN and row.disabled_at is None
    yield
    session.flush()
    if was and not session.scalar(select(func.count()).where(*admins)):
        raise NotAllowed("That would leave no admin. Make somebody else admin first.")


def _email(text: str) -> str:
    email = text.strip()
    if len(email) > _LONGEST_EMAIL or email_key(email) is None or not email.isprintable():
        raise AccessError("That is no e-mail address. Write it as ann@example.com.")
    return email


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise AccessError(f"A user's name has 1 to {_LONGEST_NAME} characters.")
    return name
