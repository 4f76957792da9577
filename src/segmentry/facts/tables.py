"""The canonical tables: one declaration a table, free of any platform.

Every key is a text `source:id`, so that ids of several sources live side by side.
`_at` columns are UTC instants, `_date` columns are days, money columns hold
ten-thousandths of the store's currency unit (`base.money`). Storage makes its
schema from these declarations, connectors map to them, engines read them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa

TEXT = pa.string()
INTEGER = pa.int64()
MONEY = pa.int64()
MOMENT = pa.timestamp("us", tz="UTC")
DAY = pa.date32()
BOOLEAN = pa.bool_()
FLOAT = pa.float64()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type and what it holds."""

    name: str
    type: pa.DataType
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table. A new record replaces the rows that share its `owner` columns.

    Rows that are `part_of` records of another table come with these: an order that
    arrives again brings all its lines anew. Rows that `belongs_to` another table have
    their owner there and may yet arrive by themselves, as refunds do.
    """

    name: str
    owner: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]
    part_of: str | None = None
    belongs_to: str | None = None

    @property
    def one_row_each(self) -> bool:
        """Whether an owner has one row here, so that of two the later holds."""
        return self.part_of is None and self.belongs_to is None

    def only(self, *names: str) -> Table:
        """The table with these columns alone, for reading."""
        return replace(self, columns=tuple(c for c in self.columns if c.name in names))

    @property
    def schema(self) -> pa.Schema:
        """The table's Arrow schema."""
        return pa.schema([pa.field(c.name, c.type, nullable=not c.required) for c in self.columns])


def _key(name: str, meaning: str) -> Column:
    return Column(name, TEXT, meaning, required=True)


