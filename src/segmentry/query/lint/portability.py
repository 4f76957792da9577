"""What of a query Shopify would refuse, and what it would take to mean something else.

Comes in: a bound query. Goes out: a warning for each thing that keeps the text from running
there unchanged, and a note for each that runs and counts differently.
"""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.base.errors import Problem, ProblemList
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.operators import (
    CONTAINS,
    CONTAINS_ALL,
    CONTAINS_ANY,
    EQUALS,
    IN,
    RANKING,
    SEARCH,
    Operator,
)
from segmentry.query.ast import Anniversary, Call, Condition
from segmentry.query.bound import AnniversaryTest, AttributeTest, BoundQuery, FieldTest, RecordTest
from segmentry.query.lexer import tokenize
from segmentry.query.lint.parts import Leaf, leaves, parts_of
from segmentry.query.values import DayOffset, StoreStatistic, TimeOffset

CONDITIONS = 10
CHARACTERS = 5_000
IDS = 500
"""The most that a segment of Shopify's may have."""

_INSTEAD = {
    "days_since_last_order": "last_order_date, as in last_order_date < -90d",
    "customer_birth_date": "anniversary('metafields.facts.birth_date')",
    "customer_email": "customer_email_domain",
    "segments": "the conditions of the segments themselves",
    "gross_spent": "amount_spent",
    "customer_postal_codes": "customer_cities or customer_regions",
}
"""What comes closest there to an attribute of ours."""

_COUNTS_OTHERWISE = {
    "number_of_orders": "Shopify's own number counts orders that were cancelled or refunded too; "
    "here the store's order rules decide.",
    "amount_spent": "Shopify has its own rules for cancelled orders and refunds; here the store's "
    "order rules decide.",
    "email.opened": "Shopify counts opens by machines as well.",
}


def portability(query: BoundQuery) -> tuple[Problem, ...]:
    """What keeps a query from running in Shopify as it stands, and what counts otherwise there."""
    text = query.query.text
    report = _Report(
        ProblemList(text, severity="warning"), ProblemList(text, severity="note"), set()
    )
    found = list(leaves(parts_of(query)))
    report.sizes(text, found)
    for leaf in found:
        report.leaf(leaf)
    report.comments(text)
    every = (*report.reasons.items, *report.notes.items)
    return tuple(sorted(every, key=lambda each: (each.start, each.end)))


@dataclass(frozen=True, slots=True)
class _Report:
    reasons: ProblemList
    notes: ProblemList
    said: set[str]

    def sizes(self, text: str, found: list[Leaf]) -> None:
        if len(text) > CHARACTERS:
            self.reasons.add(
                "too_long_for_shopify",
                f"Shopify takes at most {CHARACTERS:,} characters; these are {len(text):,}.",
                CHARACTERS,
                len(text),
            )
        if len(found) > CONDITIONS:
            self.reasons.add(
                "too_many_for_shopify",
                f"Shopify takes at most {CONDITIONS} conditions; these are {len(found)}.",
                *found[CONDITIONS].span,
            )

    def comments(self, text: str) -> None:
        """One reason for all comments, at the first that stands before a word."""
        for token in tokenize(text, ProblemList(text)):
            if token.comments:
                start = text.rfind("--", 0, token.start)
                end = text.find("\n", start)
                said = "Shopify has no comments; leave them out."
                self.reasons.add(
                    "comment_not_in_shopify", said, start, end if end > 0 else len(text)
                )
                return

    def leaf(self, leaf: Leaf) -> None:
        match leaf.test, leaf.node:
            case RecordTest() as test, Call() as call:
                self.call(test, call)
            case AttributeTest() as test, Condition() as condition:
                self.attribute(test.field, condition)
                self.comparison(test, condition)
            case AnniversaryTest() as anniversary, Anniversary() as node:
                self.attribute(anniversary.field, node.condition)

    def attribute(self, field: Attribute, condition: Condition) -> None:
        if field.shopify:
            self.otherwise(field.name, condition.name_span)
            return
        instead = _INSTEAD.get(field.name)
        hint = f" There, use {instead}." if instead else ""
        self.reasons.add(
            "not_in_shopify",
            f"{field.name} is Segmentry's own; Shopify has no such filter.{hint}",
            *condition.name_span,
        )

    def otherwise(self, name: str, span: tuple[int, int]) -> None:
        """Note once what is counted in another way there."""
        if name in _COUNTS_OTHERWISE and name not in self.said:
            self.said.add(name)
            self.notes.add("counts_otherwise", _COUNTS_OTHERWISE[name], *span)

    def comparison(self, test: AttributeTest | FieldTest, condition: Condition) -> None:
        refused = _refused(test)
        if refused:
            self.reasons.add("operator_not_in_shopify", refused, *condition.operator_span)
        for literal in condition.operands:
            if isinstance(literal.value, TimeOffset):
                self.reasons.add(
                    "hours_not_in_shopify",
                    "Shopify counts back whole days, not hours or minutes.",
                    *literal.span,
                    "-1d",
                )
            elif isinstance(literal.value, DayOffset) and "offset" not in self.said:
                self.said.add("offset")
                self.notes.add(
                    "counts_otherwise",
                    "By its own example Shopify's offsets reach one day further back.",
                    *literal.span,
                )
        if len(condition.operands) > IDS:
            self.reasons.add(
                "too_many_for_shopify",
                f"Shopify takes at most {IDS} values in a list; these are "
                f"{len(condition.operands):,}.",
                *condition.span,
            )

    def call(self, test: RecordTest, call: Call) -> None:
        function = test.function
        self.function(function, call)
        tests = {each.field.name: each for each in (*test.filters, *test.aggregates)}
        for condition in call.parameters:
            field_test = tests[condition.name]
            if function.shopify and condition.name not in function.shopify_takes:
                self.reasons.add(
                    "not_in_shopify",
                    f"{function.name} has no parameter '{condition.name}' in Shopify. "
                    f"It takes {', '.join(function.shopify_takes)}.",
                    *condition.name_span,
                )
            else:
                self.comparison(field_test, condition)

    def function(self, function: Function, call: Call) -> None:
        if not function.shopify:
            self.reasons.add(
                "not_in_shopify",
                f"{function.name} is Segmentry's own; Shopify has no such function.",
                *call.name_span,
            )
            return
        self.otherwise(function.name, call.name_span)
        theirs = [name for name in function.also_called if name.startswith("shopify_")]
        if theirs and call.name not in theirs:
            self.reasons.add(
                "name_not_in_shopify",
                f"In Shopify it is called {theirs[0]}.",
                *call.name_span,
                theirs[0],
            )


def _refused(test: AttributeTest | FieldTest) -> str | None:
    """Why Shopify would refuse an operator, if it would."""
    operator, field = test.operator, test.field
    if any(isinstance(operand, StoreStatistic) for operand in test.operands):
        return "Shopify does not compare with the store's averages."
    if operator in (*RANKING, *SEARCH):
        return f"Shopify has no {operator.symbol}."
    if operator in (CONTAINS_ANY, CONTAINS_ALL):
        joined = "OR" if (operator is CONTAINS_ANY) != test.negated else "AND"
        return f"Shopify has no {operator.symbol}; write one {CONTAINS.symbol} each, with {joined}."
    return _refused_in(field, operator, negated=test.negated)


def _refused_in(field: Field, operator: Operator, *, negated: bool) -> str | None:
    if operator is IN and isinstance(field, Attribute):
        joined, sign = ("AND", "!=") if negated else ("OR", EQUALS.symbol)
        return f"Shopify has IN only for parameters; write one {sign} each, with {joined}."
    return None
