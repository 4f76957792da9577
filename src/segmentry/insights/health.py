"""What is amiss with the segments of a store: each warning with the fact behind it, and what
can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Literal, TypeAlias

from segmentry.base.errors import QueryError
from segmentry.base.money import format_money
from segmentry.engines.view import Bits
from segmentry.insights.idle import idle_conditions
from segmentry.insights.look import Look, size_of
from segmentry.insights.overlap import alike
from segmentry.insights.remembered import Remembered
from segmentry.segments import uses

FEW_MEMBERS, IN_STORES_ABOVE = 50, 5_000
"""Fewer members than this are few, in a store with more customers than that."""
NEARLY_THE_SAME = Fraction(9, 10)
"""Segments are, whose Jaccard index is above this."""
QUIET, UNUSED = timedelta(days=30), timedelta(days=45)
MANY_SEGMENTS = 30
"""More active ones than this are many, if more than half are tiny or were never used."""
ONE_TIME_BUYERS = 50
"""So many are many, if they are half of all buyers or more."""

Kind: TypeAlias = Literal[
    "unanswered",
    "no_strategy",
    "tiny",
    "nearly_the_same",
    "quiet",
    "unused",
    "many_idle_segments",
    "no_series_after_first_purchase",
    "idle_condition",
    "money_not_counted",
]


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """Something amiss. `segments` are those it is about, none where it is about the store.

    The fact behind it: `number` of so many (`of`), a moment, a condition, an amount of money
    in ten-thousandths; what there is of these also stands in `message`.
    """

    kind: Kind
    segments: tuple[str, ...]
    message: str
    advice: str
    number: int | None = None
    of: int | None = None
    since: datetime | None = None
    condition: str | None = None
    money: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The warnings about a store's active segments at a moment."""

    as_of: datetime
    live: int
    active: int
    warnings: tuple[HealthWarning, ...]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What is looked at. Uses are dated by the clock, `now`; `local` says a moment."""

    look: Look
    segments: tuple[Remembered, ...]
    now: datetime
    currency: str
    local: Callable[[datetime], str]


def health(of: Checkup) -> Health:
    """Everything amiss, kind by kind."""
    sets, broken = _members(of)
    warnings = (
        *broken,
        *_without_strategy(of),
        *_tiny(of, sets),
        *_nearly_the_same(of, sets),
        *_quiet(of),
        *_unused(of),
        *_many_idle(of, sets),
        *_without_series(of, sets),
        *_idle_conditions(of, sets),
        *_money_not_counted(of),
    )
    return Health(of.look.as_of, size_of(of.look.live), len(of.segments), tuple(warnings))


def _members(of: Checkup) -> tuple[dict[str, Bits], list[HealthWarning]]:
    """The members of each segment, and a warning for each that has no answer."""
    sets: dict[str, Bits] = {}
    broken = []
    for each in of.segments:
        try:
            sets[each.name] = of.look.of_segment(each.key, each.query)
        except QueryError as error:
            message = f"'{each.name}' cannot be answered: {error.problems[0].message}"
            broken.append(HealthWarning("unanswered", (each.name,), message, "Edit its query."))
    return sets, broken


def _without_strategy(of: Checkup) -> Iterator[HealthWarning]:
    for each in of.segments:
        if not each.strategy.strip():
            message = f"'{each.name}' has no strategy."
            advice = "Write down what you do for its members."
            yield HealthWarning("no_strategy", (each.name,), message, advice)


# -- members ----------------------------------------------------------------------------


def _tiny(of: Checkup, sets: Mapping[str, Bits]) -> Iterator[HealthWarning]:
    live = size_of(of.look.live)
    for name in _tiny_ones(of, sets):
        count = size_of(sets[name])
        message = f"'{name}' has {count:,} of {live:,} customers."
        advice = "Widen its conditions, or join it with another."
        yield HealthWarning("tiny", (name,), message, advice, count, live)


def _tiny_ones(of: Checkup, sets: Mapping[str, Bits]) -> list[str]:
    if size_of(of.look.live) <= IN_STORES_ABOVE:
        return []
    return [name for name, members in sets.items() if size_of(members) < FEW_MEMBERS]


def _nearly_the_same(of: Checkup, sets: Mapping[str, Bits]) -> Iterator[HealthWarning]:
    for pair in alike(sets, NEARLY_THE_SAME):
        message = (
            f"'{pair.one}' and '{pair.other}' are nearly the same: "
            f"{pair.both:,} of {pair.either:,} customers in either are in both."
        )
        advice = "Keep one of them, or tell them apart by another condition."
        names = (pair.one, pair.other)
        yield HealthWarning("nearly_the_same", names, message, advice, pair.both, pair.either)


def _idle_conditions(of: Checkup, sets: Mapping[str, Bits]) -> Iterator[HealthWarning]:
    for each in of.segments:
        if each.fixed or each.name not in sets:
            continue
        count = size_of(sets[each.name])
        for condition in idle_conditions(each.query, partial(of.look.of_segment, each.key)):
            message = f"'{each.name}' has a condition without effect: {condition}"
            advice = "Leave it out, or make it stricter."
            yield HealthWarning(
                "idle_condition", (each.name,), message, advice, count, condition=condition
            )


# -- time and uses ----------------------------------------------------------------------


def _quiet(of: Checkup) -> Iterator[HealthWarning]:
    for each in of.segments:
        if each.fixed or each.changed_at is None or of.look.as_of - each.changed_at < QUIET:
            continue
        message = f"Nobody joined or left '{each.name}' since {of.local(each.changed_at)}."
        advice = "Look whether its conditions still fit the store, or archive it."
        yield HealthWarning("quiet", (each.name,), message, advice, since=each.changed_at)


def _unused(of: Checkup) -> Iterator[HealthWarning]:
    referred = _referred(of)
    for each in of.segments:
        last = each.used_at or each.created_at
        if each.key in referred or of.now - last < UNUSED:
            continue
        verb = "was last used" if each.used_at else "was made and never used"
        message = f"'{each.name}' {verb} {of.local(last)}."
        advice = "Use it in a campaign or a series, or archive it."
        yield HealthWarning("unused", (each.name,), message, advice, since=last)


def _referred(of: Checkup) -> frozenset[str]:
    """The keys of segments that others name in their queries, which is a use."""
    return frozenset().union(*(uses.named(each.query) for each in of.segments))


def _many_idle(of: Checkup, sets: Mapping[str, Bits]) -> Iterator[HealthWarning]:
    active = len(of.segments)
    referred, tiny = _referred(of), set(_tiny_ones(of, sets))
    idle = [
        each.name
        for each in of.segments
        if each.name in tiny or (each.used_at is None and each.key not in referred)
    ]
    if active > MANY_SEGMENTS and 2 * len(idle) > active:
        message = f"{len(idle):,} of {active:,} active segments are tiny or were never used."
        advice = "Archive those that nobody needs."
        yield HealthWarning("many_idle_segments", tuple(idle), message, advice, len(idle), active)


def _without_series(of: Checkup, sets: Mapping[str, Bits]) -> Iterator[HealthWarning]:
    """A segment is of first-time buyers if all its members ordered exactly once."""
    once, buyers = of.look.members("number_of_orders = 1"), of.look.members("number_of_orders >= 1")
    number, all_buyers = size_of(once), size_of(buyers)
    if number < ONE_TIME_BUYERS or 2 * number < all_buyers:
        return
    for each in of.segments:
        members = sets.get(each.name)
        if each.in_series and members is not None and members.any() and not (members & ~once).any():
            return
    message = (
        f"{number:,} of {all_buyers:,} buyers bought once, and no series uses a segment whose "
        "members all did."
    )
    advice = "Start a series on a segment such as \"lifecycle_stage = 'FIRST_TIME_BUYER'\"."
    yield HealthWarning("no_series_after_first_purchase", (), message, advice, number, all_buyers)


# -- money ------------------------------------------------------------------------------


def _money_not_counted(of: Checkup) -> Iterator[HealthWarning]:
    found = of.look.view.uncounted()
    if found.money:
        amount = f"{format_money(found.money, of.currency)} {of.currency}"
        orders = "1 order" if found.orders == 1 else f"{found.orders:,} orders"
        message = f"{amount} is held on {orders} that do not count, and is in no amount spent."
        advice = "Refund it, mend the state of these orders, or choose other order rules."
        yield HealthWarning(
            "money_not_counted", (), message, advice, found.orders, money=found.money
        )