CUSTOMERS = Table(
    "customers",
    ("customer_id",),
    "People and businesses that buy or may buy.",
    (
        _key("customer_id", "source:id"),
        Column("created_at", MOMENT, "when the source first knew them"),
        Column("email", TEXT, "as typed"),
        Column("email_key", TEXT, "for comparing: base.text.email_key"),
        Column("phone", TEXT, "E.164"),
        Column("name", TEXT, "full name"),
        Column("note", TEXT, "free text"),
        Column("language", TEXT, "such as en or en-US"),
        Column("account_status", TEXT, "DECLINED, DISABLED, ENABLED or INVITED"),
        Column("created_by_app_id", TEXT, "the app that made the profile"),
        Column("birth_date", DAY, "day of birth"),
        Column("age", INTEGER, "whole years, where no birth date is known"),
        Column("income", MONEY, "yearly income"),
        Column("gender", TEXT, "as the source words it"),
        Column("marital_status", TEXT, "as the source words it"),
        Column("education", TEXT, "as the source words it"),
        Column("occupation", TEXT, "as the source words it"),
        Column("internal", BOOLEAN, "staff or test: left out of ranks and averages"),
        Column("guest", BOOLEAN, "known only by the address on orders; made by storage.identify"),
    ),
)
CUSTOMER_MERGES = Table(
    "customer_merges",
    ("customer_id",),
    "Profiles that were merged into another; their facts belong to the survivor.",
    (
        _key("customer_id", "the profile that is gone"),
        _key("merged_into", "the profile that lives on"),
        Column("merged_at", MOMENT, "when"),
    ),
)
DELETIONS = Table(
    "deletions",
    ("kind", "record_id"),
    "Records that the source deleted, and people erased on request.",
    (
        _key("kind", "one of DELETABLE"),
        _key("record_id", "source:id"),
        Column("deleted_at", MOMENT, "when"),
        Column("erased", BOOLEAN, "erased on the person's request"),
    ),
)
COMPANIES = Table(
    "companies",
    ("company_id", "customer_id"),
    "Which customers buy for which company.",
    (
        _key("company_id", "source:id"),
        _key("customer_id", "source:id"),
        Column("name", TEXT, "the company's name"),
    ),
)
ADDRESSES = Table(
    "addresses",
    ("customer_id",),
    "Current postal addresses.",
    (
        _key("customer_id", "source:id"),
        Column("country", TEXT, "two letters, ISO 3166-1"),
        Column("region", TEXT, "CC-RR, ISO 3166-2"),
        Column("city", TEXT, "as written"),
        Column("postal_code", TEXT, "as written"),
        Column("latitude", FLOAT, "degrees, where the source gives it"),
        Column("longitude", FLOAT, "degrees, where the source gives it"),
        Column("is_default", BOOLEAN, "the customer's main address"),
    ),
    part_of="customers",
)
CUSTOMER_TAGS = Table(
    "customer_tags",
    ("customer_id",),
    "Tags on customers.",
    (_key("customer_id", "source:id"), _key("tag", "as written")),
    part_of="customers",
)
ATTRIBUTES = Table(
    "attributes",
    ("customer_id", "namespace", "key"),
    "Metafields and other typed values about customers.",
    (
        _key("customer_id", "source:id"),
        _key("namespace", "such as custom or facts"),
        _key("key", "such as birth_date"),
        _key("type", "as the source declares it"),
        Column("value", TEXT, "as JSON"),
    ),
)
ORDERS = Table(
    "orders",
    ("order_id",),
    "Orders placed, with their state as last reported.",
    (
        _key("order_id", "source:id"),
        Column("customer_id", TEXT, "source:id; none for an order that belongs to nobody"),
        Column("guest", BOOLEAN, "placed without an account: known by its address"),
        Column("email_key", TEXT, "the address on the order, for comparing"),
        Column("phone", TEXT, "the number on the order, E.164"),
        Column("ordered_at", MOMENT, "when it was placed (processed)", required=True),
        Column("state", TEXT, "one of facts.orders.STATES", required=True),
        Column("placed", BOOLEAN, "false for test orders, drafts and carts", required=True),
        Column("cancelled_at", MOMENT, "when it was cancelled, if it was"),
        Column("refunded_at", MOMENT, "when it was refunded in full, if the source says"),
        Column("paid", MONEY, "captured, before refunds; none if the amount is not known"),
        Column("total", MONEY, "amount due, before refunds"),
        Column("shipping", MONEY, "part of total"),
        Column("tax", MONEY, "part of total"),
        Column("discount", MONEY, "taken off; below zero where one was charged back"),
        Column("currency", TEXT, "the currency the customer paid in"),
        Column("channel", TEXT, "where it was placed"),
        Column("location_id", TEXT, "source:id"),
        Column("app_id", TEXT, "source:id"),
        Column("company_id", TEXT, "source:id"),
        Column("renewal", BOOLEAN, "placed by a subscription"),
        Column("shipping_country", TEXT, "two letters"),
        Column("payment_method", TEXT, "as the source words it"),
    ),
)
ORDER_TAGS = Table(
    "order_tags",
    ("order_id",),
    "Tags on orders.",
    (_key("order_id", "source:id"), _key("tag", "as written")),
    part_of="orders",
)
ORDER_DISCOUNTS = Table(
    "order_discounts",
    ("order_id",),
    "Discounts used on orders.",
    (
        _key("order_id", "source:id"),
        Column("code", TEXT, "as typed; none for an automatic discount"),
        Column("amount", MONEY, "taken off, a positive amount"),
    ),
    part_of="orders",
)
ORDER_LINES = Table(
    "order_lines",
    ("order_id",),
    "What was on the orders.",
    (
        _key("order_id", "source:id"),
        Column("line_number", INTEGER, "from 1, within the order", required=True),
        Column("kind", TEXT, "PRODUCT, GIFT_CARD, SHIPPING or DISCOUNT", required=True),
        Column("product_id", TEXT, "source:id"),
        Column("variant_id", TEXT, "source:id"),
        Column("sku", TEXT, "stock-keeping unit"),
        Column("title", TEXT, "as sold"),
        Column("quantity", INTEGER, "units, before returns", required=True),
        Column("unit_price", MONEY, "after discounts"),
        Column("amount", MONEY, "after discounts, without tax and shipping"),
    ),
    part_of="orders",
)
REFUNDS = Table(
    "refunds",
    ("refund_id",),
    "Money and goods given back, one row a refunded line.",
    (
        _key("refund_id", "source:id"),
        Column("order_id", TEXT, "source:id; none for a refund that fits no order"),
        Column("customer_id", TEXT, "source:id"),
        Column("refunded_at", MOMENT, "when; none counts from the order's own moment"),
        Column("line_number", INTEGER, "the order's line; none for money alone"),
        Column("product_id", TEXT, "source:id"),
        Column("quantity", INTEGER, "units given back"),
        Column("amount", MONEY, "money given back, a positive amount", required=True),
    ),
    belongs_to="orders",
)
PRODUCTS = Table(
    "products",
    ("product_id",),
    "What the store sells or sold.",
    (
        _key("product_id", "source:id"),
        Column("title", TEXT, "name"),
        Column("vendor", TEXT, "brand or maker"),
        Column("category", TEXT, "the source's taxonomy"),
        Column("type", TEXT, "the store's own kind"),
    ),
)
PRODUCT_SKUS = Table(
    "product_skus",
    ("product_id",),
    "Stock-keeping units of products, by which order lines without a product id find them.",
    (
        _key("product_id", "source:id"),
        _key("sku", "as the source writes it"),
        Column("variant_id", TEXT, "source:id"),
    ),
    part_of="products",
)
PRODUCT_TAGS = Table(
    "product_tags",
    ("product_id",),
    "Tags on products.",
    (_key("product_id", "source:id"), _key("tag", "as written")),
    part_of="products",
)
COLLECTIONS = Table(
    "collections",
    ("collection_id", "product_id"),
    "Which products are in which collection.",
    (
        _key("collection_id", "source:id"),
        _key("product_id", "source:id"),
        Column("title", TEXT, "the collection's name"),
    ),
)
CHECKOUTS = Table(
    "checkouts",
    ("checkout_id",),
    "Carts that reached the checkout.",
    (
        _key("checkout_id", "source:id"),
        Column("customer_id", TEXT, "source:id"),
        Column("cart_id", TEXT, "source:id"),
        Column("last_active_at", MOMENT, "last activity", required=True),
        Column("value", MONEY, "what it would have cost"),
        Column("order_id", TEXT, "the order it became, if it did"),
    ),
)
CHECKOUT_LINES = Table(
    "checkout_lines",
    ("checkout_id",),
    "What was in the carts.",
    (
        _key("checkout_id", "source:id"),
        Column("line_number", INTEGER, "from 1", required=True),
        Column("product_id", TEXT, "source:id"),
        Column("variant_id", TEXT, "source:id"),
        Column("sku", TEXT, "stock-keeping unit"),
        Column("quantity", INTEGER, "units"),
        Column("amount", MONEY, "of the line"),
    ),
    part_of="checkouts",
)
EVENTS = Table(
    "events",
    ("event_id",),
    "What customers did: storefront, e-mail, SMS and the store's own events.",
    (
        _key("event_id", "source:id"),
        Column("customer_id", TEXT, "source:id"),
        _key("name", "such as product_viewed"),
        Column("occurred_at", MOMENT, "when", required=True),
        Column("product_id", TEXT, "source:id"),
        Column("activity_id", TEXT, "the campaign it belongs to"),
        Column("properties", TEXT, "as JSON"),
    ),
)
CONSENTS = Table(
    "consents",
    ("customer_id", "channel", "address_key", "acted_at", "state", "source"),
    "Acts of consent, per channel and address. None replaces another: both were made.",
    (
        _key("customer_id", "source:id of who acted; the consent is that of the address"),
        _key("channel", "EMAIL or SMS"),
        _key("address_key", "the address for comparing"),
        _key("state", "SUBSCRIBED, NOT_SUBSCRIBED, PENDING, UNSUBSCRIBED, INVALID or REDACTED"),
        Column("acted_at", MOMENT, "when the person acted", required=True),
        Column("source", TEXT, "form, import, platform, …"),
        Column("proof", TEXT, "where the proof is kept"),
    ),
)
CREDITS = Table(
    "credits",
    ("credit_id",),
    "Store credit accounts.",
    (
        _key("credit_id", "source:id"),
        _key("customer_id", "source:id"),
        Column("balance", MONEY, "what is left", required=True),
        Column("currency", TEXT, "three letters"),
        Column("next_expiry_at", MOMENT, "when some of it lapses"),
        Column("last_credit_at", MOMENT, "when some was last given"),
    ),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    ("subscription_id",),
    "Product subscriptions.",
    (
        _key("subscription_id", "source:id"),
        _key("customer_id", "source:id"),
        _key("state", "ACTIVE, CANCELED, EXPIRED, FAILED or PAUSED"),
        Column("started_at", MOMENT, "when it began"),
        Column("ended_at", MOMENT, "when it ended"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        CUSTOMER_MERGES,
        DELETIONS,
        COMPANIES,
        ADDRESSES,
        CUSTOMER_TAGS,
        ATTRIBUTES,
        ORDERS,
        ORDER_TAGS,
        ORDER_DISCOUNTS,
        ORDER_LINES,
        REFUNDS,
        PRODUCTS,
        PRODUCT_SKUS,
        PRODUCT_TAGS,
        COLLECTIONS,
        CHECKOUTS,
        CHECKOUT_LINES,
        EVENTS,
        CONSENTS,
        CREDITS,
        SUBSCRIPTIONS,
    )
}
"""Every canonical table by name, owners before their parts."""

DELETABLE: dict[str, Table] = {
    "customer": CUSTOMERS,
    "order": ORDERS,
    "refund": REFUNDS,
    "product": PRODUCTS,
    "collection": COLLECTIONS,
    "company": COMPANIES,
    "checkout": CHECKOUTS,
    "event": EVENTS,
    "credit": CREDITS,
    "subscription": SUBSCRIPTIONS,
}
"""What a deletion can be of, and the table whose first key names it."""
