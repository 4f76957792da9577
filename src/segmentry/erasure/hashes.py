"""Keyed hashes of what people are known by, from which that cannot be had or guessed."""

from __future__ import annotations

import hmac

from segmentry.access.keys import Keys

PURPOSE = "suppression"

CUSTOMER, EMAIL, PHONE = "customer", "email", "phone"


class Hashes:
    """Hashes with the workspace's key: the same for the same, and for another workspace others.
    Refuses where the key file is missing or wrong."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._key: bytes | None = None

    def of(self, kind: str, text: str) -> str:
        """The hash of an id, an address or a number."""
        if self._key is None:
            self._key = self.keys.derive(PURPOSE)
        return hmac.digest(self._key, f"{kind} {text}".encode(), "sha256").hex()


def kind_of(address: str) -> str:
    """Whether something is an e-mail address or a number."""
    return EMAIL if "@" in address else PHONE
