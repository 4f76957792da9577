"""What a line has to be before anybody asks what it says."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from segmentry.ingest.events.parsing import DEEPEST, parse


def nested(levels: int, opening: str, closing: str, inside: str) -> bytes:
    """An object around so many levels less one of something."""
    return f'{{"a": {opening * (levels - 1)}{inside}{closing * (levels - 1)}}}'.encode()


def test_an_object_is_taken_with_exact_numbers() -> None:
    """0.1 is a tenth, whatever a float would make of it."""
    assert parse(b' {"a": 0.1, "b": [1, "\xc3\xa9"], "c": null}\r') == {
        "a": Decimal("0.1"),
        "b": [1, "é"],
        "c": None,
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "not JSON"),
        (b"{", "at character 2"),
        (b"null", "not a JSON object"),
        (b"[{}]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": 1e999999999}', "too large"),
        (b'{"a": 1e-999999999}', "too small"),
        (b'{"a": 1e99999999999999999999999}', "too large"),
        (b'{"a": 0.' + b"1" * 41 + b"}", "too exact"),
        (b'{"a": ' + b"9" * 5000 + b"}", "beyond 64 bits"),
        (b'{"a": 9223372036854775808}', "beyond 64 bits"),
        (b'{"a": 1, "a": 2}', "same key twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "same key twice"),
        (b'{"a": "\\ud83d"}', "half a character"),
        (b'{"\\udc00": 1}', "half a character"),
        (b'{"a": ["\\u0000"]}', "half a character or a zero one"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (nested(DEEPEST + 1, "[", "]", ""), "nested more than 20"),
        (nested(DEEPEST + 1, '{"a":', "}", "1"), "nested more than 20"),
        (nested(15_000, "[", "]", ""), "nested more than 20"),
        (b"[" * 30_000, "nested more than 20"),
    ],
)
def test_what_readers_disagree_on_is_refused(line: bytes, said: str) -> None:
    """With words that say what is wrong, and no other error than this."""
    with pytest.raises(ValueError, match=said):
        parse(line)


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1, 0])
def test_whole_numbers_of_64_bits_are_kept(number: int) -> None:
    """Both ends."""
    assert parse(json.dumps({"a": number}).encode()) == {"a": number}


def test_a_pair_of_halves_is_a_character() -> None:
    """As programs escape what lies beyond the basic plane."""
    assert parse(rb'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}


def test_the_deepest_is_kept() -> None:
    """One level less than what is refused."""
    assert parse(nested(DEEPEST, "[", "]", "1"))
    assert parse(nested(DEEPEST, '{"a":', "}", "1"))
