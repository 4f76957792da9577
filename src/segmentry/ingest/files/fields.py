"""What columns of a file can be mapped to: the fields of orders, customers and products.

One declaration a field: its type, what it holds, the names files give it. Guessing,
reading and the mapping file's check all read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """How the text of a column is understood."""

    TEXT = "text"
    ID = "id"
    MONEY = "money"
    MOMENT = "time"
    DAY = "date"
    WHOLE = "whole number"
    DEGREES = "degrees"
    BOOLEAN = "yes or no"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    COUNTRY = "country"
    CURRENCY = "currency"
    STATE = "order state"
    ROW = "kind of row"
    CONSENT = "consent"
    JSON = "metafield"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `scope` tells what it belongs to: the row, or the order (product) that
    several rows describe together. `names` are headings it goes by, as `name_key` has them."""

    name: str
    type: Type
    meaning: str
    names: tuple[str, ...] = ()
    scope: str = "row"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what its rows tell of and which fields make a row usable.

    At least one field of every group in `needs` must be mapped.
    """

    name: str
    thing: str
    needs: tuple[tuple[str, ...], ...]
    fields: tuple[Field, ...]
    blocks: dict[str, tuple[Field, ...]]

    def field(self, name: str) -> Field | None:
        """The field of that name; `addresses.2.city` is the city of the second block."""
        block, _, rest = name.partition(".")
        if block in self.blocks:
            part = rest.rpartition(".")[2]
            return next((f for f in self.blocks[block] if f.name == part), None)
        return next((f for f in self.fields if f.name == name), None)

    def named_fields(self) -> Iterator[tuple[str, Field]]:
        """Every field as a mapping has it, those of repeated parts with their heading."""
        yield from ((field.name, field) for field in self.fields)
        for block, fields in self.blocks.items():
            yield from ((f"[[{block}]] {field.name}", field) for field in fields)

    def of(self, scope: str) -> tuple[Field, ...]:
        """The fields that belong to `scope`."""
        return tuple(field for field in self.fields if field.scope == scope)


def name_key(heading: str) -> str:
    """A heading as it is compared: without case, blanks and punctuation around words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading.strip().lstrip("\ufeff"))
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold()))


def _field(name: str, type_: Type, meaning: str, names: str = "", scope: str = "row") -> Field:
    spellings = (name.replace("_", " "), *(each.strip() for each in names.split(",")))
    return Field(name, type_, meaning, tuple(filter(None, spellings)), scope)


def _order(name: str, type_: Type, meaning: str, names: str = "") -> Field:
    return _field(name, type_, meaning, names, "order")


ORDERS = Kind(
    "orders",
    "order",
    (("order_name", "order_id"), ("ordered_at",)),
    (
        _field("order_name", Type.ID, "what rows of one order share", "order number, order no"),
        _order("order_id", Type.ID, "the order's id", "order, invoice, invoice no, invoice number"),
        _order(
            "ordered_at",
            Type.MOMENT,
            "when it was placed",
            "order date, date, ordered, invoice date, processed at, placed at, order time, "
            "order created at, purchase date, created at, date created",
        ),
        _order(
            "state",
            Type.STATE,
            "the order's state",
            "status, order status, financial status, payment status, order state",
        ),
        _order("cancelled_at", Type.MOMENT, "when it was cancelled", "canceled at"),
        _order("order_refunded_at", Type.MOMENT, "when it was refunded in full"),
        _order("test", Type.BOOLEAN, "a trial that is no order", "test order, is test"),
        _order(
            "customer_id",
            Type.ID,
            "who placed it",
            "customer, customer no, customer number, client id, user id",
        ),
        _order("customer_created_at", Type.MOMENT, "when the customer was first known"),
        _order("customer_name", Type.TEXT, "the customer's full name", "billing name, buyer"),
        _order(
            "email",
            Type.EMAIL,
            "the address on the order",
            "e mail, customer email, email address, billing email",
        ),
        _order("phone", Type.PHONE, "the number on the order", "billing phone, telephone, mobile"),
        _order("country", Type.COUNTRY, "the customer's country", "customer country"),
        _order("country_is_default", Type.BOOLEAN, "whether it is their main address's country"),
        _order("paid", Type.MONEY, "captured, before refunds", "amount paid, captured, total paid"),
        _order(
            "total",
            Type.MONEY,
            "amount due, before refunds",
            "order total, grand total, total price, total amount, amount",
        ),
        _order("outstanding", Type.MONEY, "not paid yet", "outstanding balance, balance due"),
        _order("shipping", Type.MONEY, "part of the total", "shipping total, shipping price"),
        _order("tax", Type.MONEY, "part of the total", "taxes, total tax, vat"),
        _order("discount", Type.MONEY, "taken off", "discount amount, total discount"),
        _order("refunded", Type.MONEY, "given back so far", "refunded amount, total refunded"),
        _order("discount_code", Type.TEXT, "codes used", "coupon, coupon code, discount codes"),
        _order("currency", Type.CURRENCY, "of the order's amounts", "currency code"),
        _order("channel", Type.TEXT, "where it was placed", "source name, sales channel"),
        _order("location_id", Type.ID, "the shop it was placed in", "location, pos location"),
        _order("app_id", Type.ID, "the app it was placed with"),
        _order("company_id", Type.ID, "the company it was placed for"),
        _order("renewal", Type.BOOLEAN, "placed by a subscription", "is subscription renewal"),
        _order("shipping_country", Type.COUNTRY, "where it went", "ship to country"),
        _order("payment_method", Type.TEXT, "how it was paid", "payment, gateway"),
        _order("order_tags", Type.TEXT, "tags of the order", "tags"),
        _field("line_kind", Type.ROW, "what the row is", "row kind, line type, row type"),
        _field("line_number", Type.WHOLE, "the line within the order", "line, line no"),
        _field("product_id", Type.ID, "what was sold", "product, lineitem product id, item id"),
        _field("variant_id", Type.ID, "which variant", "variant"),
        _field("sku", Type.TEXT, "stock-keeping unit", "stock code, lineitem sku, item sku"),
        _field(
            "title",
            Type.TEXT,
            "what it is called",
            "product title, product name, item, item name, lineitem name, description",
        ),
        _field("quantity", Type.WHOLE, "units", "qty, units, lineitem quantity, item quantity"),
        _field(
            "unit_price", Type.MONEY, "of one unit", "price, item price, lineitem price, unit cost"
        ),
        _field("line_discount", Type.MONEY, "taken off the line", "lineitem discount"),
        _field("line_amount", Type.MONEY, "the line after discounts", "line total, line amount"),
        _field("refund_id", Type.ID, "the refund's id", "refund"),
        _field("refunded_at", Type.MOMENT, "when it was given back", "refund date, refund time"),
        _field("refund_quantity", Type.WHOLE, "units given back", "refunded quantity"),
        _field("refund_amount", Type.MONEY, "money given back on this row"),
    ),
    {},
)

