"""What is offered at a cursor, in which order, and which characters it takes the place of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from segmentry.facts.metafields import metafield
from segmentry.query.completion import Kind, Known, KnownValue, complete
from segmentry.query.names import Names, SavedQuery
from tests.steps import counted

_DATA = {
    "customer_tags": (KnownValue("VIP"), KnownValue("O'Neill"), KnownValue("vegan")),
    "products_purchased.id": (KnownValue("1234", "Blue teapot"), KnownValue("85123A", "Lamp")),
    "events.property.": (KnownValue("score"),),
}


def _values(name: str, prefix: str) -> Sequence[KnownValue]:
    return _DATA.get(name, ())


STORE = Known(
    Names(
        {"metafields.custom.'Shoe size'": metafield("metafields.custom.'Shoe size'", "number")},
        {"vip": SavedQuery("VIP", "amount_spent > 1"), "new": SavedQuery("New", "a")},
    ),
    _values,
    {"amount_spent": 2, "refunded_amount": 9},
    date(2026, 12, 15),
)


def offered(text: str, known: Known = STORE) -> list[str]:
    """The texts of the suggestions where `|` stands, or else at the end."""
    at = text.find("|")
    return [s.text for s in complete(text.replace("|", ""), None if at < 0 else at, known)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("num", ["number_of_orders"]),
        ("total_sp", ["amount_spent"]),
        ("customer_account_status ", ["=", "!=", "IN (", "NOT IN (", "IS NULL", "IS NOT NULL"]),
        ("customer_tags NOT CON", ["CONTAINS", "CONTAINS ANY (", "CONTAINS ALL ("]),
        ("last_order_date IS ", ["NULL", "NOT NULL"]),
        ("customer_account_status = 'D", ["'DECLINED'", "'DISABLED'"]),
        ("customer_tags CONTAINS ve", ["'vegan'"]),
        ("customer_tags CONTAINS ANY ('x', 'o\\'n", ["'O\\'Neill'"]),
        ("segments CONTAINS ", ["ANY (", "ALL (", "'VIP'", "'New'", "("]),
        ("products_purchased MATCHES (id = ", ["1234", "'85123A'"]),
        ("products_purchased MATCHES (id = 'teapot", ["'1234'"]),
        ("products_purchased MATCHES (id = 'blue", ["'1234'"]),
        ("refunds MATCHES (date >= -1d, ", ["amount", "count", "sum_amount", ")"]),
        ("refunds MATCHES (date I", ["IN (", "IS NULL", "IS NOT NULL", "NOT IN ("]),
        ("events MATCHES (prop", ["property.score", "property."]),
        ("number_of_orders > 1 ", ["AND", "OR"]),
        ("(number_of_orders > 1 ", ["AND", "OR", ")"]),
        ("number_of_orders BETWEEN 1 ", ["AND"]),
        ("number_of_orders BETWEEN 1 AND 2 ", ["AND", "OR"]),
        ("amount_spent > 1.5 * ", ["STORE_AVERAGE", "STORE_MEDIAN"]),
        ("amount_spent IN TOP 2", ["20%", "25%"]),
        ("last_order_date = 3", ["-3d", "-3w", "-3m", "-3y", "-30d"]),
        ("last_order_date >= yes", ["yesterday"]),
        ("last_order_date < 2026-1", ["2026-12-15", "2026-12-01"]),
        ("metafields.custom.'Sh", ["metafields.custom.'Shoe size'"]),
        ("metafields.custom.sh", ["metafields.custom.'Shoe size'"]),
        ("anniversary('customer_b", ["'customer_birth_date'"]),
        ("anniversary('customer_birth_date') BET", ["BETWEEN"]),
        ("email.opened NOT ", ["MATCHES ("]),
        ("products_purchased(id: 1, qu", ["quantity", "sum_quantity"]),
        ("-- a remark on num", []),
        ("customer_tags CONTAINS 'vip' -- num", []),
        ("customer_tags CONTAINS 'it, num", []),
    ],
)
def test_offers(text: str, expected: list[str]) -> None:
    """Exactly this belongs there, in this order."""
    assert offered(text) == expected


def test_the_more_used_come_first() -> None:
    """After what begins with the word: an exact beginning goes before any use."""
    assert offered("am")[:2] == ["amount_spent", "refunded_amount"]
    assert offered("")[:2] == ["refunded_amount", "amount_spent"]


def test_takes_the_place_of_the_whole_word() -> None:
    """The rest of a word behind the cursor goes with it, and nothing else."""
    text = "number_of_orders > 1 AND customer_tags CONTAINS 'vip' OR x = 1"
    (name,) = complete(text, 3)
    assert text[name.start : name.end] == "number_of_orders"
    first = complete(text, text.index("'vip") + 2, STORE)[0]
    assert (text[first.start : first.end], first.text) == ("'vip'", "'VIP'")


def test_an_open_quote_swallows_nothing() -> None:
    """What follows a text whose quote is not closed yet stays."""
    text = "customer_tags CONTAINS 'vi AND customer_source CONTAINS 'shop'"
    first = complete(text, text.index(" AND"), STORE)[0]
    assert text[first.start : first.end] == "'vi"


def test_faults_elsewhere_do_not_matter() -> None:
    """What is wrong before the cursor, in the same condition or another, hides nothing."""
    for text in ("foo bar AND num", "= 3 OR num", "customer_tags CONTAINS ('a' AND num", ")) num"):
        expected = [] if text == ")) num" else ["number_of_orders"]
        assert offered(text) == expected, text
    assert "IN (" in offered("number_of_order ")


def test_kinds_and_details() -> None:
    """Every suggestion says what it is."""
    by_kind = {
        each.kind
        for text in ("", "amount_spent ", "segments CONTAINS ")
        for each in complete(text, known=STORE)
    }
    assert by_kind == {
        *(Kind.ATTRIBUTE, Kind.FUNCTION, Kind.KEYWORD, Kind.MARK, Kind.OPERATOR, Kind.SEGMENT)
    }
    assert all(each.detail for each in complete("", known=STORE))


def test_predictions_are_offered_once_made() -> None:
    """Before, a query on them would be refused."""
    assert offered("churn_pro") == []
    assert offered("churn_pro", Known(Names(predictions=True))) == ["churn_probability"]


def test_hostile_texts_take_no_time() -> None:
    """As many faults as the longest text can have: some steps are taken for each character."""
    for text in ("a " * 9_000, "a AND " * 3_000, "(" * 19_000, "'" * 19_999, "a." * 9_999):
        with counted(30 * len(text)):
            complete(text)
