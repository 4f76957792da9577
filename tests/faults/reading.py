"""Reads one text as a query in every way there is, and says what should not have happened."""

from __future__ import annotations

import json
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from segmentry.base.errors import QueryError
from segmentry.base.text import text_key
from segmentry.plan.optimizer import optimized
from segmentry.plan.planner import plan
from segmentry.query import limits
from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Query
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.completion import complete
from segmentry.query.completion.known import Known
from segmentry.query.names import ANY, Names, SavedQuery
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.sentence import sentence
from segmentry.query.tree_json import from_json, to_json
from tests.generative.stores import declared_metafields
from tests.steps import TooManySteps, counted

STEPS = 5_000_000
"""In so many steps every text is read or refused, whatever the machine; quadratic work on the
longest text takes many times as many."""

GIVEN_UP = 60.0
"""Seconds of processor time after which a text is left that is read without any step."""


class TooSlow(BaseException):
    """Raised in the middle of what takes too long; nothing in the package catches it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How reading a text ended: "bound", "refused", or "finding", with what was seen."""

    outcome: str
    seen: str = ""


def _segments() -> dict[str, SavedQuery]:
    texts = {
        "VIP": "amount_spent IN TOP 10%",
        "Straße": "segments CONTAINS 'VIP' AND number_of_orders > 1",
        "broken": "number_of_orders >",
        "round": "segments CONTAINS 'and round'",
        "and round": "segments CONTAINS 'round'",
        "long": "number_of_orders = 1".ljust(limits.CHARACTERS),
        "it's": "customer_tags CONTAINS 'a'",
    }
    many = {f"segment {number}": "number_of_orders > 1" for number in range(1_000)}
    return {text_key(name): SavedQuery(name, text) for name, text in (texts | many).items()}


STORE = Names({each.name: each for each in declared_metafields()}, _segments(), predictions=True)
"""The names of a store with segments of every sort."""


def read(text: str, slow: float = GIVEN_UP) -> Ending:
    """How every way of reading a text ends; a finding where one of them should not end so, or
    takes more than `slow` seconds of the processor."""
    outcome = "refused"
    for what, way in _ways(text).items():
        started = time.process_time()
        try:
            with _watched(), counted(STEPS):
                way()
            outcome = "bound" if what == "bind" else outcome
        except QueryError as error:
            if fault := _fault(text, error):
                return Ending("finding", f"{what}: {fault}")
        except TooManySteps as error:
            return Ending("finding", f"{what}: {error}")
        except TooSlow:
            return Ending("finding", f"{what}: still at it after {GIVEN_UP:.0f} s")
        except Exception:
            return Ending("finding", f"{what}: {traceback.format_exc(limit=-4)}")
        took = time.process_time() - started
        if took > slow:
            return Ending("finding", f"{what}: took {took:.1f} s")
    return Ending(outcome)


def _ways(text: str) -> dict[str, Callable[[], object]]:
    return {
        "bind": lambda: _used(bind(text, ANY)),
        "bind in a store": lambda: _used(bind(text, STORE)),
        "complete": lambda: complete(text, len(text) // 2, Known(STORE)),
        "complete at the end": lambda: complete(text),
    }


@contextmanager
def _watched() -> Iterator[None]:
    """Stops what never ends; where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def _used(bound: BoundQuery) -> None:
    """What is done with every query that binds; each step must take what the one before gave."""
    exceeded = list(beyond(bound.query))
    assert not exceeded, f"binds, but has {', '.join(exceeded)}"
    assert sentence(bound, "EUR")
    optimized(plan(bound))
    printed = print_query(bound.query)
    tree = json.loads(json.dumps(to_json(bound.query)))
    assert print_query(from_json(tree)) == printed, "its tree prints otherwise"
    if len(printed) <= limits.CHARACTERS:
        assert parse(printed).root == bound.query.root, "its printed text reads otherwise"


# -- what must hold ---------------------------------------------------------------------


def _fault(text: str, error: QueryError) -> str | None:
    """What is wrong with how a text is refused."""
    if not 0 < len(error.problems) <= 2 * limits.PROBLEMS:
        return f"{len(error.problems)} problems"
    for problem in error.problems:
        if not 0 <= problem.start <= problem.end <= len(text):
            return f"{problem.code} lies outside the text"
    return None


def beyond(query: Query) -> Iterator[str]:
    """The limits that a query exceeds, counted on its tree."""
    if len(query.text) > limits.CHARACTERS:
        yield f"{len(query.text)} characters"
    conditions = list(_conditions(query.root))
    if len(conditions) > limits.CONDITIONS:
        yield f"{len(conditions)} conditions"
    if _depth(query.root) > 2 * limits.NESTING + 1:
        yield f"{_depth(query.root)} levels"
    for condition in conditions:
        longest = max((len(each.operands) for each in _compared(condition)), default=0)
        if longest > limits.LIST_ITEMS:
            yield f"a list of {longest}"


def _conditions(node: Node) -> Iterator[Condition | Call | Anniversary]:
    match node:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from _conditions(operand)
        case Not(operand):
            yield from _conditions(operand)
        case Condition() | Call() | Anniversary():
            yield node


def _compared(node: Condition | Call | Anniversary) -> tuple[Condition, ...]:
    match node:
        case Condition():
            return (node,)
        case Call():
            return node.parameters
        case Anniversary():
            return (node.condition,)


def _depth(node: Node) -> int:
    match node:
        case And(operands) | Or(operands):
            return 1 + max(map(_depth, operands))
        case Not(operand):
            return 1 + _depth(operand)
    return 0
