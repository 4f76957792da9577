"""Keys by which texts are compared. Built here once and stored, so that no engine
brings its own idea of upper and lower case."""

from __future__ import annotations

import unicodedata


def text_key(text: str) -> str:
    """The key of a tag, name or other text compared without case: trimmed, NFC, case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
