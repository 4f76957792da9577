"""The file with the workspace's key: 256 random bits that are in no database and no backup
of one. Reads it, makes it, and puts another in its place."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from segmentry.base.errors import SecretError

NAME = "secret.key"
PLACE = "SEGMENTRY_KEY_FILE"
"""The variable that says where the file is, if not in the workspace's folder."""

_NONCE = 12
_SAID = (
    "# The key of a Segmentry workspace. Without it the secrets in app.sqlite cannot be read:\n"
    "# keep a copy, away from the copies of app.sqlite.\n"
)
_LINE = re.compile(r"^segmentry-key-1 ([A-Za-z0-9_-]{43}=)$", re.ASCII | re.MULTILINE)


def key_place(folder: Path | None) -> Path | None:
    """Where the key of a workspace is; nowhere but in memory for one in memory."""
    named = os.environ.get(PLACE, "").strip()
    if folder is None:
        return None
    return Path(named) if named else folder / NAME


def derived(material: bytes, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose, from which neither the others nor the first can be had."""
    hkdf = HKDF(SHA256(), length, salt=None, info=f"segmentry {purpose}".encode())
    return hkdf.derive(material)


@dataclass(frozen=True, slots=True, repr=False)
class FileKey:
    """The key in a file. `id` tells which key it is, and nothing else of it."""

    material: bytes

    @property
    def id(self) -> str:
        """The same for the same key."""
        return derived(self.material, "key id", 8).hex()

    def encrypt(self, name: str, value: bytes) -> bytes:
        """A value encrypted so that it can be read again under its name alone."""
        nonce = token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, value, name.encode())

    def decrypt(self, name: str, ciphertext: bytes) -> bytes:
        """The value again. Refuses what was changed, or was encrypted under another name."""
        try:
            return self._cipher.decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise SecretError(
                f"The secret '{name}' was changed in app.sqlite and cannot be read. Set it again."
            ) from error

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(derived(self.material, "encryption"))


class KeyFile:
    """Where a workspace's key is; `path` is None for one in memory."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._in_memory: FileKey | None = None

    def read(self) -> FileKey | None:
        """The key; None where there is no file. Refuses a file with something else in it."""
        return self._in_memory if self.path is None else _read(self.path)

    def make(self) -> FileKey:
        """The key, made where there is none yet."""
        found = self.read()
        if found is not None:
            return found
        self.prepare(made := FileKey(token_bytes(32)))
        self.replace(made)
        return made

    def prepared(self) -> FileKey | None:
        """The key that was about to take the place of the present one."""
        return None if self.path is None else _read(_next(self.path))

    def prepare(self, key: FileKey) -> None:
        """Put a key on disk beside the present one."""
        if self.path is not None:
            _write(_next(self.path), key)

    def replace(self, key: FileKey) -> None:
        """Put the prepared key in the place of the present one."""
        if self.path is None:
            self._in_memory = key
            return
        with _told(self.path, "written"):
            _next(self.path).replace(self.path)
            _sync(self.path.parent)


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _read(path: Path) -> FileKey | None:
    with _told(path, "read"):
        if not path.exists():
            return None
        found = _LINE.search(path.read_text("ascii", errors="replace"))
    if found is None:
        raise SecretError(f"{path} holds no key of Segmentry's. Put the right file in its place.")
    return FileKey(urlsafe_b64decode(found[1]))


def _write(path: Path, key: FileKey) -> None:
    """Whole and on disk, and for nobody else to read."""
    text = f"{_SAID}segmentry-key-1 {urlsafe_b64encode(key.material).decode('ascii')}\n"
    with _told(path, "written"):
        path.unlink(missing_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(file)
        _sync(path.parent)


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _told(path: Path, done: str) -> Iterator[None]:
    """Has what the system says of a file told as ours."""
    try:
        yield
    except OSError as error:
        raise SecretError(f"The key file {path} cannot be {done}: {error.strerror}.") from error
