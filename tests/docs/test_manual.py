"""The reference manual says what the catalogue says now, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.segments.preset import load_presets
from tests.docs import openapi
from tests.docs.manual import language
from tests.docs.manual import pages as manual
from tests.docs.manual.attributes import FAMILIES

PAGES = manual.pages()
_LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")


def test_pages_are_current() -> None:
    """What docs/reference holds is what would be written now; else run `make docs`."""
    assert manual.stale(PAGES) == []


def test_description_for_the_web_app_is_current() -> None:
    """What web/openapi.json holds is what the server says of itself; else run `make docs`."""
    assert not openapi.stale()


def test_stale_pages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is missing, one that says something else, one too many."""
    monkeypatch.setattr(manual, "FOLDER", tmp_path)
    (tmp_path / "a.md").write_text("A")
    (tmp_path / "b.md").write_text("other")
    (tmp_path / "d.md").write_text("D")
    assert manual.stale({"a.md": "A", "b.md": "B", "c.md": "C"}) == ["b.md", "c.md", "d.md"]


def _headings(page: str) -> set[str]:
    return set(re.findall(r"^#+ (.*)$", PAGES[page], re.M))


def test_everything_has_its_place() -> None:
    """Every attribute, function, preset and limit."""
    assert set(ATTRIBUTES) == {each.name for found in FAMILIES.values() for each in found}
    assert set(ATTRIBUTES) <= _headings("attributes.md")
    assert {*FUNCTIONS, "anniversary"} <= _headings("functions.md")
    assert {preset.name for preset in load_presets()} <= _headings("presets.md")
    assert language.undocumented() == set()


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """To a page of the manual, and to a heading in it."""
    for page, anchor in _LINK.findall(PAGES[name]):
        there = _headings(page or name)
        anchors = {heading.lower().replace(".", "").replace(" ", "-") for heading in there}
        assert not anchor or anchor in anchors, (page, anchor)


def test_every_page_is_listed() -> None:
    """On the first one."""
    listed = {page for page, _ in _LINK.findall(PAGES["README.md"])}
    assert listed == set(PAGES) - {"README.md"}


def test_everything_says_what_it_means() -> None:
    """In a sentence: attributes, functions, their parameters and aggregates."""
    for attribute in ATTRIBUTES.values():
        assert attribute.meaning.endswith("."), attribute.name
    for function in FUNCTIONS.values():
        assert function.meaning.endswith("."), function.name
        for field in (*function.parameters, *function.aggregates):
            assert field.meaning.endswith("."), (function.name, field.name)
