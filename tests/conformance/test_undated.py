"""What is declared to be undated is today's at every moment, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from segmentry.engines.base import EngineMaker
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.metafields import metafield
from segmentry.query.bound import RecordTest

from .engines import ENGINES
from .stores import SOURCE, Asked, Rows, asked

_EARLIER, _TODAY = "2026-01-01T12:00:00Z", "2026-09-01T12:00:00Z"
METAFIELD = metafield("metafields.custom.size", "text")
ATTRIBUTES_ASKED = tuple(
    each
    for each in (*ATTRIBUTES.values(), METAFIELD)
    if each.name != "segments" and not each.predicted
)
PARAMETERS = tuple(
    (function, field)
    for function in FUNCTIONS.values()
    if not function.undated
    for field in function.parameters
)
UNDATED_FUNCTIONS = {
    "store_credit_accounts": "store_credit_accounts MATCHES (balance > 5)",
    "customer_within_distance": "customer_within_distance MATCHES "
    "(coordinates = '51.5,-0.12', distance_km = 10)",
}


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> EngineMaker:
    """Each engine in turn."""
    return ENGINES[request.param]


def _profile(word: str) -> dict[str, list[dict[str, Any]]]:
    """What sources say of Ann and of the store's products without a date, and Ben's addresses:
    Ann's stay, since consent is that of an address."""
    ann, tea = {"customer_id": "ann"}, {"product_id": "tea"}
    year = 1980 + len(word)
    texts = ("name", "note", "language", "gender", "marital_status", "education", "occupation")
    return {
        "customers": [
            ann
            | dict.fromkeys(texts, word)
            | {"created_at": _EARLIER, "created_by_app_id": word, "income": f"{year}.00"}
            | {"account_status": "ENABLED" if word == "old" else "DISABLED"}
            | {"birth_date": f"{year}-02-03", "email": "a@example.com", "phone": "+447946000001"}
            | {"email_key": "a@example.com"},
            {"customer_id": "ben", "created_at": _EARLIER, "phone": f"+4479460000{len(word)}"}
            | dict.fromkeys(("email", "email_key"), f"b@{word}.example"),
        ],
        "addresses": [
            ann
            | {"country": "GB" if word == "old" else "DE", "region": word, "city": word}
            | {"postal_code": word, "latitude": 51.5 if word == "old" else 0.0, "longitude": -0.12}
        ],
        "customer_tags": [ann | {"tag": word}],
        "companies": [ann | {"company_id": word}],
        "attributes": [
            ann | {"namespace": space, "key": key, "type": type, "value": value}
            for space, key, type, value in (
                ("profile", "interests", "list", f'["{word}"]'),
                ("profile", "values", "list", f'["{word}"]'),
                ("custom", "size", "text", f'"{word}"'),
            )
        ],
        "subscriptions": [
            ann
            | {"subscription_id": "1", "started_at": _EARLIER}
            | {"state": "ACTIVE" if word == "old" else "PAUSED"}
        ],
        "credits": [ann | {"credit_id": "1", "balance": "9.00" if word == "old" else "1.00"}],
        "products": [tea | {"vendor": word, "category": word, "type": word}],
        "product_tags": [tea | {"tag": word}],
        "collections": [tea | {"collection_id": word}],
        "order_tags": [{"order_id": "1", "tag": word}],
    }


