"""The pages about operators, dates and limits."""

from __future__ import annotations

from segmentry.facts.operators import BY_TYPE, OPERATORS, RANKING, Operator, Type
from segmentry.query import limits as declared
from segmentry.query.ast import Call, Condition
from segmentry.query.dates import FIRST_DAY, LAST_DAY
from tests.docs.manual.examples import shortest, shown
from tests.docs.manual.fields import written
from tests.docs.manual.markdown import block, code, page, table

_LIMITS = {
    "CHARACTERS": "characters in a query",
    "CONDITIONS": "conditions in a query",
    "NESTING": "groups within groups",
    "LIST_ITEMS": "values in a list",
    "OFFSET_YEARS": "years that a date offset reaches, either way",
    "SEGMENT_DEPTH": "segments that refer to segments, one through the other",
    "SEGMENT_CHARACTERS": "characters in all segments that a query leads to, "
    "one counted as often as it is led to",
    "PROBLEMS": "problems told of one text; where there are more, the first",
    "SUGGESTIONS": "problems of one text that suggest one of the store's own names",
}
_DATES = (
    ("2024-01-31", "that day, from midnight to midnight in the store's zone"),
    ("today", "the day it is in the store's zone"),
    ("yesterday", "the day before"),
    ("-90d", "the day 90 days ago"),
    ("-4w", "the day four weeks ago"),
    ("-3m", "the day three months ago; the last of a month that is too short"),
    ("-1y", "the day a year ago"),
    ("+7d", "the day a week from now"),
    ("2024-01-31T16:00:00", "that moment on the store's clock"),
    ("-24h", "the moment 24 hours ago"),
    ("-90min", "the moment 90 minutes ago"),
)


def operators() -> str:
    """The page about operators."""
    by_type = [(kind.value, written(_of(kind))) for kind in Type]
    return page(
        "Operators",
        "What an [attribute](attributes.md) or a parameter of a [function](functions.md) takes "
        "depends on its type.",
        table(
            ("operator", "true where the value", "negated", "true where the value"),
            map(_row, OPERATORS),
        ),
        "## By type",
        table(("type", "operators"), by_type),
        "Numbers of a customer also take `IN TOP 10%`, `IN TOP 100`, `IN BOTTOM …`, and can be "
        "compared with `STORE_AVERAGE` and `STORE_MEDIAN`, or so many times that: "
        "`1.5 * STORE_AVERAGE`.\n"
        "Both are taken at the last midnight in the store's zone and hold for the day.",
        "## Examples",
        "\n\n".join(filter(None, map(_example, OPERATORS))),
        "## Groups",
        "`AND` binds tighter than `OR`; `NOT` negates the condition or the brackets that follow.\n"
        "The members of a query and those of `NOT (…)` around it are together all customers, and "
        "nobody is in both.",
        block("NOT (a AND b) OR c"),
    )


def _of(kind: Type) -> tuple[Operator, ...]:
    return (*BY_TYPE[kind], *RANKING) if kind.numeric else BY_TYPE[kind]


def _row(operator: Operator) -> tuple[str, str, str, str]:
    negated = operator.negated_symbol
    return (
        code(operator.symbol),
        operator.words,
        code(negated) if negated else "",
        operator.negated_words,
    )


def _example(operator: Operator) -> str:
    """The shortest query with it: of an attribute, or of a parameter."""
    found = shortest(lambda leaf: isinstance(leaf, Condition) and leaf.operator is operator)
    found += shortest(
        lambda leaf: (
            isinstance(leaf, Call) and any(each.operator is operator for each in leaf.parameters)
        )
    )
    return shown(found[0]) if found else ""


def dates() -> str:
    """The page about dates."""
    return page(
        "Dates",
        "A day is the whole day in the store's zone; months and years are those of the calendar.",
        table(("written", "means"), [(code(form), meaning) for form, meaning in _DATES]),
        "Days take every [operator](operators.md) of dates: `=` is true all day long, `<=` until "
        "its end, `>` from the end on.\n"
        "Moments take `<`, `<=`, `>`, `>=` and `BETWEEN`; what is known only as a day, such as a "
        "birth date, is compared with days.\n"
        f"Dates lie between {FIRST_DAY} and {LAST_DAY}.",
        *(shown(f"last_order_date >= {form}") for form, _ in _DATES),
        "Older spellings are taken, with a remark: `90_days_ago` for `-90d`, "
        "`12_months_ago` for `-12m`, and dates in quotes.",
        "The day of a date in any year is its [anniversary](functions.md#anniversary).",
    )


def limits() -> str:
    """The page about limits."""
    rows = [(f"{getattr(declared, name):,}", about) for name, about in _LIMITS.items()]
    return page(
        "Limits",
        "A query that exceeds a limit is refused with an [error](errors.md) that names it.",
        table(("at most", "of"), rows),
        f"Dates lie between {FIRST_DAY} and {LAST_DAY}.",
    )


def undocumented() -> set[str]:
    """Limits without a line on the page."""
    return {name for name in vars(declared) if name.isupper()} - set(_LIMITS)
