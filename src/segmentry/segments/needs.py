"""The kinds of data a ready-made segment may need, in plain words, and where each is kept.

A closed vocabulary: presets name kinds, never tables. A workspace says which kinds it
holds (`kinds_held`), and `missing_data` in `preset` words what is lacking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One place data can come from: a canonical table, and what in it must be filled.

    With `columns`, at least one of them holds a value in some row; with `channel`, some row
    is of that channel; with `functions`, the table has records of at least one of those
    functions of the segment language.
    """

    table: str
    columns: tuple[str, ...] = ()
    channel: str | None = None
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataKind:
    """One kind of data: the words a person reads, and its places, any one of which will do.

    A kind without places is not loaded but worked out, as predictions are.
    """

    words: str
    places: tuple[Place, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The canonical tables it is read from."""
        return tuple(dict.fromkeys(place.table for place in self.places))


STOREFRONT_FUNCTIONS = (
    "storefront.product_viewed",
    "storefront.collection_viewed",
    "storefront.page_viewed",
    "storefront.searched",
    "storefront.cart_added",
    "storefront.checkout_started",
    "storefront.session_ended",
)
EMAIL_FUNCTIONS = ("email.delivered", "email.opened", "email.clicked")
SMS_FUNCTIONS = ("sms.delivered", "sms.clicked")


def _profile(words: str, *columns: str) -> DataKind:
    return DataKind(words, (Place("customers", columns),))


def _address(words: str, column: str) -> DataKind:
    return DataKind(words, (Place("addresses", (column,)),))


def _table(words: str, table: str) -> DataKind:
    return DataKind(words, (Place(table),))


def _consent(words: str, channel: str) -> DataKind:
    return DataKind(words, (Place("consents", channel=channel),))


def _events(words: str, *functions: str) -> DataKind:
    return DataKind(words, (Place("events", functions=functions),))


DATA_KINDS: dict[str, DataKind] = {
    "customers": _table("customers", "customers"),
    "orders": _table("orders", "orders"),
    "order_lines": _table("the products on orders", "order_lines"),
    "discounts": DataKind(
        "discounts on orders", (Place("orders", ("discount",)), Place("order_discounts"))
    ),
    "shipping_countries": DataKind(
        "the countries orders were shipped to", (Place("orders", ("shipping_country",)),)
    ),
    "refunds": _table("refunds", "refunds"),
    "products": _table("products", "products"),
    "collections": _table("product collections", "collections"),
    "checkouts": _table("checkouts", "checkouts"),
    "storefront_events": _events("storefront events", *STOREFRONT_FUNCTIONS),
    "email_events": _events("e-mail opens and clicks", *EMAIL_FUNCTIONS),
    "sms_events": _events("text message deliveries and clicks", *SMS_FUNCTIONS),
    "activity": _events(
        "storefront events or e-mail clicks", *STOREFRONT_FUNCTIONS, *EMAIL_FUNCTIONS
    ),
    "email_consent": _consent("e-mail consent", "EMAIL"),
    "sms_consent": _consent("consent to text messages", "SMS"),
    "countries": _address("countries of addresses", "country"),
    "regions": _address("regions of addresses", "region"),
    "cities": _address("cities of addresses", "city"),
    "postal_codes": _address("postal codes of addresses", "postal_code"),
    "coordinates": _address("coordinates of addresses", "latitude"),
    "signup_dates": _profile("the dates customers were added", "created_at"),
    "birthdays": _profile("birth dates", "birth_date"),
    "ages": _profile("birth dates or ages", "birth_date", "age"),
    "genders": _profile("genders", "gender"),
    "incomes": _profile("incomes", "income"),
    "marital_statuses": _profile("marital statuses", "marital_status"),
    "educations": _profile("education", "education"),
    "occupations": _profile("occupations", "occupation"),
    "languages": _profile("languages", "language"),
    "survey_answers": _table("survey answers (interests and values)", "attributes"),
    "companies": _table("companies", "companies"),
    "subscriptions": _table("product subscriptions", "subscriptions"),
    "store_credit": _table("store credit", "credits"),
    "predictions": DataKind("predictions (none have been run)", ()),
}
"""Every kind by the name presets use."""


def kinds_held(holds: Callable[[Place], bool]) -> frozenset[str]:
    """The kinds a workspace has data of. `holds` looks into one place; predictions, which
    have no place, are for the caller to add."""
    return frozenset(name for name, kind in DATA_KINDS.items() if any(map(holds, kind.places)))
