"""Asks every operation of a described interface, within a time, and counts what it answers.

In goes a description that schemathesis read; out comes, for each operation, how often it was
asked, with which statuses, and what was wrong. Three kinds of data are sent in turn: such as fit
and name what is there, such as fit, and such as do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from unittest import SkipTest

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Operation]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

SLOWEST = 60.0
"""So many seconds at most an answer takes."""

_SHARE = 0.8

_MOST_TOLD = 5
"""So many faults at most of each operation are told."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is: values by the name of a parameter or of a property of a body, and the
    parts of paths by the beginning of the path."""

    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    places: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def of(self, path: str) -> Sequence[Mapping[str, Any]]:
        """Parts of that path that name something; the longest beginning counts."""
        fitting = [each for each in self.places if path.startswith(each)]
        return self.places[max(fitting, key=len)] if fitting else [{}]


@dataclass(frozen=True, slots=True)
class Asked:
    """How requests are sent: the headers that each operation takes, what there is, and which
    cases are left out."""

    headers: Callable[[Operation, Case], Mapping[str, str]] = lambda operation, case: {}
    known: Known = field(default_factory=Known)
    skip: Callable[[Operation, Case], bool] = lambda operation, case: False


@dataclass(slots=True)
class Seen:
    """What one operation answered."""

    operation: str
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        """How often it was asked."""
        return self.statuses.total()

    def __str__(self) -> str:
        told = f"{self.operation}: {self.requests:,} requests, {classes(self.statuses)}"
        return f"{told}, {self.seconds:.1f} s{' WRONG' if self.faults else ''}"


@dataclass(slots=True)
class Report:
    """What all of them answered, and how many there are."""

    operations: int
    seen: list[Seen] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return sum((each.statuses for each in self.seen), Counter[int]())

    @property
    def wrong(self) -> list[Seen]:
        """Those that answered wrongly."""
        return [each for each in self.seen if each.faults]

    def __str__(self) -> str:
        reached = sum(1 for each in self.seen if each.requests)
        faults = sum(count for status, count in self.statuses.items() if status >= 500)
        lines = [
            f"{reached} of {self.operations} operations, {self.statuses.total():,} requests",
            f"{classes(self.statuses)}; {faults} faults of the server's (5xx)",
        ]
        for each in self.wrong:
            lines.append(f"wrong: {each.operation}")
            lines.extend(f"  {fault}" for fault in list(each.faults.values())[:_MOST_TOLD])
        if not self.wrong:
            lines.append("no answer was wrong")
        return "\n".join(lines)


def classes(statuses: Counter[int]) -> str:
    """How often a status of each class was answered."""
    counted: Counter[str] = Counter()
    for status, count in statuses.items():
        counted[f"{status // 100}xx" if status else "no answer"] += count
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(counted.items())) or "nothing"


def ask_all(
    schema: BaseSchema, how: Asked, *, examples: int, seconds: float, seed: int = 0
) -> Iterator[Seen]:
    """Ask each operation so often, those last that take something away. All of them are come
    to: each has its part of the seconds that are left, of which some are kept for those that
    take longer than their part; once they are over none is asked."""
    load_all_checks()
    ends = monotonic() + seconds
    operations = operations_of(schema)
    for place, operation in enumerate(operations):
        left = ends - monotonic()
        if left <= 0:
            return
        yield _ask(operation, how, examples, _SHARE * left / (len(operations) - place), seed)


def operations_of(schema: BaseSchema) -> list[Operation]:
    """Every operation; those last that take away what others ask about."""
    found = []
    for each in schema.get_all_operations():
        assert isinstance(each, Ok), "every operation is described so that it can be asked"
        found.append(each.ok())
    return sorted(found, key=lambda each: (each.method == "delete", each.path.endswith("/erase")))


def _ask(operation: Operation, how: Asked, examples: int, seconds: float, first: int) -> Seen:
    began = monotonic()
    seen = Seen(f"{operation.method.upper()} {operation.path}")
    ways = list(_ways(operation, how.known))
    for number, way in enumerate(ways, 1):
        until = began + seconds * number / len(ways)

        def ask(case: Case, until: float = until) -> None:
            if not how.skip(operation, case):
                _send(operation, how, case, seen)
            if monotonic() > until:
                raise SkipTest("time is up")  # which ends it, and is no failure

        with suppress(SkipTest):
            _draw(way, max(1, examples // len(ways)), first, ask)
    seen.seconds = monotonic() - began
    return seen


def _draw(
    way: st.SearchStrategy[Case], examples: int, first: int, ask: Callable[[Case], None]
) -> None:
    @seed(first)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=way)
    def each(case: Case) -> None:
        ask(case)

    each()


def _ways(operation: Operation, known: Known) -> Iterator[st.SearchStrategy[Case]]:
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    yield st.builds(_naming, fitting, st.sampled_from(known.of(operation.path)), _values(known))
    parameters = (operation.path_parameters, operation.query, operation.headers)
    if operation.body or any(len(list(each)) for each in parameters):
        yield fitting
        yield operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


def _values(known: Known) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(v) for name, v in known.values.items()})


def _naming(case: Case, place: Mapping[str, Any], values: Mapping[str, Any]) -> Case:
    """A case that names what is there, wherever it names something by these names."""
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in values.items() if name in part})
    case.path_parameters.update(place)
    return case


def _send(operation: Operation, how: Asked, case: Case, seen: Seen) -> None:
    headers = dict(how.headers(operation, case))
    try:
        answer = case.call(headers=headers, timeout=SLOWEST)
    except requests.RequestException as error:
        seen.statuses[0] += 1
        seen.faults.setdefault(type(error).__name__, f"no answer: {error}"[:500])
        return
    seen.statuses[answer.status_code] += 1
    try:
        case.validate_response(answer, checks=CHECKS, headers=headers)
    except FailureGroup as group:
        for failure in group.exceptions:
            told = f"{answer.status_code}: {failure}\n{case.as_curl_command()}"
            shown = re.sub(r"Bearer \S+", "Bearer ...", told).replace("\n", "\n    ")
            seen.faults.setdefault(f"{type(failure).__name__} {answer.status_code}", shown[:1_500])
