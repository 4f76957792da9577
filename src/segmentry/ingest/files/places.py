"""Countries as files write them -> two-letter codes (ISO 3166-1)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from segmentry.ingest.files.fields import name_key

# The time zone database ships the list of codes with names that are unambiguous but not
# always those that people write.
_ALSO = {
    "bolivia plurinational state of": "BO",
    "brunei darussalam": "BN",
    "cape verde": "CV",
    "congo": "CG",
    "cote d ivoire": "CI",
    "czechia": "CZ",
    "democratic republic of the congo": "CD",
    "deutschland": "DE",
    "eire": "IE",
    "england": "GB",
    "espana": "ES",
    "eswatini": "SZ",
    "great britain": "GB",
    "holland": "NL",
    "iran islamic republic of": "IR",
    "italia": "IT",
    "ivory coast": "CI",
    "korea": "KR",
    "korea republic of": "KR",
    "macao": "MO",
    "moldova republic of": "MD",
    "myanmar": "MM",
    "north macedonia": "MK",
    "northern ireland": "GB",
    "osterreich": "AT",
    "österreich": "AT",
    "palestine": "PS",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "rsa": "ZA",
    "russian federation": "RU",
    "schweiz": "CH",
    "scotland": "GB",
    "south korea": "KR",
    "syrian arab republic": "SY",
    "taiwan province of china": "TW",
    "tanzania united republic of": "TZ",
    "the netherlands": "NL",
    "turkiye": "TR",
    "türkiye": "TR",
    "uk": "GB",
    "united kingdom": "GB",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
    "wales": "GB",
}


@cache
def _names() -> dict[str, str]:
    """Codes by name, and by themselves."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    names = {name_key(name): code for code, name in rows}
    return names | {code.casefold(): code for code, _ in rows} | _ALSO


def country_code(written: str) -> str | None:
    """The code of a country given by code or English name; none for what is no country."""
    return _names().get(name_key(written))
