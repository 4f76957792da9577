"""Where the words and ids that attributes and parameters compare are kept.

Only what a table has as it stands; each is every value there is, also of customers who are gone
and of days to come.
"""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.facts.field import Field, Function


@dataclass(frozen=True, slots=True)
class Kept:
    """A column of a canonical table; with `also` a second one whose text, without spaces,
    follows after a hyphen."""

    table: str
    column: str
    also: str | None = None


_PRODUCT = (Kept("products", "product_id"), Kept("product_skus", "product_id"))
_BOUGHT = (Kept("order_lines", "product_id"), *_PRODUCT)
_COLLECTION = (Kept("collections", "collection_id"),)
_GOODS: dict[str, tuple[Kept, ...]] = {
    "in_same_order": _BOUGHT,
    "variant_id": (Kept("order_lines", "variant_id"), Kept("product_skus", "variant_id")),
    "sku": (Kept("order_lines", "sku"), Kept("product_skus", "sku")),
    "title": (Kept("order_lines", "title"), Kept("products", "title")),
}
_IN_CARTS: dict[str, tuple[Kept, ...]] = {
    "variant_id": (Kept("checkout_lines", "variant_id"), Kept("product_skus", "variant_id")),
    "sku": (Kept("checkout_lines", "sku"), Kept("product_skus", "sku")),
}
_OF_PRODUCTS: dict[str, tuple[Kept, ...]] = {
    "tag": (Kept("product_tags", "tag"),),
    "category": (Kept("products", "category"),),
    "vendor": (Kept("products", "vendor"),),
    "type": (Kept("products", "type"),),
    "collection_id": _COLLECTION,
}

_ATTRIBUTES: dict[str, tuple[Kept, ...]] = {
    "customer_tags": (Kept("customer_tags", "tag"),),
    "customer_countries": (Kept("addresses", "country"),),
    "customer_regions": (Kept("addresses", "region"),),
    "customer_cities": (Kept("addresses", "region", "city"),),
    "customer_postal_codes": (Kept("addresses", "postal_code"),),
    "customer_language": (Kept("customers", "language"),),
    "customer_gender": (Kept("customers", "gender"),),
    "customer_marital_status": (Kept("customers", "marital_status"),),
    "customer_education": (Kept("customers", "education"),),
    "customer_occupation": (Kept("customers", "occupation"),),
    "created_by_app_id": (Kept("customers", "created_by_app_id"),),
    "companies": (Kept("companies", "company_id"),),
}

_PARAMETERS: dict[str, dict[str, tuple[Kept, ...]]] = {
    "orders_placed": {
        "location_id": (Kept("orders", "location_id"),),
        "app_id": (Kept("orders", "app_id"),),
        "company_id": (Kept("orders", "company_id"), Kept("companies", "company_id")),
        "channel": (Kept("orders", "channel"),),
        "currency": (Kept("orders", "currency"),),
        "shipping_country": (Kept("orders", "shipping_country"),),
        "payment_method": (Kept("orders", "payment_method"),),
        "tag": (Kept("order_tags", "tag"),),
        "discount_code": (Kept("order_discounts", "code"),),
    },
    "products_purchased": {
        **_OF_PRODUCTS,
        **_GOODS,
        "id": _BOUGHT,
    },
    "checkouts_abandoned": {
        **_OF_PRODUCTS,
        **_IN_CARTS,
        "id": (Kept("checkout_lines", "product_id"), *_PRODUCT),
    },
    "storefront.product_viewed": {**_OF_PRODUCTS, "id": (Kept("events", "product_id"),)},
    "storefront.collection_viewed": {"id": _COLLECTION},
    "storefront.cart_added": _OF_PRODUCTS,
    "storefront.checkout_started": _OF_PRODUCTS,
    "events": {"name": (Kept("events", "name"),)},
    "store_credit_accounts": {"currency": (Kept("credits", "currency"),)},
}


def kept(function: Function | None, field: Field) -> tuple[Kept, ...]:
    """Where the values of an attribute are kept, or of a parameter of a function; nowhere for
    those that are worked out."""
    if function is None:
        return _ATTRIBUTES.get(field.name, ())
    if field.name == "activity_id":
        return (Kept("events", "activity_id"),)
    return _PARAMETERS.get(function.name, {}).get(field.name, ())
