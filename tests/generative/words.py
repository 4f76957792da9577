"""The words that made-up queries and made-up stores share, so that conditions hit."""

from __future__ import annotations

from datetime import date

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

RELATIVE = frozenset(
    {
        *("order_gap_ratio", "lifecycle_stage", "rfm_group"),
        *("rfm_recency", "rfm_frequency", "rfm_monetary"),
    }
)
"""Attributes that are measured against the other customers of the store."""
