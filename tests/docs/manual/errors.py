"""The page about errors."""

from __future__ import annotations

from collections.abc import Mapping

from segmentry.query.problem_kinds import NOTES, PORTABILITY, PROBLEMS, WARNINGS
from tests.docs.manual.markdown import code, page, table
from tests.unit.query.test_errors import MISTAKES

_LONGEST = 70


def text() -> str:
    """The page: what a problem says, and each kind with a text that has it."""
    return page(
        "Errors",
        "Everything wrong with a query is told at once.\n"
        "Each problem has a code, a message, the characters it is about (`start` up to `end`), "
        "their line (from 1) and column (from 0), and where there is one a `suggestion`: text to "
        "write instead.\n"
        "On the [command line](commands.md) `--json` gives them as data, and a wrong query "
        "ends with exit code 1; in Python they are the `problems` of a `QueryError`.",
        "## Problems",
        table(("code", "what it means", "for example"), map(_row, PROBLEMS.items())),
        "## Remarks",
        "A query with these is answered all the same.",
        _meanings(NOTES),
        "## Warnings",
        "`segmentry check` and `Workspace.check` say these of a query that can be answered, "
        "and hardly means what it says.",
        _meanings(WARNINGS),
        "## Shopify",
        "Whether a query could be pasted into Shopify, and what would be different there, is a "
        "report of its own: `segmentry check --portable`, and `portability` in Python.",
        _meanings(PORTABILITY),
        "## Exit codes of the command line",
        table(
            ("code", "means"),
            [
                ("0", "all went well"),
                ("1", "something that you can mend: a wrong query, a file, a name"),
                ("2", "the command was not written as it should be"),
                ("3", "a fault of the program"),
            ],
        ),
    )


def _meanings(kinds: Mapping[str, str]) -> str:
    return table(("code", "what it means"), [(code(each), said) for each, said in kinds.items()])


def _row(kind: tuple[str, str]) -> tuple[str, str, str]:
    texts = [text for text, code, _, _ in MISTAKES if code == kind[0] and _can_be_shown(text)]
    example = code(min(texts, key=len)) if texts else ""
    return code(kind[0]), kind[1], example


def _can_be_shown(text: str) -> bool:
    return text.isprintable() and 0 < len(text) <= _LONGEST and "`" not in text
