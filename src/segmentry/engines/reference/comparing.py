"""One comparison of one value, two-valued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segmentry.engines.operands import Given
from segmentry.facts.operators import IS_NULL, MEMBERSHIP, Type
from segmentry.query.bound import AttributeTest, FieldTest


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test whose operands are resolved for one moment; `given` is None where one of
    them is missing, so that nothing compares with it."""

    test: AttributeTest | FieldTest
    given: Given | None

    def holds(self, value: Any) -> bool:
        """False where the value is missing; the negation is the exact complement."""
        missing = value is None or value == frozenset()
        if self.test.operator is IS_NULL:
            return missing != self.test.negated
        if missing or self.given is None:
            return self.test.negated
        return self._compares(self._comparable(value), self.given) != self.test.negated

    def _compares(self, value: Any, given: tuple[Any, ...]) -> bool:
        """The positive meaning. Of several values one that fits is enough."""
        field, operator = self.test.field, self.test.operator
        if isinstance(value, frozenset) and operator not in MEMBERSHIP:
            return any(operator.on_values(each, given) for each in value)
        if field.type.dated and operator.on_ranges is not None:
            return operator.on_ranges(value, given)
        return operator.on_values(value, given)

    def _comparable(self, value: Any) -> Any:
        """The value in the form operands have: folded, and ids in both their forms."""
        field = self.test.field
        if field.type is Type.ID or field.ids:
            ids = value if isinstance(value, frozenset) else {value}
            return frozenset(form for each in ids for form in (each, each.partition(":")[2]))
        if isinstance(value, frozenset):
            return frozenset(field.key(each, self.test.operator) for each in value)
        return field.key(value, self.test.operator) if isinstance(value, str) else value
