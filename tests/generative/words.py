"""The words that made-up queries and made-up stores share, so that conditions hit."""

from __future__ import annotations

from datetime import date
from typing import Any

from segmentry.facts.events import EMAIL, SMS, STOREFRONT

WORDS = ("red", "Blue", "straße", "STRASSE", "İzmir", "café", "cafe\u0301", "100%", "a_b", "en")
"""Texts that fold, compose or look like patterns."""

AMOUNTS = ("0", "0.01", "10", "19.99", "20", "33.3333", "50", "100")
IDS = ("1", "2", "3", "c1", "p1")
COUNTRIES = ("GB", "US", "DE")
REGIONS = ("US-NY", "DE-BE", "GB-LND")
CITIES = ("US-NY-NewYorkCity", "DE-BE-Berlin")
CURRENCIES = ("GBP", "EUR", "JPY")
DOMAINS = ("Example.com", "example.COM", "Bücher.example", "xn--bcher-kva.example", "none.test")
FIRST_FACT, LAST_FACT = date(2024, 6, 1), date(2026, 12, 31)

EVENTS = (
    *STOREFRONT,
    *(f"email.{kind}" for kind in EMAIL),
    *(f"sms.{kind}" for kind in SMS),
    *("email.delivered", "email.delivered", "email.clicked", "sms.delivered", "sms.clicked", "red"),
)
PROPERTIES: dict[str, tuple[Any, ...]] = {
    "url": (
        *("https://shop.example/", "https://shop.example/red?utm_source=red", "/red", "http://["),
        *("https://SHOP.example/?utm_source=", "red", 7, None),
    ),
    "referrer": (*("https://Blue.example/", "https://shop.example/"), "", "cafe\u0301", []),
    "utm_source": ("red", "Blue", "  ", 1),
    "term": (*WORDS, None, 1),
    "duration_minutes": (0, 1, 2, 2.5, "2", True),
    "collection_id": (1, "k", "2", 1.5, "", None),
    "any": (
        *(1, 2.5, "1", "red", True, None, "2026-03-08", ["red"], [], {}, "", 33.3333, -1),
        *(10**30, 0.1, 1e-9),
    ),
    "a": ({"é b": "2026-03-08T01:30:00"}, {"é b": "2026-03-07"}, {"é b": 5}, "é b"),
    "list": (["red", "Blue"], ["red"], [], "red", [1]),
    "machine": (True, True, False, "true", 1),
    "products": (
        *([{"product_id": 3}], [{"product_id": "p1"}, {"product_id": "p2"}, 5, {}], []),
        *("p1", [{"product_id": None}]),
    ),
}
"""Properties of events, some of them not of the type that is read."""

RELATIVE = frozenset(
    {
        *("order_gap_ratio", "lifecycle_stage", "rfm_group"),
        *("rfm_recency", "rfm_frequency", "rfm_monetary"),
    }
)
"""Attributes that are measured against the other customers of the store."""
