"""How warnings name conditions, and say why a condition can or cannot hold."""

from __future__ import annotations

from collections.abc import Sequence

from segmentry.facts.field import Attribute, Field
from segmentry.facts.operators import IS_NULL, Type
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest, Test
from segmentry.query.lint.parts import Leaf, Part

_LONGEST = 60


def told(part: Part, text: str) -> str:
    """A part of a query as it stands in the text, in backticks, shortened where it is long."""
    start, end = part.span
    words = " ".join(text[start:end].split())
    short = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    denied = isinstance(part, Leaf) and not part.holds
    return f"`NOT {short}`" if denied else f"`{short}`"


def listed(parts: Sequence[Part], text: str) -> str:
    """Several parts: a, b and c."""
    *most, last = dict.fromkeys(told(part, text) for part in parts)
    return f"{', '.join(most)} and {last}" if most else last


def reason(test: Test) -> str:
    """What is known of the values that a condition is about."""
    field = _field(test)
    if field is None:
        return "no customer can have other records than that"
    facts = list(_facts(field, test))
    return f"{field.label} is {' and '.join(facts)}" if facts else "it has no other values"


def _field(test: Test) -> Field | None:
    match test:
        case AttributeTest(field) | AnniversaryTest(field):
            return field
        case RecordTest(aggregates=(aggregate,)):
            return aggregate.field
    return None


def _facts(field: Field, test: Test) -> list[str]:
    never_missing = isinstance(field, Attribute) and not field.missing
    if isinstance(test, AttributeTest) and test.operator is IS_NULL:
        return ["never missing"]
    facts = ["never missing"] if never_missing else []
    least = 0 if field.rising else field.least
    if field.past:
        facts.append("never later than now")
    if least is not None and field.most is not None:
        facts.append(f"from {least} to {field.most}")
    elif least is not None:
        facts.append(f"never below {least}")
    elif field.type is Type.INTEGER:
        facts.append("a whole number")
    if field.values:
        facts.append(f"one of {len(field.values)} words")
    return facts
