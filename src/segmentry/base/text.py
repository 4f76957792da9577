"""Keys by which texts are compared. Built here once and stored, so that no engine
brings its own idea of upper and lower case."""

from __future__ import annotations

import re
import unicodedata

import idna

_ASCII_LABEL = re.compile(r"xn--[a-z0-9-]+", re.IGNORECASE)


def text_key(text: str) -> str:
    """The key of a tag, name or other text compared without case: trimmed, NFC, case-folded."""
    return search_key(text.strip())


def search_key(text: str) -> str:
    """The key of a text that is searched in or for: NFC, case-folded, every space kept."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def email_key(address: str) -> str | None:
    """The key of an e-mail address: two spellings of one mailbox have the same.

    The local part is case-folded, the domain is in its lower-case ASCII form (IDNA
    2008). None for what is no address.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or any(character.isspace() for character in local + domain):
        return None
    key = domain_key(domain)
    return None if key is None else f"{text_key(local)}@{key}"


def domain_key(domain: str) -> str | None:
    """The lower-case ASCII form of a domain (IDNA 2008); None for what is no domain."""
    try:
        return idna.encode(domain.strip(), uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return None


def readable_domain(text: str) -> str:
    """A domain, part of one or an address with the letters that its ASCII form stands for."""
    return _ASCII_LABEL.sub(lambda label: _readable(label.group()), text)


def _readable(label: str) -> str:
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label
