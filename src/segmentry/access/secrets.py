"""Secrets that have to be read again, such as passwords for other servers: encrypted, each
bound to its name, with a key that is outside the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.key_file import FileKey
from segmentry.access.keys import ROOT
from segmentry.access.store import Store
from segmentry.base.errors import NotFoundError, SecretError
from segmentry.storage.access_tables import Secret


class Secrets:
    """Keeps secrets under names; the names are no secrets."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def trouble(self) -> str | None:
        """Why secrets cannot be read; None where they can."""
        return self._store.keys.trouble()

    def set(self, name: str, value: bytes) -> None:
        """Keep a secret, in place of what had its name. Refuses where the key is missing."""
        with self._store.writing() as session:
            self.put(session, name, value)

    def get(self, name: str) -> bytes:
        """A secret. Refuses a name that has none, and where the key is missing or wrong."""
        self._store.keys.derive(ROOT)  # says what is missing
        with self._store.reading() as session:
            return self.read(session, name)

    def remove(self, name: str) -> None:
        """Forget a secret; without its key as well."""
        with self._store.writing() as session:
            self.drop(session, name)

    def names(self) -> list[str]:
        """The names of all secrets; without their key as well."""
        wanted = select(Secret.name).where(Secret.name != ROOT).order_by(Secret.name)
        with self._store.reading() as session:
            return list(session.scalars(wanted))

    def rotate(self, caller: Caller) -> int:
        """Encrypt all secrets with a new key, which takes the place of the one in the key file;
        returns how many there are. Keys for other purposes, such as the audit log's, stay.

        Whenever it is broken off, the file and the database fit each other, or do so as soon
        as a secret is read.
        """
        caller.require("settings:write")
        self._store.keys.derive(ROOT)
        with self._store.writing() as session:
            present, new = self._store.keys.change(session)
            rows = list(session.scalars(select(Secret)))
            for row in rows:
                _encrypt_anew(row, present, new)
            self._audit.add(session, caller, "secrets.rotate", "key", new.id)
        self._store.keys.changed(new)
        return len(rows) - 1

    # -- in a transaction of somebody else ------------------------------------------------

    def put(self, session: Session, name: str, value: bytes) -> None:
        """Keep a secret."""
        if not name or name == ROOT:
            raise SecretError(f"A secret cannot be called '{name}'.")
        key = self._store.keys.file_key(session)
        session.merge(Secret(name=name, ciphertext=key.encrypt(name, value), key_id=key.id))

    def read(self, session: Session, name: str) -> bytes:
        """A secret."""
        row = session.get(Secret, name)
        if row is None:
            raise NotFoundError(f"There is no secret '{name}'.")
        return self._store.keys.file_key(session).decrypt(name, row.ciphertext)

    def drop(self, session: Session, name: str) -> None:
        """Forget a secret."""
        row = session.get(Secret, name)
        if row is not None and name != ROOT:
            session.delete(row)


def _encrypt_anew(row: Secret, present: FileKey, new: FileKey) -> None:
    row.ciphertext = new.encrypt(row.name, present.decrypt(row.name, row.ciphertext))
    row.key_id = new.id
