"""Texts nobody can guess, and what is kept of them."""

from __future__ import annotations

import secrets
from base64 import b32encode
from hashlib import sha256

ID_LENGTH, SECRET_LENGTH = 16, 52
"""Of ids, with 80 random bits, and of secrets, with 256."""


def new_id() -> str:
    """An id that was never given before and never will be."""
    return _letters(10)


def new_secret() -> str:
    """256 random bits, in letters and digits that survive every terminal, URL and header."""
    return _letters(32)


def _letters(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode("ascii").rstrip("=").lower()


def hashed(secret: str) -> bytes:
    """What is kept of a secret. One of 256 random bits cannot be found by trying, so it takes
    no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
