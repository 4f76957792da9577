"""Money as one integer of ten-thousandths of the currency unit, never a float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NewType

from segmentry.base.errors import WorkspaceError

Money = NewType("Money", int)
"""Ten-thousandths of the store's currency unit: 12.5 is 125_000."""

SCALE = 10_000
LARGEST = 10**14 * SCALE - 1
"""The largest amount that can be written: 14 digits and 4 decimals."""

_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", re.ASCII)
_MINOR_DIGITS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
"""Currencies whose minor unit is not a hundredth (ISO 4217)."""


def parse_money(text: str) -> Money:
    """Read `text` as an exact amount.

    Takes only an optional minus, up to 14 digits and up to 4 decimals; raises
    ValueError on everything else, so that `1,000.00`, `1e5` and `NaN` are refused
    before any arithmetic is tried on them.
    """
    if not _AMOUNT.fullmatch(text):
        raise ValueError("an amount is up to 14 digits with up to 4 decimals, such as 1234.50")
    whole, _, fraction = text.lstrip("-").partition(".")
    amount = int(whole) * SCALE + int(fraction.ljust(4, "0") or 0)
    return Money(-amount if text.startswith("-") else amount)


def money_of(amount: Decimal) -> Money:
    """The Money of a decimal amount; raises ValueError if it needs more than 4 decimals."""
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or (amount and amount.adjusted() > 13):
        raise ValueError("an amount has at most 14 digits and 4 decimals")
    kept = max(0, len(digits) + exponent + 4)
    if any(digits[kept:]):
        raise ValueError("an amount has at most 14 digits and 4 decimals")
    whole = int("".join(map(str, digits[:kept])) or "0") if amount else 0
    scaled = whole * 10 ** max(0, exponent + 4)
    return Money(-scaled if sign else scaled)


def as_decimal(amount: int) -> Decimal:
    """The decimal value of an amount, exact."""
    return Decimal(amount).scaleb(-4)


def minor_digits(currency: str) -> int:
    """How many decimals amounts of this currency are shown with."""
    return _MINOR_DIGITS.get(currency, 2)


def format_money(amount: int | Decimal, currency: str) -> str:
    """`amount` for a person: rounded half-even to the currency's decimals, with commas."""
    value = as_decimal(amount) if isinstance(amount, int) else amount
    digits = minor_digits(currency)
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return f"{rounded:,.{digits}f}"


CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
    KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()
)
"""Currencies in use (ISO 4217)."""


def check_currency(code: str) -> str:
    """The code itself. Refuses what is no currency in use."""
    if code not in CURRENCIES:
        hint = f" Did you mean {code.upper()}?" if code.upper() in CURRENCIES else ""
        raise WorkspaceError(
            f"'{code[:20]}' is not a currency. Currencies are three letters, such as EUR.{hint}"
        )
    return code
