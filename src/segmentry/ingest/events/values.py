"""Values of properties and traits, which may be anything -> what a column holds, or nothing.

What only describes (a price, a name) never refuses a message: where it does not fit, the
column stays empty and the property keeps what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from segmentry.base.money import LARGEST, SCALE, money_of
from segmentry.facts.tables import CUSTOMERS
from segmentry.ingest.cells import cell

_EXACT = Decimal(1).scaleb(-4)
_MOST_UNITS = 10**9


def text(value: Any) -> str | None:
    """A text that is not blank; whole numbers as texts, as ids often are."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) and value.strip() else None


def first_text(found: Mapping[str, Any], *names: str) -> str | None:
    """The first of several properties that is a text."""
    return next((each for name in names if (each := text(found.get(name)))), None)


def money(value: Any) -> int | None:
    """An amount, rounded to ten-thousandths: programs send 0.1 + 0.2 as they have it."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        amount = Decimal(value)
        if not amount.is_finite() or abs(amount) * SCALE > LARGEST:
            return None
        return money_of(amount.quantize(_EXACT, ROUND_HALF_EVEN))
    except (InvalidOperation, ValueError):
        return None


def first_money(found: Mapping[str, Any], *names: str) -> int | None:
    """The first of several properties that is an amount."""
    amounts = (money(found.get(name)) for name in names)
    return next((each for each in amounts if each is not None), None)


def units(value: Any) -> int:
    """How many of a product; one where nothing or nothing sensible is said."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool) and 0 < value < _MOST_UNITS:
        return int(value) or 1
    return 1


def products(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The products that an event lists."""
    listed = found.get("products")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


_COLUMNS = {column.name: column for column in CUSTOMERS.columns}


def day(value: Any) -> date | None:
    """A day, also the day of a moment."""
    found: date | None = _cell("birth_date", value[:10] if isinstance(value, str) else None, None)
    return found


def moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A moment; without a zone it is on the store's clock."""
    found: datetime | None = _cell("created_at", value if isinstance(value, str) else None, zone)
    return found


def whole(value: Any) -> int | None:
    """A whole number of years that somebody can be old."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 150
    return value if fits else None


def _cell(column: str, value: Any, zone: ZoneInfo | None) -> Any:
    try:
        return cell("customers", _COLUMNS[column], value, "", zone or ZoneInfo("UTC"))
    except (ValueError, TypeError, OverflowError):
        return None


def phone(value: Any, country: str | None) -> str | None:
    """A number in its international form."""
    import phonenumbers  # Here: its tables take a while, and many files have no numbers.

    try:
        number = phonenumbers.parse(text(value) or "", country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
