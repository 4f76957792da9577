"""Conditions that are there twice, or that change nothing because of others around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segmentry.base.errors import ProblemList
from segmentry.query.lint.known import NOTHING, Clash, Known
from segmentry.query.lint.parts import Group, Leaf, Part, fails, holds, together
from segmentry.query.lint.rules.certain import is_always, is_never
from segmentry.query.lint.wording import told


@dataclass(frozen=True, slots=True)
class Idle:
    """A part that changes nothing where it stands in its group; `because` of which other one,
    if one is enough, and whether that says the same."""

    part: Part
    group: Group
    because: Part | None
    repeats: bool


def implied(whole: Part, problems: ProblemList) -> None:
    """Say which conditions change nothing because of others."""
    for idle in idle_parts(whole):
        said = told(idle.part, problems.text)
        if idle.repeats:
            problems.add(
                "duplicate_condition", f"{said} is there twice. Leave one out.", *idle.part.span
            )
            continue
        problems.add(
            "implied_condition",
            f"{said} changes nothing: {_why(idle, problems.text)}. Leave it out, or change it.",
            *idle.part.span,
        )


def _why(idle: Idle, text: str) -> str:
    if idle.because is None:
        return "the conditions around it say as much"
    other = told(idle.because, text)
    if idle.group.kind == "all":
        return f"who fits {other} fits it anyway"
    return f"who fits it fits {other} anyway"


def idle_parts(whole: Part, given: Known = NOTHING) -> Iterator[Idle]:
    """The parts each of which may be left out without a change, where `given` is known.

    Of those that say the same the first is kept. Parts that hold of nobody or of everybody
    by themselves are left to another rule.
    """
    if not isinstance(whole, Group) or is_never(whole) or is_always(whole):
        return
    before = _before_each(whole, given)
    after: Known | Clash = NOTHING
    for at in reversed(range(len(whole.parts))):
        part = whole.parts[at]
        others = together(before[at], after)
        if isinstance(others, Clash):
            return  # with what is around the group there is nobody of whom to tell
        if is_never(part) or is_always(part):
            continue
        if isinstance(_against(whole, part, others), Clash):
            yield _idle(whole, at)
            continue
        yield from idle_parts(part, others)
        after = together(after, _own(whole, part))


def _before_each(group: Group, given: Known) -> list[Known | Clash]:
    """What is known before each part of a group: what is given, and what the parts before say."""
    before: list[Known | Clash] = [given]
    for part in group.parts[:-1]:
        before.append(together(before[-1], _own(group, part)))
    return before


def _own(group: Group, part: Part) -> Known | Clash:
    """What a part says of those of whom its neighbours decide: in OR those it does not hold of."""
    return holds(part) if group.kind == "all" else fails(part)


def _against(group: Group, part: Part, given: Known) -> Known | Clash:
    """What is known of those for whom a part makes a difference to its group."""
    return fails(part, given) if group.kind == "all" else holds(part, given)


def _idle(group: Group, at: int) -> Idle:
    part = group.parts[at]
    for other in (each for index, each in enumerate(group.parts) if index != at):
        own = _own(group, other)
        if not isinstance(own, Clash) and isinstance(_against(group, part, own), Clash):
            return Idle(part, group, other, _meaning(part) == _meaning(other))
    return Idle(part, group, None, repeats=False)


def _meaning(part: Part) -> object:
    """The same for parts that mean the same, wherever they stand."""
    if isinstance(part, Leaf):
        return part.test, part.holds
    return part.kind, tuple(map(_meaning, part.parts))
