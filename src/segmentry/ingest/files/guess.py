"""Headings (and a few rows) -> the mapping they suggest.

A ready mapping whose headings are all there comes first; else every heading that is a
known name of a field is taken as that field. What could be read two ways is said, never
chosen silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from segmentry.ingest.files.fields import CUSTOMERS, KINDS, Kind, Type, name_key
from segmentry.ingest.files.mapping import Format, Mapping, ready_mappings

_CONSENT_NAMES = {
    "EMAIL": (
        *("accepts email marketing", "accepts marketing", "email consent", "email marketing"),
        *("email subscribed", "newsletter", "email marketing consent", "email opt in"),
    ),
    "SMS": (
        *("accepts sms marketing", "sms consent", "sms marketing", "sms subscribed"),
        *("sms marketing consent", "sms opt in"),
    ),
}
_METAFIELDS = (
    re.compile(r".*\(customer\.metafields\.(?P<namespace>[\w$:-]+)\.(?P<key>[\w-]+)\)"),
    re.compile(
        r"(?i)metafield: ?(?P<namespace>[\w$:-]+)\.(?P<key>[\w-]+)(?: ?\[(?P<type>[\w.]+)\])?"
    ),
)
_DATES = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d"),
    *("%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y"),
)
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_COMMA = re.compile(r"-?\d{1,3}(\.\d{3})*,\d{1,2}|-?\d+,\d{1,2}", re.ASCII)

Rows = Sequence[Sequence[str]]


def ready_for(header: Sequence[str]) -> Mapping | None:
    """The ready mapping that recognises the headings; of several the most particular."""
    keys = {name_key(heading) for heading in header}
    fitting = [m for m in ready_mappings() if all(name_key(each) in keys for each in m.headers)]
    return max(fitting, key=lambda mapping: len(mapping.headers), default=None)


def guess(header: Sequence[str]) -> Mapping | None:
    """The mapping that the headings suggest; none if they are too few of any kind."""
    guesses = [mapping for kind in KINDS.values() if (mapping := _of_kind(kind, header))]
    return max(guesses, key=lambda mapping: len(mapping.columns), default=None)


def _of_kind(kind: Kind, header: Sequence[str]) -> Mapping | None:
    free = {name_key(heading): heading for heading in reversed(header)}
    columns: dict[str, tuple[str, ...]] = {}
    for field in kind.fields:
        if heading := next((free.pop(name) for name in field.names if name in free), None):
            columns[field.name] = (heading,)
    if not _says_enough(kind, columns):
        return None
    blocks: dict[str, dict[str, str]] = {}
    if kind is CUSTOMERS:
        _guess_blocks(free, columns, blocks)
    return Mapping("guessed", "guessed from the headings", kind, columns, blocks=blocks)


def _says_enough(kind: Kind, columns: dict[str, tuple[str, ...]]) -> bool:
    """Whether the headings are of this kind only: many a table has an id, a name, a date."""
    if not all(any(name in columns for name in names) for names in kind.needs):
        return False
    if kind is CUSTOMERS:
        named = any("customer" in name_key(each) for each in columns.get("customer_id", ()))
        return "email" in columns or (named and len(columns) > 1)
    return any(name in columns for name in _TELLING[kind.name])


_TELLING = {
    "orders": ("total", "paid", "unit_price", "line_amount", "quantity"),
    "products": ("title", "sku"),
}


def _guess_blocks(
    free: dict[str, str], columns: dict[str, tuple[str, ...]], blocks: dict[str, dict[str, str]]
) -> None:
    for field in CUSTOMERS.blocks["addresses"]:
        if heading := next((free.pop(name) for name in field.names if name in free), None):
            columns[f"addresses.1.{field.name}"] = (heading,)
            blocks["addresses.1"] = {}
    for number, (channel, names) in enumerate(_CONSENT_NAMES.items(), start=1):
        if heading := next((free.pop(name) for name in names if name in free), None):
            block = f"consents.{number}"
            blocks[block] = {"channel": channel}
            columns[f"{block}.state"] = (heading,)
            _beside(free, columns, block, heading)
    for number, (heading, stated) in enumerate(_metafields(list(free.values())), start=1):
        blocks[f"metafields.{number}"] = stated
        columns[f"metafields.{number}.value"] = (heading,)


def _beside(
    free: dict[str, str], columns: dict[str, tuple[str, ...]], block: str, heading: str
) -> None:
    """The date and source of a consent, in columns named after its own."""
    base = name_key(heading)
    for part, endings in (("acted_at", ("at", "date", "time")), ("source", ("source",))):
        for name in (f"{base} {ending}" for ending in endings):
            if name in free:
                columns[f"{block}.{part}"] = (free.pop(name),)


def _metafields(headings: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for heading in headings:
        for pattern in _METAFIELDS:
            if match := pattern.fullmatch(heading.strip()):
                found = match.groupdict()
                found["type"] = found.get("type") or "single_line_text_field"
                yield heading, {name: str(value) for name, value in found.items()}


# -- how values are written -------------------------------------------------------------


def with_dates(mapping: Mapping, header: Sequence[str], rows: Rows) -> tuple[Mapping, str | None]:
    """The mapping with the one date format that fits all of the rows, or why there is none."""
    if mapping.format.dates:
        return mapping, None
    texts = [text for _, text in _cells(mapping, header, rows, (Type.MOMENT, Type.DAY))]
    fitting = _fitting(texts)
    if len(fitting) > 1:
        return mapping, (
            f"dates such as '{texts[0]}' could be {' or '.join(fitting)}; "
            "state which with dates in the mapping's [format]"
        )
    if not fitting:
        return mapping, None
    return replace(mapping, format=replace(mapping.format, dates=tuple(fitting))), None


def _fitting(texts: Sequence[str]) -> list[str]:
    """The formats that all texts are written in, if they are not ISO."""
    if not texts or all(re.match(r"\d{4}-\d{2}-\d{2}", text) for text in texts):
        return []
    patterns = [day + time for day in _DATES for time in _TIMES]
    return [pattern for pattern in patterns if all(_fits(text, pattern) for text in texts)]


def _fits(text: str, pattern: str) -> bool:
    try:
        return bool(datetime.strptime(text, pattern))
    except ValueError:
        return False


def doubtful_amounts(mapping: Mapping, header: Sequence[str], rows: Rows) -> Iterator[str]:
    """A remark for every money column that looks as if written with a decimal comma."""
    if mapping.format != replace(mapping.format, decimal=Format().decimal):
        return
    seen = set()
    for heading, text in _cells(mapping, header, rows, (Type.MONEY,)):
        if heading not in seen and _COMMA.fullmatch(text):
            seen.add(heading)
            yield (
                f"column '{heading}' looks as if written with a decimal comma ('{text}'); "
                'if so, state decimal = "," in the mapping\'s [format]'
            )


def _cells(
    mapping: Mapping, header: Sequence[str], rows: Rows, types: tuple[Type, ...]
) -> Iterator[tuple[str, str]]:
    """The filled cells of columns of these types, with their headings."""
    at = {name_key(heading): position for position, heading in enumerate(header)}
    for name, headings in mapping.columns.items():
        field = mapping.kind.field(name)
        if field is None or field.type not in types:
            continue
        for heading in headings:
            position = at.get(name_key(heading))
            for row in rows if position is not None else ():
                if position is not None and position < len(row) and row[position].strip():
                    yield heading, row[position].strip()
