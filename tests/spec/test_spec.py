"""Every check of every spec case on every engine, each a test of its own."""

from __future__ import annotations

import pytest

from tests.conformance.engines import ENGINES

from .casefile import Case, Check, read_cases
from .checking import run
from .generated import generated_cases

CASES = (*read_cases(), *generated_cases())


def _checks() -> list[object]:
    return [
        pytest.param(
            engine,
            case,
            number,
            check,
            id=f"{engine}-{_readable_id(case, number, check)}",
            marks=_gap(check),
        )
        for case in CASES
        for number, stage in enumerate(case.stages, start=1)
        for engine in ENGINES
        for check in stage.checks
    ]


def _gap(check: Check) -> tuple[pytest.MarkDecorator, ...]:
    """A known gap is a strict expected failure: closing it makes the mark fail."""
    if check.gap is None:
        return ()
    return (pytest.mark.xfail(reason=check.gap, raises=AssertionError, strict=True),)


def _readable_id(case: Case, stage: int, check: Check) -> str:
    text = " ".join(check.query.split())
    later = f"-stage{stage}" if stage > 1 else ""
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return f"{case.topic}-{case.rule}{later}-{check.as_of:%Y%m%dT%H%M}-{shown}"


@pytest.mark.parametrize(("engine", "case", "stage", "check"), _checks())
def test_spec(engine: str, case: Case, stage: int, check: Check) -> None:
    """Each engine answers as the case says."""
    run(case, stage, check, ENGINES[engine])


def test_case_names_are_unique() -> None:
    """A case can be found by the sentence it is named with."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
