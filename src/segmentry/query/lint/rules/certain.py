"""Parts of a query that hold of nobody, or of everybody, whatever the store's data."""

from __future__ import annotations

from segmentry.base.errors import ProblemList
from segmentry.facts.field import Attribute
from segmentry.facts.operators import IS_NULL
from segmentry.query.bound import AttributeTest
from segmentry.query.lint.known import Clash, Known, Subject, Value
from segmentry.query.lint.parts import Group, Leaf, Part, fails, holds, leaves
from segmentry.query.lint.wording import listed, reason, told


def certain(whole: Part, problems: ProblemList) -> None:
    """Say where a query, or a part of it, never or always holds."""
    _look(whole, problems, whole)


def is_never(part: Part) -> bool:
    """Whether a part holds of nobody, ever."""
    return isinstance(holds(part), Clash)


def is_always(part: Part) -> bool:
    """Whether a part holds of everybody, ever."""
    return isinstance(fails(part), Clash)


def certain_value(part: Part) -> Attribute | None:
    """The attribute of which a part holds wherever it is known, if there is one."""
    if isinstance(part, Leaf) and _is_presence(part):
        return None
    others = fails(part)
    if isinstance(others, Clash):
        return None
    for subject, values in others.items():
        if isinstance(subject, Value) and not values.present:
            assert isinstance(subject.field, Attribute)
            return subject.field
    return None


def _look(part: Part, problems: ProblemList, whole: Part) -> None:
    found = holds(part)
    if isinstance(found, Clash):
        _never(part, found.subject, problems, whole)
    elif is_always(part):
        _always(part, problems, whole)
    else:
        _with_a_value(part, problems)
        if isinstance(part, Group):
            for each in part.parts:
                _look(each, problems, whole)


def _never(part: Part, subject: Subject, problems: ProblemList, whole: Part) -> None:
    """Tell the smallest part that is to blame."""
    if isinstance(part, Group):
        alone = [each for each in part.parts if is_never(each)]
        blamed = alone if part.kind == "all" else alone[:0]
        if blamed:
            for each in blamed:
                clash = holds(each)
                assert isinstance(clash, Clash)
                _never(each, clash.subject, problems, whole)
            return
    ends = "nobody is ever in this segment" if is_never(whole) else "this part is never true"
    if isinstance(part, Leaf):
        said = f"{told(part, problems.text)} holds of nobody: {reason(part.test)}."
        fix = "Change the value or leave the condition out"
    else:
        blamed_leaves = _mentioning(part, subject)
        said = f"No customer fits {listed(blamed_leaves, problems.text)} at once."
        fix = "Join them with OR, or change one"
    problems.add("never_true", f"{said} So {ends}. {fix}.", *part.span)


def _mentioning(part: Part, subject: Subject) -> list[Leaf]:
    """The conditions that speak about a subject; all of them where none does alone."""
    every = list(leaves(part))
    return [each for each in every if any(_speaks(known, subject) for known in each.said)] or every


def _speaks(known: Known | Clash, subject: Subject) -> bool:
    return known.subject == subject if isinstance(known, Clash) else subject in known


def _always(part: Part, problems: ProblemList, whole: Part) -> None:
    if isinstance(part, Group) and part.kind == "any":
        alone = [each for each in part.parts if is_always(each)]
        if alone:
            _always(alone[0], problems, whole)
            return
    if isinstance(part, Group) and part.kind == "all":
        for each in part.parts:
            _always(each, problems, whole)
        return
    ends = (
        "everybody is always in this segment" if is_always(whole) else "this part changes nothing"
    )
    if isinstance(part, Leaf):
        said = f"{told(part, problems.text)} holds of everybody: {reason(part.test)}."
    else:
        said = f"One of {listed(part.parts, problems.text)} holds of every customer."
    problems.add(
        "always_true", f"{said} So {ends}. Leave it out, or change what it says.", *part.span
    )


def _with_a_value(part: Part, problems: ProblemList) -> None:
    attribute = certain_value(part)
    if attribute is None:
        return
    if isinstance(part, Group) and (part.kind == "all" or any(map(_is_presence, part.parts))):
        return
    said = (
        told(part, problems.text) if isinstance(part, Leaf) else listed(part.parts, problems.text)
    )
    verb = "holds" if isinstance(part, Leaf) else "together hold"
    meant = f"{attribute.name} IS NOT NULL"
    problems.add(
        "always_true_of_known",
        f"{said} {verb} of everybody whose {attribute.label} is known. "
        f"If that is meant, write {meant}.",
        *part.span,
        meant,
    )


def _is_presence(part: Part) -> bool:
    """Whether a part asks for nothing but a value that is there, or missing."""
    if not isinstance(part, Leaf) or not isinstance(part.test, AttributeTest):
        return False
    return part.test.operator is IS_NULL
