"""Names and texts as queries write them."""

from __future__ import annotations

import pytest

from segmentry.base.quoting import name_part, tidy_name, unquote
from segmentry.query.parser import parse
from segmentry.query.printer import print_query


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("metafields.custom.'size'", "metafields.custom.size"),
        ("metafields.'custom'.size", "metafields.custom.size"),
        ("metafields.custom.'Total Billed'", "metafields.custom.'Total Billed'"),
        ("metafields.custom.'it''s'", r"metafields.custom.'it\'s'"),
        ("metafields.custom.'a.b'", "metafields.custom.'a.b'"),
        ("metafields.custom.''", "metafields.custom.''"),
        ("metafields.app--15--loyalty.'a-b'", "metafields.app--15--loyalty.a-b"),
    ],
)
def test_names_have_one_form(written: str, tidy: str) -> None:
    """A part of a name stands in quotes only where it has to, and print and parse keep it."""
    assert tidy_name(written) == tidy
    assert tidy_name(tidy) == tidy
    assert print_query(parse(f"{written} IS NULL")) == f"{tidy} IS NULL"


@pytest.mark.parametrize("text", ["Total Billed", "it's", "a\\b", "-", "a-", "", "Größe", "a.b"])
def test_quoted_parts_come_back(text: str) -> None:
    """What needs quotes is the same text once they are taken off."""
    assert name_part(text)[0] == "'"
    assert unquote(name_part(text)) == text
