"""Functions over what belongs to the customer: store credit, places."""

from __future__ import annotations

from segmentry.facts.field import Field, Function
from segmentry.facts.functions.parameters import form, money
from segmentry.facts.operators import EQUALS, LESS_OR_EQUAL, Type

STORE_CREDIT_ACCOUNTS = Function(
    name="store_credit_accounts",
    meaning="Store credit of the customer, one account a currency.",
    example="store_credit_accounts MATCHES (balance > 0)",
    noun=("store credit account", "store credit accounts"),
    verb="had",
    parameters=(
        money("balance", "balance", "What is left of it."),
        form("currency", "currency", "The currency it is in.", "currency"),
        Field(
            name="next_expiry_date",
            type=Type.DATE,
            label="next expiry",
            meaning="When some of it lapses next.",
        ),
        Field(
            name="last_credit_date",
            type=Type.DATE,
            label="last credit",
            meaning="When some was last given.",
        ),
    ),
    aggregates=(),
    needs=("credits",),
    undated=True,
    shopify=True,
    shopify_takes=("balance", "currency", "next_expiry_date", "last_credit_date"),
)


def _distance(unit: str, words: str) -> Field:
    return Field(
        name=f"distance_{unit}",
        type=Type.DECIMAL,
        label=f"distance in {words}",
        meaning=f"How far from the place at most, in {words}.",
        only=(EQUALS, LESS_OR_EQUAL),
        given=True,
    )


CUSTOMER_WITHIN_DISTANCE = Function(
    name="customer_within_distance",
    meaning="Current addresses of the customer around a place, as the crow flies; those without "
    "coordinates are never near.",
    example="customer_within_distance MATCHES (coordinates = '51.5072,-0.1276', distance_km = 10)",
    noun=("address", "addresses"),
    verb="had",
    parameters=(
        Field(
            name="coordinates",
            type=Type.TEXT,
            label="place",
            meaning="The place.",
            form="coordinates",
            only=(EQUALS,),
            given=True,
        ),
        _distance("km", "kilometres"),
        _distance("mi", "miles"),
    ),
    aggregates=(),
    needs=("addresses",),
    undated=True,
    shopify=True,
    shopify_takes=("coordinates", "distance_km", "distance_mi"),
    requires=(("coordinates",), ("distance_km", "distance_mi")),
)

FUNCTIONS = (STORE_CREDIT_ACCOUNTS, CUSTOMER_WITHIN_DISTANCE)
