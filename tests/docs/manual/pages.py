"""Every page of the manual by its file's name."""

from __future__ import annotations

from pathlib import Path

from tests.docs.manual import attributes, commands, errors, functions, http, language, presets
from tests.docs.manual.markdown import page

FOLDER = Path(__file__).parents[3] / "docs" / "reference"

_ABOUT = {
    "attributes.md": ("Attributes", "every value of a customer that a query can ask about"),
    "functions.md": ("Functions", "orders, events and other records, filtered and counted"),
    "operators.md": ("Operators", "how values are compared, and which type takes which"),
    "dates.md": ("Dates", "days, moments, offsets from today"),
    "limits.md": ("Limits", "how large a query may be"),
    "errors.md": ("Errors", "every kind of problem and remark, by its code"),
    "presets.md": ("Ready-made segments", "what comes with the program, and what it needs"),
    "commands.md": ("Command line", "every command with its options"),
    "http.md": ("HTTP", "every route with the scope it takes"),
}


def pages() -> dict[str, str]:
    """What each page should say."""
    made = {
        "attributes.md": attributes.text(),
        "functions.md": functions.text(),
        "operators.md": language.operators(),
        "dates.md": language.dates(),
        "limits.md": language.limits(),
        "errors.md": errors.text(),
        "presets.md": presets.text(),
        "commands.md": commands.text(),
        "http.md": http.text(),
    }
    return {"README.md": _index(), **made}


def stale(wanted: dict[str, str]) -> list[str]:
    """The names of pages that are not there, say something else, or should not be there."""
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def _index() -> str:
    lines = (f"- [{title}]({name}): {about}" for name, (title, about) in _ABOUT.items())
    return page(
        "Reference",
        "The segment language, and everything that is asked with it.\n"
        "The example queries are those that define the language: each is answered in the tests.",
        "\n".join(lines),
        "A query is one or more conditions, joined by `AND` and `OR`, with `NOT` before what "
        "should not hold and brackets around groups.\n"
        "A condition compares an [attribute](attributes.md) with an [operator](operators.md), "
        "or asks for records with a [function](functions.md).",
    )
