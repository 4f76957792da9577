"""One cell of a row, as a program has it, to the value that a canonical column keeps.

Raises ValueError or TypeError, with what is wrong and what to write instead; never says
what stood there where that could be somebody's data.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.base.money import money_of, parse_money
from segmentry.base.text import email_key
from segmentry.facts.attributes import consent
from segmentry.facts.orders import STATES
from segmentry.facts.tables import BOOLEAN, DAY, DELETABLE, FLOAT, INTEGER, MOMENT, TEXT, Column
from segmentry.query.dates import FIRST_DAY, LAST_DAY, local_instant

WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("orders", "state"): STATES,
    ("consents", "state"): consent.STATES,
    ("consents", "channel"): ("EMAIL", "SMS"),
    ("customers", "account_status"): ("DECLINED", "DISABLED", "ENABLED", "INVITED"),
    ("order_lines", "kind"): ("PRODUCT", "GIFT_CARD", "SHIPPING", "DISCOUNT"),
    ("deletions", "kind"): tuple(DELETABLE),
    ("subscriptions", "state"): ("ACTIVE", "CANCELED", "EXPIRED", "FAILED", "PAUSED"),
}
"""The columns, by table and name, that hold one of a few words."""

DEGREES = {"latitude": 90, "longitude": 180}
"""How far from zero a column of degrees may lie."""

_MONEY = {
    *("amount", "paid", "total", "shipping", "tax", "discount", "unit_price", "value"),
    *("income", "balance"),
}
_IDS = {"merged_into", "record_id"}
_ADDRESS_KEYS = {"email_key", "address_key"}
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    _DAY.pattern + r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII,
)


def is_money(column: Column) -> bool:
    """Whether a column of whole numbers holds ten-thousandths of a currency unit."""
    return column.type == INTEGER and column.name in _MONEY


def is_id(column: Column) -> bool:
    """Whether a column holds ids, which have the name of their source before them."""
    return column.type == TEXT and (column.name.endswith("_id") or column.name in _IDS)


def cell(table: str, column: Column, value: Any, source: str, zone: ZoneInfo) -> Any:
    """The value of one cell; nothing and a blank text are None where nothing is required."""
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.required:
            raise ValueError("is required")
        return None
    if (words := WORDS.get((table, column.name))) and value not in words:
        raise ValueError(f"'{str(value)[:40]}' is not one of {', '.join(words)}")
    if column.type == MOMENT:
        return moment(value, zone)
    if is_id(column):
        return f"{source}:{_text(column, value)}"
    if (table, column.name) == ("events", "properties"):
        return _properties(value)
    return _BY_TYPE[column.type](column, value)


def _integer(column: Column, value: Any) -> int:
    return _money(value) if is_money(column) else _whole(value)


def _money(value: Any) -> int:
    if isinstance(value, Decimal):
        return money_of(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return money_of(Decimal(value))
    if isinstance(value, str):
        return parse_money(value)
    raise TypeError("money is a text, an integer or a Decimal, never a float")


def _whole(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is needed, such as 3")
    if not -(2**63) <= value < 2**63:
        raise ValueError("a whole number lies within 64 bits, up to 9223372036854775807")
    return value


def _degrees(column: Column, value: Any) -> float:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise TypeError("degrees are a number, such as 51.5074")
    bound = DEGREES[column.name]
    if not (math.isfinite(value) and -bound <= value <= bound):
        raise ValueError(f"degrees lie between -{bound} and {bound}")
    return float(value)


def _truth(column: Column, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError("this is neither true nor false")


def _day(column: Column, value: Any) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("a day is a date without a time, such as 1990-12-31")
    _check_day(value)
    return value


def moment(value: Any, zone: ZoneInfo) -> datetime:
    """A moment in UTC, of a datetime or a text; without a zone it is on the store's clock."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, datetime):
        if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
            raise TypeError("a time is a date, a datetime or a text such as 2026-05-01T10:30:00")
        value = datetime.fromisoformat(value)
    _check_day(value.date())
    return value.astimezone(UTC) if value.tzinfo else local_instant(value, zone)


def _check_day(day: date) -> None:
    """Refuse what no query can name; dates at the ends of the calendar fit no time zone."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"dates lie between {FIRST_DAY} and {LAST_DAY}")


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError("a text is needed, or a whole number such as an id")
    text = _text_of(str(value))
    if column.name in _ADDRESS_KEYS and "@" in text:
        return _address_key(text)
    return text


def _text_of(text: str) -> str:
    if _HALF_A_CHARACTER.search(text):
        raise ValueError("this text holds half a character, which cannot be kept")
    return text


def _properties(value: Any) -> str:
    """JSON of an object: as it is written, or made of a dictionary."""
    if isinstance(value, Mapping):
        return json.dumps(value, default=_as_json, allow_nan=False, sort_keys=True)
    if not isinstance(value, str):
        raise TypeError("properties are a dictionary, or the JSON text of an object")
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("this is not the JSON text of an object")
    return _text_of(value)


def _as_json(value: Any) -> Any:
    """A value that JSON has no form for: exact numbers as numbers, dates as texts."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError("properties hold texts, numbers, truths, dates, lists and dictionaries")


def _address_key(address: str) -> str:
    """The key of an address, or of what is a key already."""
    key = email_key(address)
    if key is None:
        raise ValueError("this is no e-mail address; leave it empty or write it as ann@example.com")
    return key


_BY_TYPE: dict[pa.DataType, Callable[[Column, Any], Any]] = {
    INTEGER: _integer,
    FLOAT: _degrees,
    BOOLEAN: _truth,
    DAY: _day,
    TEXT: _text,
}
