"""The workspace's keys: one for each purpose, all from a root that never changes.

The root is kept in `app.sqlite`, encrypted with the key in the key file. So the file's key can
be changed at any time, and what was sealed, signed or hashed before still holds.
"""

from __future__ import annotations

from contextlib import suppress
from secrets import token_bytes
from threading import RLock

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.access.key_file import FileKey, KeyFile, derived
from segmentry.base.errors import SecretError
from segmentry.storage.access_tables import Secret
from segmentry.storage.app_db import reading

ROOT = "root"
"""The name of the secret that all keys come from."""


class Keys:
    """Gives keys by purpose. Where the key file is missing or wrong, it says so only to those
    who cannot do without."""

    def __init__(self, app: Engine, file: KeyFile) -> None:
        self._app = app
        self._file = file
        self._root: bytes | None = None
        self._lock = RLock()

    def trouble(self) -> str | None:
        """Why secrets cannot be read; None where all is well. Makes the first key of a
        workspace."""
        try:
            self._read()
            with Session(reading(self._app)) as session:
                self.file_key(session)
        except SecretError as error:
            return str(error)
        return None

    def look(self) -> None:
        """Have the keys at hand for `find`, if there are any to have. Not in a transaction."""
        with suppress(SecretError):
            self._read()

    def find(self, purpose: str) -> bytes | None:
        """The key for a purpose, where there are keys."""
        root = self._root
        return None if root is None else derived(root, purpose)

    def derive(self, purpose: str) -> bytes:
        """The key for a purpose, such as "audit", "links" or "suppression". Refuses where the
        key file is missing or wrong."""
        return derived(self._read(), purpose)

    def file_key(self, session: Session) -> FileKey:
        """The key that secrets are encrypted with in this transaction. Refuses where the file
        is missing or holds another."""
        kept = session.get(Secret, ROOT)
        if kept is None:  # the first could not be made
            raise SecretError(f"The key file {self._file.path} cannot be written.")
        return self._matching(kept.key_id)

    def _read(self) -> bytes:
        with self._lock:
            if self._root is None:
                with Session(self._app) as session, session.begin():
                    root = self._root_in(session)
                self._root = root
            return self._root

    def _root_in(self, session: Session) -> bytes:
        kept = session.get(Secret, ROOT)
        if kept is not None:
            return self._matching(kept.key_id).decrypt(ROOT, kept.ciphertext)
        root, key = token_bytes(32), self._file.make()
        session.add(Secret(name=ROOT, ciphertext=key.encrypt(ROOT, root), key_id=key.id))
        return root

    def _matching(self, key_id: str) -> FileKey:
        """The file's key if it is that one; a change of keys that was broken off is ended."""
        found = self._file.read()
        if found is not None and found.id == key_id:
            return found
        prepared = self._file.prepared()
        if prepared is not None and prepared.id == key_id:
            self._file.replace(prepared)
            return prepared
        what = "is missing" if found is None else "holds the key of another workspace"
        raise SecretError(
            f"The key file {self._file.path} {what}. Put the right one in its place (its key has "
            f"the id {key_id}); until then secrets cannot be read, and all else works."
        )

    def change(self, session: Session) -> tuple[FileKey, FileKey]:
        """The present key and a new one on disk beside it. After the transaction call
        `changed`."""
        present, new = self.file_key(session), FileKey(token_bytes(32))
        self._file.prepare(new)
        return present, new

    def changed(self, new: FileKey) -> None:
        """Put the new key in the place of the present one."""
        self._file.replace(new)
