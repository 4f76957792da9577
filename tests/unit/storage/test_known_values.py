"""Values of the store's own data: which are offered, in which order, found by what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import segmentry as sg
from segmentry.base.errors import UserError
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.operators import Type
from segmentry.query.completion import KnownValue
from segmentry.storage import known_values
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.known_values import PERSONAL, VALUES

_FREE = (Type.TEXT, Type.ID, Type.LIST)
_WITHOUT = PERSONAL | {"segments", "customer_within_distance.coordinates"}
"""Names with free values of which none are offered from the facts."""


@pytest.fixture
def shop() -> Iterator[sg.Workspace]:
    """A store with tags, orders, products, metafields and events."""
    names = ("ann", "bob", "cid")
    product = {"title": "Blue teapot", "vendor": "Ö-Werk"}
    sold = {"kind": "PRODUCT", "quantity": 1}
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as workspace:
        workspace.load(
            {
                "customers": [
                    {"customer_id": name, "email": f"{name}@Shop.example"} for name in names
                ],
                "customer_tags": [
                    *({"customer_id": name, "tag": "VIP"} for name in names[:2]),
                    *({"customer_id": name, "tag": "Café-guest"} for name in names),
                    {"customer_id": "ann", "tag": "a"},
                ],
                "addresses": [
                    {"customer_id": "ann", "region": "US-NY", "city": "New York", "country": "US"}
                ],
                "orders": [
                    {"order_id": "1", "customer_id": "ann", "ordered_at": "2026-01-01T00:00:00"}
                ],
                "order_lines": [
                    {"order_id": "1", "line_number": at, "product_id": str(at), **sold}
                    for at in (7, 8)
                ],
                "products": [{"product_id": "7", **product}],
                "attributes": [
                    {"customer_id": "ann", "namespace": "profile", "key": "interests"}
                    | {"type": "list", "value": '["tea", "bread"]'},
                    {"customer_id": "ann", "namespace": "custom", "key": "tier"}
                    | {"type": "text", "value": '"gold"'},
                ],
                "events": [
                    {"event_id": "1", "customer_id": "ann", "name": "quiz_finished"}
                    | {"occurred_at": "2026-01-01T00:00:00", "properties": '{"my score": 1}'},
                    {"event_id": "2", "customer_id": "ann", "name": "searched"}
                    | {"occurred_at": "2026-01-01T00:00:00", "properties": '{"term": "mug"}'},
                ],
            },
            source="shop",
        )
        yield workspace


def test_every_free_value_is_offered_or_left_out_on_purpose() -> None:
    """A new attribute or parameter needs its place in the facts, or a reason for none."""
    fields = {attribute.name: attribute.type for attribute in ATTRIBUTES.values()}
    for function in FUNCTIONS.values():
        fields |= {f"{function.name}.{each.name}": each.type for each in function.parameters}
    free = {name for name, type in fields.items() if type in _FREE}
    assert free - set(VALUES) == _WITHOUT
    assert set(VALUES) - free == {"events.property."}


@pytest.mark.parametrize("name", [*VALUES, "metafields.custom.tier"])
def test_every_statement_runs(name: str) -> None:
    """Without facts there are no values, and no fault."""
    facts = FactsDb(None)
    assert facts.known_values().starting(name) == ()
    facts.close()


@pytest.mark.parametrize(
    ("name", "prefix", "expected"),
    [
        ("customer_tags", "", ["Café-guest", "VIP", "a"]),
        ("customer_tags", "v", ["VIP"]),
        ("customer_tags", "CAFE\u0301", ["Café-guest"]),
        ("customer_tags", "gue", ["Café-guest"]),
        ("customer_tags", "uest", []),
        ("customer_email_domain", "", ["shop.example"]),
        ("customer_email", "", []),
        ("customer_cities", "", ["US-NY-NewYork"]),
        ("customer_source", "", ["shop"]),
        ("customer_interests", "b", ["bread"]),
        ("metafields.custom.tier", "", ["gold"]),
        ("products_purchased.id", "", ["7", "8"]),
        ("products_purchased.id", "teap", ["7"]),
        ("products_purchased.vendor", "o\u0308", ["Ö-Werk"]),
        ("events.name", "quiz", ["quiz_finished"]),
        ("storefront_event.searched.term", "", ["mug"]),
        ("rfm_group", "cham", ["CHAMPIONS"]),
    ],
)
def test_values(shop: sg.Workspace, name: str, prefix: str, expected: list[str]) -> None:
    """The most frequent first, found by the beginning of any word, in any case."""
    assert [each.text for each in shop.suggest_values(name, prefix)] == expected


def test_an_id_says_what_it_is_of(shop: sg.Workspace) -> None:
    """A product by its title."""
    assert shop.suggest_values("products_purchased.id", "7") == (KnownValue("7", "Blue teapot"),)


def test_ids_of_several_sources_keep_their_source(shop: sg.Workspace) -> None:
    """Else it would not be said whose they are."""
    shop.load({"customers": [{"customer_id": "dan"}]}, source="till")
    assert shop.suggest_values("products_purchased.id", "shop:8") == (KnownValue("shop:8"),)


def test_new_facts_are_offered(shop: sg.Workspace) -> None:
    """Values are kept only while the facts stay the same."""
    assert shop.suggest_values("customer_tags", "new") == ()
    shop.load(
        {
            "customers": [{"customer_id": "eva"}],
            "customer_tags": [{"customer_id": "eva", "tag": "New"}],
        },
        source="shop",
    )
    assert shop.suggest_values("customer_tags", "new") == (KnownValue("New"),)


def test_unknown_names_are_refused(shop: sg.Workspace) -> None:
    """A misspelt attribute or parameter."""
    for name in ("customer_tag", "orders_placed.tags"):
        with pytest.raises(UserError, match="There is no attribute"):
            shop.suggest_values(name)


def test_only_so_many_are_kept(shop: sg.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most frequent ones."""
    monkeypatch.setattr(known_values, "LIMIT", 1)
    assert [each.text for each in shop.suggest_values("customer_tags")] == ["Café-guest"]


def test_queries_are_completed_with_them(shop: sg.Workspace) -> None:
    """In a condition on an attribute, in a function, and properties by their names."""

    def offered(text: str) -> list[str]:
        return [each.text for each in shop.complete(text)]

    assert offered("customer_tags CONTAINS 'vi") == ["'VIP'"]
    assert offered("products_purchased MATCHES (id IN (teap") == ["7"]
    assert offered("events MATCHES (property.m") == ["property.'my score'"]
    assert "metafields.custom.tier" in offered("meta")
    shop.segments.add("Tea people", "customer_interests CONTAINS 'tea'")
    assert offered("segments CONTAINS 'tea") == ["'Tea people'"]
    assert offered("cust")[0] == "customer_interests"
