"""The tables of `app.sqlite` that say who may come in, what they did, and what is kept secret.

Nothing here opens a door by itself: of what people and programs bring only hashes are kept,
and secrets that have to be read again are encrypted with a key that is in no table.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from segmentry.storage.app_db import Base


class User(Base):
    """Somebody who may sign in. `email_key` is the same for all spellings of an address,
    `password` an argon2id hash. Ids are never given twice, as the audit log names them."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


def _user_id(*, primary_key: bool = False) -> MappedColumn[Any]:
    """Rows that go with their user."""
    key = ForeignKey("users.id", ondelete="CASCADE")
    return mapped_column(key, primary_key=primary_key, index=not primary_key)


class SetupToken(Base):
    """The one row of what makes the first admin, while there is no user."""

    __tablename__ = "setup_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes]
    expires_at: Mapped[datetime]


class UserSession(Base):
    """Somebody signed in, on one device; `label` says which."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[str] = _user_id()
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    label: Mapped[str]


class ApiToken(Base):
    """What a program comes in with; `scopes` is a JSON list.

    One without a user was made on the command line. A revoked one stays, so that the list
    says what became of it.
    """

    __tablename__ = "api_tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes]
    user_id: Mapped[str | None] = _user_id()
    name: Mapped[str]
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_on: Mapped[date | None]


class SignInAttempt(Base):
    """A sign-in that was tried and did not succeed (yet); what it is counted under is hashed
    with a key, as addresses are few enough to be tried."""

    __tablename__ = "sign_in_attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    counted: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class SecondFactor(Base):
    """The codes a user signs in with beside the password, in use once they are confirmed.

    `step` is the half minute of the last code that was taken: no code is taken twice.
    """

    __tablename__ = "second_factors"
    user_id: Mapped[str] = _user_id(primary_key=True)
    confirmed_at: Mapped[datetime | None]
    step: Mapped[int]


class RecoveryCode(Base):
    """A code that stands in for the second factor once."""

    __tablename__ = "recovery_codes"
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[str] = _user_id()


class Secret(Base):
    """Something encrypted, bound to its name, with the key of that id."""

    __tablename__ = "secrets"
    name: Mapped[str] = mapped_column(primary_key=True)
    ciphertext: Mapped[bytes]
    key_id: Mapped[str]


class AuditEntry(Base):
    """Who did what when. `previous` is the hash of the entry before; `seal` proves with the
    workspace's key that the hash is ours, and is missing where the key was."""

    __tablename__ = "audit_entries"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who_kind: Mapped[str]
    who: Mapped[str]
    user_id: Mapped[str | None] = mapped_column(index=True)
    verb: Mapped[str] = mapped_column(index=True)
    object_kind: Mapped[str]
    object_id: Mapped[str] = mapped_column(index=True)
    address: Mapped[str | None]
    details: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
    seal: Mapped[str | None]


class AuditHead(Base):
    """The one row that says which entry is the last."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str]
    seal: Mapped[str | None]


class IdempotencyKey(Base):
    """A request that is to be carried out once, and its reply once there is one."""

    __tablename__ = "idempotency_keys"
    who: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request: Mapped[bytes]
    owner: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[str]
    body: Mapped[bytes]
