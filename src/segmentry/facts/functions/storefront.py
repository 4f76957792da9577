"""Functions over what customers do on the pages of the store."""

from __future__ import annotations

from segmentry.facts.field import Field, Function
from segmentry.facts.functions.parameters import (
    COUNT,
    DATE,
    OF_PRODUCTS,
    boolean,
    identifier,
    text,
)
from segmentry.facts.operators import Type

_PRODUCTS = ("events", "products", "product_tags", "collections")


def _storefront(
    event: str,
    meaning: str,
    example: str,
    noun: tuple[str, str],
    *parameters: Field,
    verb: str = "made",
    needs: tuple[str, ...] = ("events",),
    shopify_takes: tuple[str, ...] = (),
) -> Function:
    """A function over one kind of event, whose example has these parameters."""
    name = f"storefront.{event}"
    return Function(
        name=name,
        meaning=meaning,
        example=f"{name} MATCHES ({example})",
        noun=noun,
        verb=verb,
        parameters=(DATE, *parameters),
        aggregates=(COUNT,),
        needs=needs,
        shopify=bool(shopify_takes),
        shopify_takes=shopify_takes,
        also_called=(f"storefront_event.{event}",),
        event=event,
    )


FUNCTIONS = (
    _storefront(
        "product_viewed",
        "Views of a product's page. With `purchased_after` those after which the customer "
        "bought the same product, or did not.",
        "id = 1234, date >= -30d",
        ("product view", "product views"),
        *OF_PRODUCTS,
        boolean(
            "purchased_after",
            "being followed by a purchase of the product",
            "Whether the customer bought the product then or later.",
        ),
        needs=(*_PRODUCTS, "orders", "refunds", "order_lines"),
        shopify_takes=("id", "tag", "date", "count"),
    ),
    _storefront(
        "collection_viewed",
        "Views of a collection's page.",
        "id = 1234, date >= -30d",
        ("collection view", "collection views"),
        identifier("id", "collection", "The collection."),
        shopify_takes=("id", "date", "count"),
    ),
    _storefront(
        "page_viewed",
        "Views of any page of the store.",
        "url CONTAINS TEXT '/sale', count >= 3",
        ("page view", "page views"),
        text("url", "address", "The address of the page."),
    ),
    _storefront(
        "searched",
        "Searches in the store.",
        "term CONTAINS TEXT 'teapot'",
        ("search", "searches"),
        text("term", "search term", "What was searched for."),
    ),
    _storefront(
        "cart_added",
        "Products put into the cart.",
        "tag = 'outdoor', date >= -7d",
        ("addition to the cart", "additions to the cart"),
        *OF_PRODUCTS,
        needs=_PRODUCTS,
    ),
    _storefront(
        "checkout_started",
        "Checkouts begun. Each condition on products is met by any of those in the cart.",
        "date >= -7d, count >= 2",
        ("checkout", "checkouts"),
        *OF_PRODUCTS,
        verb="started",
        needs=_PRODUCTS,
    ),
    _storefront(
        "session_ended",
        "Visits to the store, when they were over.",
        "duration_minutes >= 10",
        ("visit", "visits"),
        Field(
            name="duration_minutes",
            type=Type.DECIMAL,
            label="length in minutes",
            meaning="How many minutes it was long.",
        ),
    ),
)
