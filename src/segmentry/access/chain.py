"""How entries of the audit log are chained, hashed and sealed."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentry.storage.access_tables import AuditEntry

PURPOSE = "audit"
"""What the key for seals is derived for."""
BEGINNING = sha256(b"segmentry audit").hexdigest()
"""What stands for the hash of the entry before the first."""


def entry_hash(entry: AuditEntry) -> str:
    """The hash of all that an entry says, and of the entry that it follows."""
    at: datetime = entry.at
    said = {
        "at": at.isoformat(timespec="microseconds"),
        "who": [entry.who_kind, entry.who, entry.user_id],
        "verb": entry.verb,
        "object": [entry.object_kind, entry.object_id],
        "address": entry.address,
        "details": entry.details,
        "previous": entry.previous,
    }
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def head_text(number: int, hash: str) -> str:
    """What the seal of the head covers."""
    return f"head {number} {hash}"


def seal(key: bytes | None, text: str) -> str | None:
    """Proof that a text is ours; none without the key."""
    return None if key is None else hmac.new(key, text.encode(), sha256).hexdigest()


def is_sealed(key: bytes, text: str, given: str) -> bool:
    """Whether a seal proves that a text is ours."""
    expected = seal(key, text)
    assert expected is not None
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