_ADDRESS = (
    _field("country", Type.COUNTRY, "the country", "country code"),
    _field("region", Type.TEXT, "province or state", "province code, state code, province, state"),
    _field("city", Type.TEXT, "the city", "town"),
    _field("postal_code", Type.TEXT, "the postal code", "zip, zip code, postcode"),
    _field("latitude", Type.DEGREES, "degrees north", "lat"),
    _field("longitude", Type.DEGREES, "degrees east", "lng, lon"),
    _field("is_default", Type.BOOLEAN, "the main address"),
)
_CONSENT = (
    _field("state", Type.CONSENT, "what they agreed to"),
    _field("acted_at", Type.MOMENT, "when they did"),
    _field("source", Type.TEXT, "where they did"),
)
_METAFIELD = (_field("value", Type.JSON, "the value"),)


def _customer(name: str, type_: Type, meaning: str, names: str = "") -> Field:
    """A field of a customer, which exports of segments call by its attribute."""
    return _field(name, type_, meaning, f"{names}, customer {name.replace('_', ' ')}")


CUSTOMERS = Kind(
    "customers",
    "customer",
    (("customer_id", "email", "phone"),),
    (
        _customer("customer_id", Type.ID, "the customer's id", "id, customer, customer number"),
        _customer(
            "created_at",
            Type.MOMENT,
            "when first known",
            "created, customer since, date created, sign up date, registered at, registered, "
            "customer added date",
        ),
        _customer("email", Type.EMAIL, "the address", "e mail, email address, customer email"),
        _customer("phone", Type.PHONE, "the number", "phone number, mobile, telephone"),
        _customer("first_name", Type.TEXT, "given name", "given name, firstname"),
        _customer("last_name", Type.TEXT, "family name", "surname, family name, lastname"),
        _customer("name", Type.TEXT, "full name", "full name, customer name"),
        _customer("note", Type.TEXT, "free text", "notes"),
        _customer("language", Type.TEXT, "such as en", "locale, language code"),
        _customer(
            "account_status", Type.TEXT, "ENABLED, DISABLED, INVITED, DECLINED", "account state"
        ),
        _customer("created_by_app_id", Type.TEXT, "the app that made the profile"),
        _customer(
            "birth_date", Type.DAY, "day of birth", "birthday, date of birth, dob, birthdate"
        ),
        _customer("age", Type.WHOLE, "whole years"),
        _customer("income", Type.MONEY, "yearly income", "annual income, yearly income"),
        _customer("gender", Type.TEXT, "as worded", "sex"),
        _customer("marital_status", Type.TEXT, "as worded"),
        _customer("education", Type.TEXT, "as worded", "education level"),
        _customer("occupation", Type.TEXT, "as worded", "job, profession"),
        _customer("internal", Type.BOOLEAN, "staff or test", "is internal, staff"),
        _customer("tags", Type.TEXT, "tags of the customer", "customer tags"),
    ),
    {"addresses": _ADDRESS, "consents": _CONSENT, "metafields": _METAFIELD},
)

PRODUCTS = Kind(
    "products",
    "product",
    (("product_id", "handle"),),
    (
        _field("product_id", Type.ID, "the product's id", "id"),
        _field("handle", Type.ID, "its name in addresses", "url handle"),
        _field("title", Type.TEXT, "name", "product title, product name, name", "product"),
        _field("vendor", Type.TEXT, "brand or maker", "brand", "product"),
        _field("category", Type.TEXT, "place in the taxonomy", "product category", "product"),
        _field("type", Type.TEXT, "the store's own kind", "product type", "product"),
        _field("tags", Type.TEXT, "tags of the product", "product tags", "product"),
        _field("variant_id", Type.ID, "which variant"),
        _field("sku", Type.TEXT, "stock-keeping unit", "variant sku, stock code"),
    ),
    {},
)

KINDS = {kind.name: kind for kind in (ORDERS, CUSTOMERS, PRODUCTS)}
"""Every kind of file by name."""
