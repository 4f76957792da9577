"""Keys by which texts are compared. Built here once and stored, so that no engine
brings its own idea of upper and lower case."""

from __future__ import annotations

import unicodedata

import idna


def text_key(text: str) -> str:
    """The key of a tag, name or other text compared without case: trimmed, NFC, case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())


def email_key(address: str) -> str | None:
    """The key of an e-mail address: two spellings of one mailbox have the same.

    The local part is case-folded, the domain is in its lower-case ASCII form (IDNA
    2008). None for what is no address.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or any(character.isspace() for character in local + domain):
        return None
    try:
        encoded = idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return None
    return f"{text_key(local)}@{encoded}"
