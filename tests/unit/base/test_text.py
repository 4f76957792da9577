"""Keys by which texts and addresses are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.base.text import email_key, text_key

anything = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VIP", "vip"),
        (" vip\t", "vip"),
        ("straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("café", "cafe\u0301"),
        ("CAFÉ", "cafe\u0301"),
        ("ÅNGSTRÖM", "ångström"),
        ("\u212b", "å"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﬁn", "FIN"),
        ("\u01c5", "\u01c6"),
        ("I", "i"),
        ("\u1e9b\u0323", "\u1e69"),
        ("\u0130", "i\u0307"),
        ("\u00a0vip\u2003", "vip"),
    ],
)
def test_same(one: str, other: str) -> None:
    """QRY-18: case, composition and outer space make no difference."""
    assert text_key(one) == text_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ı", "i"), ("İ", "i"), ("a b", "ab"), ("a  b", "a b"), ("é", "e"), ("１", "1"), ("o", "0")],
)
def test_different(one: str, other: str) -> None:
    """QRY-18: letters stay letters: the Turkish ones, accents, wide digits, inner space."""
    assert text_key(one) != text_key(other)


@given(anything)
def test_keys_are_their_own_keys(text: str) -> None:
    """Folding again changes nothing, whatever the text and however it was composed."""
    key = text_key(text)
    assert text_key(key) == key
    assert text_key(unicodedata.normalize("NFD", text)) == key
    assert text_key(f" {text}\n") == key


# -- addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("  ann@example.com\n", "ann@example.com"),
        ("ann+news@example.com", "ann+news@example.com"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("JOSÉ@example.com", "josé@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("İ@example.com", "i\u0307@example.com"),
        ('"a@b"@example.com', '"a@b"@example.com'),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
    ],
)
def test_address(address: str, key: str) -> None:
    """The local part is folded, the domain is in its ASCII form."""
    assert email_key(address) == key


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "@example.com", "ann@", "@", "ann smith@example.com", "ann@exa mple.com"),
        *("ann@example..com", "ann@.com", "ann@-a.com", "ann@" + "a" * 64 + ".com"),
        *("ann@a\u200bb.com\u3000x", "ann@☃\ufffd", "a\x00 b@c.d"),
    ],
)
def test_no_address(address: str) -> None:
    """What cannot be an address has no key."""
    assert email_key(address) is None


@given(anything | st.builds("{}@{}".format, anything, anything))
def test_any_text_has_a_key_or_none(text: str) -> None:
    """No text makes it fail, and a key is the key of itself."""
    key = email_key(text)
    assert key is None or email_key(key) == key
    assert key is None or "@" in key
