"""Texts and names made to do harm, as values of every kind, asked of every engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from segmentry.base.errors import QueryError
from segmentry.base.quoting import quote
from segmentry.engines.base import EngineMaker
from segmentry.query.bind import bind
from segmentry.query.parser import parse
from segmentry.query.printer import print_query
from segmentry.query.tree_json import from_json, to_json
from tests.steps import counted

from .engines import ENGINES
from .stores import Asked, asked

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
EARLIER = "2026-06-01T10:00:00Z"

every_engine = pytest.mark.parametrize("make", ENGINES.values(), ids=ENGINES)

HOSTILE = (
    *("'; DROP TABLE customers; --", "' OR 1=1", "\\'", "''", "\\", "$1", "?", "%s", "/* */ x"),
    *("a\x00b", "it’s", "＇", "100%", "a_b", "100\\%", "{}", "\u202eabc", "x\ny", "-- x", "NULL"),
)
"""Texts that mean something to a database, a shell or a pattern. Each differs from the others
in every comparison."""


def _store(make: EngineMaker) -> Asked:
    """Customer c0 has the first hostile text wherever a text can be, c1 the second …"""
    people = list(enumerate(HOSTILE))
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [
            {"customer_id": f"c{n}", "name": text, "note": f"({text})", "created_at": EARLIER}
            for n, text in people
        ],
        "customer_tags": [{"customer_id": f"c{n}", "tag": text} for n, text in people],
        "attributes": [
            {
                "customer_id": f"c{n}",
                "namespace": "custom",
                "key": "note",
                "type": "text",
                "value": json.dumps(text),
            }
            for n, text in people
        ],
        "orders": [
            {"order_id": f"o{n}", "customer_id": f"c{n}", "ordered_at": EARLIER, "channel": text}
            for n, text in people
        ],
        "order_tags": [{"order_id": f"o{n}", "tag": text} for n, text in people],
        "order_discounts": [{"order_id": f"o{n}", "code": text} for n, text in people],
        "order_lines": [
            {
                "order_id": f"o{n}",
                "line_number": 1,
                "kind": "PRODUCT",
                "quantity": 1,
                "sku": text,
                "title": text,
            }
            for n, text in people
        ],
        "events": [
            {
                "event_id": f"e{n}",
                "customer_id": f"c{n}",
                "name": "searched",
                "occurred_at": EARLIER,
                "properties": json.dumps({"term": text}),
            }
            for n, text in people
        ],
    }
    return asked(make, rows, metafields={"metafields.custom.note": "text"})


@pytest.fixture(scope="module", params=list(ENGINES.values()), ids=list(ENGINES))
def hostile(request: pytest.FixtureRequest) -> Asked:
    """The store of hostile texts, on each engine."""
    return _store(request.param)


POSITIONS = (
    *("customer_name = {}", "customer_name IN ({}, 'nobody')", "customer_tags CONTAINS {}"),
    *("customer_tags CONTAINS ANY ({}, 'nothing')", "metafields.custom.note = {}"),
    *("orders_placed MATCHES (tag = {})", "orders_placed MATCHES (channel = {})"),
    *(
        "orders_placed MATCHES (discount_code = {}, count = 1)",
        "products_purchased MATCHES (sku = {})",
    ),
    *("storefront.searched MATCHES (term = {})", "events MATCHES (property.term = {})"),
    "NOT customer_name != {}",
)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_text_is_only_text(hostile: Asked, position: str, number: int) -> None:
    """QRY-01: wherever a text can stand, it finds just the customers that have it."""
    query = position.format(quote(HOSTILE[number]))
    assert hostile.members(query, NOW) == {f"c{number}"}


@pytest.mark.parametrize(
    "query",
    ["customer_note CONTAINS TEXT {}", "products_purchased MATCHES (title CONTAINS TEXT {})"],
)
@pytest.mark.parametrize(
    "text", ["%", "_", "\\", "%s", "$1", "100%", "a_b", "'", ".", "a.b", "[a]", "*"]
)
def test_signs_of_patterns_are_letters(hostile: Asked, query: str, text: str) -> None:
    """QRY-06: nothing in a text that is searched for stands for another."""
    expected = {f"c{number}" for number, each in enumerate(HOSTILE) if text in each}
    assert hostile.members(query.format(quote(text)), NOW) == expected


SLOW_PATTERNS = (
    *("^(a+)+$", "(a{1000}){1000}", "(a|aa)+$", "(?=a+)a*b", "(a)\\1+b", ".*.*.*=.*", "a*" * 50),
    "(x+x+)+y",
)
_OPERATORS = ("= {}", "CONTAINS TEXT {}", "STARTS WITH {}", "ENDS WITH {}", "IN ({}, 'b')")


@every_engine
@pytest.mark.parametrize("operator", _OPERATORS)
def test_patterns_are_no_patterns(make: EngineMaker, operator: str) -> None:
    """QRY-05: what would be a slow pattern is text, and is looked for in a megabyte at once:
    not letter by letter."""
    long = "a" * 1_000_000
    people = {"long": long, **{f"c{n}": text for n, text in enumerate(SLOW_PATTERNS)}}
    rows = {
        "customers": [
            {"customer_id": each, "note": text, "created_at": EARLIER}
            for each, text in people.items()
        ]
    }
    store = asked(make, rows)
    for number, pattern in enumerate(SLOW_PATTERNS):
        with counted(20_000):
            found = store.members(f"customer_note {operator.format(quote(pattern))}", NOW)
        assert f"c{number}" in found
        assert "long" not in found


LARGE = (2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1)


@every_engine
def test_ids_are_never_rounded(make: EngineMaker) -> None:
    """QRY-19: ids beyond what a double or 64 bits with a sign hold stay apart from their
    neighbours, written as numbers or as texts, and through the JSON of a query."""
    rows: dict[str, list[dict[str, Any]]] = {
        "customers": [{"customer_id": f"c{each}", "created_at": EARLIER} for each in LARGE],
        "orders": [
            {
                "order_id": f"o{each}",
                "customer_id": f"c{each}",
                "ordered_at": EARLIER,
                "app_id": str(each),
            }
            for each in LARGE
        ],
        "order_lines": [
            {
                "order_id": f"o{each}",
                "line_number": 1,
                "kind": "PRODUCT",
                "quantity": 1,
                "product_id": str(each),
            }
            for each in LARGE
        ],
    }
    store = asked(make, rows)
    for each in LARGE:
        for text in (
            f"products_purchased MATCHES (id = {each})",
            f"products_purchased MATCHES (id IN ({each}, '{each}'))",
            f"orders_placed MATCHES (app_id = '{each}')",
        ):
            assert store.members(text, NOW) == {f"c{each}"}
            tree = json.loads(json.dumps(to_json(parse(text))), parse_int=_as_a_double)
            assert print_query(from_json(tree)) == print_query(parse(text))


def _as_a_double(digits: str) -> int:
    """A whole number as JavaScript reads it."""
    return int(float(digits))


@every_engine
@pytest.mark.parametrize(
    ("tag", "same", "other"),
    [
        ("İzmir", "i\u0307zmir", "izmir"),
        ("ılık", "ılık", "ilik"),
        ("Straße", "STRASSE", "Strase"),
        ("STRAẞE", "straße", "strase"),
        ("café", "CAFE\u0301", "cafe"),
        ("Ångström", "\u212bngstro\u0308m", "angstrom"),
        ("ＶＩＰ", "ｖｉｐ", "vip"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", "σισυφος"),
        (" vip ", "VIP", "v ip"),
    ],
)
def test_letters_are_compared_by_one_rule(
    make: EngineMaker, tag: str, same: str, other: str
) -> None:
    """QRY-18: tags differ by letters, not by case or composition, on every engine alike."""
    rows = {
        "customers": [{"customer_id": "ann", "created_at": EARLIER}],
        "customer_tags": [{"customer_id": "ann", "tag": tag}],
    }
    store = asked(make, rows)
    for text, members in ((tag, {"ann"}), (same, {"ann"}), (other, set())):
        assert store.members(f"customer_tags CONTAINS {quote(text)}", NOW) == members


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" OR ".join(["number_of_orders = 1"] * 201), "too_many_conditions"),
        ("(" * 33 + "number_of_orders = 1" + ")" * 33, "too_deep"),
        (f"number_of_orders IN ({','.join(['1'] * 5_001)})", "too_many_items"),
        ("number_of_orders = 1".ljust(20_001), "too_long"),
    ],
)
def test_limits_are_told_at_once(text: str, code: str) -> None:
    """QRY-04: a text beyond a limit is refused, naming it, in some steps for each character."""
    with pytest.raises(QueryError) as refused, counted(30 * len(text)):
        bind(text)
    assert [problem.code for problem in refused.value.problems] == [code]