def _happened(
    number: str, at: str, state: str = "PAID", **order: Any
) -> dict[str, list[dict[str, Any]]]:
    """An order with a line, a refund, a checkout, acts, and an event of each kind."""
    ann = {"customer_id": "ann"}
    return {
        "orders": [
            ann
            | {"order_id": number, "ordered_at": at, "paid": "20.00", "state": state}
            | {"channel": "web", "discount": "1.00"}
            | order
        ],
        "order_lines": [
            {"order_id": number, "line_number": 1, "kind": "PRODUCT", "product_id": "tea"}
            | {"quantity": 2, "amount": "18.00", "title": "Tea", "variant_id": "v", "sku": "s"}
        ],
        "order_discounts": [{"order_id": number, "code": "ten", "amount": "1.00"}],
        "refunds": [
            {"refund_id": number, "order_id": "1", "refunded_at": at, "amount": "2.00"}
            | {"line_number": 1, "quantity": 1}
        ],
        "checkouts": [
            ann
            | {"checkout_id": number, "last_active_at": at.replace("01T", "02T")}
            | {"value": "30.00"}
        ],
        "checkout_lines": [
            {"checkout_id": number, "line_number": 1, "product_id": "tea", "sku": "s"}
        ],
        "consents": [
            ann
            | {"channel": channel, "address_key": address, "acted_at": at, "source": "form"}
            | {"state": "SUBSCRIBED" if at == _EARLIER else "UNSUBSCRIBED"}
            for channel, address in (("EMAIL", "a@example.com"), ("SMS", "+447946000001"))
        ],
        "events": [
            ann
            | {"event_id": f"{number} {each.event}", "name": each.event, "occurred_at": at}
            | {"product_id": "tea", "activity_id": each.event}
            | {"properties": '{"url": "/x", "term": "tea", "duration_minutes": 3}'}
            for each in FUNCTIONS.values()
            if each.event
        ],
    }


def _together(*parts: Rows) -> Rows:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: [row for part in parts for row in part.get(name, [])] for name in names}


THEN = datetime(2026, 3, 1, tzinfo=UTC)
EARLIER = _happened("1", _EARLIER, "AUTHORIZED")
BEFORE = _together(_profile("old"), EARLIER)
SINCE = _together(
    _profile("newer"),
    EARLIER | {"orders": [EARLIER["orders"][0] | {"state": "CANCELLED", "cancelled_at": _TODAY}]},
    _happened("2", _TODAY),
)
"""As it is today: all without a date is different, and all with a date happened once more."""


@cache
def _stores(make: EngineMaker) -> tuple[Asked, Asked]:
    """As it was known before, and as it is since."""
    declared = {METAFIELD.name: "text"}
    return asked(make, BEFORE, metafields=declared), asked(make, SINCE, metafields=declared)


def _value(store: Asked, attribute: Attribute) -> object:
    return store.values(attribute.name, THEN)


def _records(store: Asked, function: Function, field: Field) -> list[object]:
    test = RecordTest(function, (), (), negated=False)
    found = store.engine.records(test, f"{SOURCE}:ann", THEN)
    assert found, "there are some"
    return [each[field.name] for each in found]


@pytest.mark.parametrize("attribute", ATTRIBUTES_ASKED, ids=lambda each: each.name)
def test_attributes(make: EngineMaker, attribute: Attribute) -> None:
    """What changes today changes an attribute's value at a past moment if, and only if, it is
    declared to be undated."""
    before, since = _stores(make)
    changed = _value(before, attribute) != _value(since, attribute)
    assert changed == attribute.undated


@pytest.mark.parametrize(
    ("function", "field"), PARAMETERS, ids=lambda each: getattr(each, "name", None)
)
def test_parameters(make: EngineMaker, function: Function, field: Field) -> None:
    """The same holds for a parameter of the records there were."""
    before, since = _stores(make)
    changed = _records(before, function, field) != _records(since, function, field)
    assert changed == field.undated


@pytest.mark.parametrize("text", UNDATED_FUNCTIONS.values(), ids=list(UNDATED_FUNCTIONS))
def test_functions(make: EngineMaker, text: str) -> None:
    """And for functions whose records have no date, of which none is left out here."""
    assert set(UNDATED_FUNCTIONS) == {each.name for each in FUNCTIONS.values() if each.undated}
    before, since = _stores(make)
    assert before.members(text, THEN) == {"ann"}
    assert since.members(text, THEN) == set()
