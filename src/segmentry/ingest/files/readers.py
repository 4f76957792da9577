"""One text -> what it means, for every type of field.

Refuses, never repairs: an amount, a number or a date that is not exactly one raises
ValueError with the reason. Text that only helps to find a person (phone, country) raises
a Doubt: the value is left empty and the row taken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from segmentry.base.money import CURRENCIES, parse_money
from segmentry.base.text import email_key, text_key
from segmentry.facts.orders import STATES
from segmentry.ingest.files.fields import Type
from segmentry.ingest.files.places import country_code
from segmentry.query.dates import local_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from segmentry.ingest.files.mapping import Format

ROWS = ("PRODUCT", "GIFT_CARD", "SHIPPING", "DISCOUNT", "REFUND", "CUSTOMER", "CATALOGUE", "ORDER")
"""What a row of an orders file can be; the first four are lines of an order."""

CONSENTS = ("SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED", "INVALID", "REDACTED")
_TRUE, _FALSE = {"true", "yes", "y", "t", "1"}, {"false", "no", "n", "f", "0"}
_CONSENT_WORDS = {
    **dict.fromkeys(("yes", "true", "1", "y", "t", "subscribed", "opted in"), "SUBSCRIBED"),
    **dict.fromkeys(("no", "false", "0", "n", "f", "not subscribed", "never"), "NOT_SUBSCRIBED"),
    **dict.fromkeys(("unsubscribed", "opted out"), "UNSUBSCRIBED"),
    "pending": "PENDING",
    "invalid": "INVALID",
    "redacted": "REDACTED",
}
_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)"
    r"(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?",
    re.ASCII,
)
_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


class Doubt(ValueError):
    """A value that is left empty and remarked on; the row is taken."""

    def __init__(self, message: str, instead: object = None) -> None:
        super().__init__(message)
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Reading:
    """How one column is read: the format of its file, its words, the clock of its times."""

    type: Type
    format: Format
    zone: ZoneInfo
    country: str | None = None
    words: Mapping[str, str] | None = None
    metafield: str = ""


def meaning(reading: Reading) -> Callable[[str], object]:
    """What texts of a column mean: a function that raises ValueError on what means nothing."""
    read = _READERS[reading.type](reading)
    words = reading.words
    if not words or reading.type in (Type.STATE, Type.CONSENT):
        return read
    return lambda text: read(words.get(text.casefold(), text))


# -- amounts and numbers ----------------------------------------------------------------


def _money(reading: Reading) -> Callable[[str], int]:
    decimal, thousands = reading.format.decimal, reading.format.thousands
    grouped = re.compile(rf"-?\d{{1,3}}({re.escape(thousands)}\d{{3}})+({re.escape(decimal)}\d+)?")

    def read(text: str) -> int:
        plain = text
        if thousands and grouped.fullmatch(text):
            plain = text.replace(thousands, "")
        if decimal != ".":
            plain = plain.replace(".", "?").replace(decimal, ".")
        try:
            return parse_money(plain)
        except ValueError as error:
            raise ValueError(_not_money(decimal, thousands)) from error

    return read


def _not_money(decimal: str, thousands: str) -> str:
    example = f"1{thousands}234{decimal}50"
    return (
        f"not an amount; one is up to 14 digits with up to 4 decimals, such as {example}, "
        "without a currency sign (a decimal comma or thousands sign is stated in the mapping)"
    )


def _whole(_: Reading) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise ValueError("not a whole number")
        return int(text)

    return read


def _degrees(_: Reading) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not _DEGREES.fullmatch(text) or abs(float(text)) > 180:
            raise Doubt("not degrees between -180 and 180, left empty")
        return float(text)

    return read


# -- times ------------------------------------------------------------------------------


def _moment(reading: Reading) -> Callable[[str], datetime]:
    parse, in_zone = _parser(reading.format.dates), reading.zone

    def read(text: str) -> datetime:
        found = parse(text)
        moment = found.astimezone(UTC) if found.tzinfo else local_instant(found, in_zone)
        return moment.replace(tzinfo=None)

    return read


def _day(reading: Reading) -> Callable[[str], date]:
    parse = _parser(reading.format.dates)
    return lambda text: parse(text).date()


def _parser(patterns: tuple[str, ...]) -> Callable[[str], datetime]:
    def read(text: str) -> datetime:
        found = _by_pattern(text, patterns) or _iso(text, patterns)
        if not 1900 <= found.year <= 2199:
            raise ValueError("the year is not between 1900 and 2199")
        return found

    return read


def _by_pattern(text: str, patterns: tuple[str, ...]) -> datetime | None:
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    return None


def _iso(text: str, patterns: tuple[str, ...]) -> datetime:
    match = _ISO.fullmatch(text)
    if match is None:
        forms = " or ".join(patterns) or "2024-12-31 or 2024-12-31 18:30:00"
        raise ValueError(f"not a date of the form {forms}")
    day, time, offset = match.groups()
    shift = "+00:00" if offset in ("Z", "UTC", "GMT") else offset or ""
    try:
        return datetime.fromisoformat(f"{day}T{time.replace(',', '.')}{shift}" if time else day)
    except ValueError as error:
        raise ValueError(f"there is no such date: {error}") from error


# -- words ------------------------------------------------------------------------------


def _boolean(_: Reading) -> Callable[[str], bool]:
    def read(text: str) -> bool:
        if text.casefold() in _TRUE | _FALSE:
            return text.casefold() in _TRUE
        raise ValueError("neither yes nor no")

    return read


def _state(reading: Reading) -> Callable[[str], str]:
    words = {state.casefold(): state for state in STATES} | dict(reading.words or {})

    def read(text: str) -> str:
        state = words.get(text.casefold()) or words.get(text.casefold().replace(" ", "_"))
        if state not in STATES:
            raise Doubt(
                f"the order state '{text[:40]}' is not known, so these orders do not count; "
                "the mapping can translate it",
                "UNKNOWN",
            )
        return state

    return read


def _row(_: Reading) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.upper() not in ROWS:
            raise ValueError(f"not a kind of row; one of {', '.join(ROWS)}")
        return text.upper()

    return read


def _consent(reading: Reading) -> Callable[[str], str | None]:
    own = reading.words or {}

    def read(text: str) -> str | None:
        word = text.casefold()
        state = own.get(word, _CONSENT_WORDS.get(word.replace("_", " ")))
        if state == "":
            return None
        if state not in CONSENTS:
            raise Doubt(f"'{text[:40]}' says nothing about consent, so none is recorded")
        return state

    return read


def _currency(_: Reading) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.upper() not in CURRENCIES:
            raise ValueError("not a currency in use; one is three letters, such as EUR")
        return text.upper()

    return read


def _text_word(_: Reading) -> Callable[[str], str]:
    return str


# -- people and places ------------------------------------------------------------------


def key_of_email(text: str) -> str:
    """The key of an e-mail address, as `base.text.email_key` has it."""
    # The domain's part is costly and few domains serve most people.
    local, _, domain = text.strip().rpartition("@")
    domain_key = _domain_key(domain)
    if not local or domain_key is None or any(each.isspace() for each in local):
        raise Doubt("not an e-mail address, kept as text only")
    return f"{text_key(local)}{domain_key}"


@lru_cache(maxsize=100_000)
def _domain_key(domain: str) -> str | None:
    key = email_key(f"a@{domain}")
    return key and key[1:]


def _phone(reading: Reading) -> Callable[[str], str]:
    country = reading.country

    def read(text: str) -> str:
        # Imported here: its tables take a while, and many files have no numbers.
        import phonenumbers

        # Spreadsheets put an apostrophe before what begins like a formula.
        written = text.removeprefix("'")
        try:
            number = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException as error:
            raise Doubt(_not_phone(country)) from error
        if not phonenumbers.is_possible_number(number):
            raise Doubt(_not_phone(country))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return read


@cache
def _not_phone(country: str | None) -> str:
    where = f"of {country} or with a + and the country" if country else "with a + and the country"
    return f"not a phone number {where}, left empty"


def _country(_: Reading) -> Callable[[str], str]:
    def read(text: str) -> str:
        code = country_code(text)
        if code is None:
            raise Doubt(f"'{text[:40]}' is no country, left empty")
        return code

    return read


# -- metafields -------------------------------------------------------------------------


def _metafield(reading: Reading) -> Callable[[str], str]:
    type_ = reading.metafield

    def read(text: str) -> str:
        if type_.startswith(("list.", "json")):
            return json.dumps(_parsed_json(text), ensure_ascii=False)
        if type_ == "number_integer":
            return str(_whole(reading)(text))
        if type_ == "number_decimal" and _DECIMAL.fullmatch(text):
            return text
        if type_ == "boolean":
            return json.dumps(_boolean(reading)(text))
        if type_ == "date":
            return json.dumps(_day(reading)(text).isoformat())
        if type_ == "date_time":
            return json.dumps(f"{_moment(reading)(text).isoformat()}Z")
        if type_ == "number_decimal":
            raise ValueError("not a decimal number")
        return json.dumps(text, ensure_ascii=False)

    return read


def _parsed_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("not JSON") from error


_READERS: dict[Type, Callable[[Reading], Callable[[str], object]]] = {
    Type.TEXT: _text_word,
    Type.ID: _text_word,
    Type.MONEY: _money,
    Type.MOMENT: _moment,
    Type.DAY: _day,
    Type.WHOLE: _whole,
    Type.DEGREES: _degrees,
    Type.BOOLEAN: _boolean,
    Type.EMAIL: _text_word,
    Type.PHONE: _phone,
    Type.COUNTRY: _country,
    Type.CURRENCY: _currency,
    Type.STATE: _state,
    Type.ROW: _row,
    Type.CONSENT: _consent,
    Type.JSON: _metafield,
}
