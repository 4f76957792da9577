"""A mapping: which column of a file is which field, and how its texts are written.

Comes from a TOML file or from `guess`. Knows the declared fields; has not seen a file.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from segmentry.base.errors import DataError, UserError
from segmentry.base.money import check_currency
from segmentry.facts.zones import zone
from segmentry.ingest.files.fields import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict
    from pathlib import Path

_BLOCKS = {"addresses": (), "consents": ("channel",), "metafields": ("namespace", "key", "type")}
"""The repeated parts of a customers file, and what each states for itself."""

_FORMAT = {
    *("encoding", "separator", "decimal", "thousands", "dates", "zone", "currency", "country"),
    "tag_separator",
}
_TOP = {"name", "title", "kind", "headers", "order_rules", "columns", "defaults", "words", "format"}


@dataclass(frozen=True, slots=True)
class Format:
    """How texts of the file are written; what is None is detected or the store's own.

    `dates` are strptime patterns tried in turn; without them dates are ISO 8601.
    `decimal` and `thousands` are never guessed: without them amounts are like 1234.50.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str = "."
    thousands: str = ""
    dates: tuple[str, ...] = ()
    zone: str | None = None
    currency: str | None = None
    country: str | None = None
    tag_separator: str = ","


@dataclass(frozen=True)
class Mapping:
    """Columns to fields, of one kind of file.

    `columns` has the headings a field is read from; of several the first that has a
    value on the row. Fields of the repeated parts are named like `addresses.1.city`;
    `blocks` holds what such a part states, such as its channel. `words` translates the
    file's words, by field. A file with all of `headers` is recognised as this mapping's.
    """

    name: str
    title: str
    kind: Kind
    columns: Dict[str, tuple[str, ...]]
    format: Format = Format()
    headers: tuple[str, ...] = ()
    defaults: Dict[str, str] = field(default_factory=dict)
    words: Dict[str, Dict[str, str]] = field(default_factory=dict)
    blocks: Dict[str, Dict[str, str]] = field(default_factory=dict)
    order_rules: str | None = None

    def numbered(self, block: str) -> list[int]:
        """The numbers of the repeated parts of one sort."""
        return [int(name.partition(".")[2]) for name in self.blocks if name.startswith(f"{block}.")]


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file. Refuses what is no mapping, naming file and entry."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The mapping {path.name} cannot be read: {error}.") from error
    return parse_mapping(text, path.name)


def parse_mapping(text: str, where: str) -> Mapping:
    """The mapping that a TOML text states; `where` names it in messages."""
    try:
        return _mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"The mapping {where} is not TOML: {error}.") from error
    except (ValueError, UserError) as error:
        raise DataError(f"The mapping {where}: {error}") from error


@cache
def ready_mappings() -> tuple[Mapping, ...]:
    """The mappings that come with the package."""
    folder = files("segmentry.ingest.files") / "mappings"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(parse_mapping(each.read_text("utf-8"), each.name) for each in found)


def _mapping(data: dict[str, Any]) -> Mapping:
    _known("entry", data, _TOP | set(_BLOCKS))
    if data.get("kind") not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}.")
    kind = KINDS[data["kind"]]
    columns = {name: _headings(name, of) for name, of in _table(data, "columns").items()}
    blocks: dict[str, dict[str, str]] = {}
    for block in (name for name in _BLOCKS if name in data):
        _read_blocks(block, data[block], columns, blocks)
    mapping = Mapping(
        name=str(data.get("name", "mapping")),
        title=str(data.get("title", data.get("name", "your mapping"))),
        kind=kind,
        columns=columns,
        format=_format(_table(data, "format")),
        headers=_texts("headers", data.get("headers", [])),
        defaults={name: str(value) for name, value in _table(data, "defaults").items()},
        words={name: _words(name, of) for name, of in _table(data, "words").items()},
        blocks=blocks,
        order_rules=data.get("order_rules"),
    )
    check(mapping)
    return mapping


def check(mapping: Mapping) -> None:
    """Refuse a mapping that names unknown fields or lacks a needed one."""
    kind = mapping.kind
    for name in (*mapping.columns, *mapping.defaults, *mapping.words):
        if kind.field(name) is None:
            known = ", ".join(f.name for f in kind.fields)
            raise ValueError(f"{kind.name} have no field '{name}'. Fields: {known}.")
    for names in kind.needs:
        if not any(name in mapping.columns for name in names):
            raise ValueError(f"a column for {' or '.join(names)} is needed.")


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} is a table, such as [{name}].")
    return value


def _known(what: str, names: Dict[str, Any], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {what} '{name}'. Known: {', '.join(sorted(known))}.")


def _headings(name: str, value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _texts(name, value)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError(f"{name} is a text or a list of texts.")


def _words(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f'words.{name} is a table of words, such as paid = "PAID".')
    return {str(word).casefold(): str(meaning) for word, meaning in value.items()}


def _read_blocks(
    block: str,
    parts: Any,
    columns: dict[str, tuple[str, ...]],
    blocks: dict[str, dict[str, str]],
) -> None:
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ValueError(f"{block} is a list of tables, each headed [[{block}]].")
    for number, part in enumerate(parts, start=1):
        stated = _BLOCKS[block]
        for name in stated:
            if not isinstance(part.get(name), str):
                raise ValueError(f"{block} number {number} states its {name}.")
        blocks[f"{block}.{number}"] = {name: part[name] for name in stated}
        for name, value in part.items():
            if name not in stated:
                columns[f"{block}.{number}.{name}"] = _headings(name, value)


def _format(data: dict[str, Any]) -> Format:
    _known("format", data, _FORMAT)
    values = {name: str(value) for name, value in data.items() if name != "dates"}
    form = Format(**values, dates=_headings("dates", data.get("dates", [])))
    if form.zone is not None:
        zone(form.zone)
    if form.currency is not None:
        check_currency(form.currency)
    if form.decimal not in (".", ",") or form.thousands not in ("", ".", ",", " ", "'", "\u00a0"):
        raise ValueError("decimal is . or , and thousands one of . , ' or a blank.")
    if form.decimal == form.thousands:
        raise ValueError("decimal and thousands cannot be the same sign.")
    return form


def zone_of(mapping: Mapping, store: ZoneInfo) -> ZoneInfo:
    """The zone of times without one: the mapping's, else the store's."""
    return zone(mapping.format.zone) if mapping.format.zone else store


# -- writing one ------------------------------------------------------------------------


def write_mapping(mapping: Mapping) -> str:
    """The mapping as a TOML text that `parse_mapping` reads back."""
    form = mapping.format
    lines = [f"name = {_text(mapping.name)}", f"title = {_text(mapping.title)}"]
    lines.append(f"kind = {_text(mapping.kind.name)}")
    if mapping.headers:
        lines.append(f"headers = {_list(mapping.headers)}")
    if mapping.order_rules:
        lines.append(f"order_rules = {_text(mapping.order_rules)}")
    stated = {name: getattr(form, name) for name in sorted(_FORMAT)}
    changed = {name: of for name, of in stated.items() if of != getattr(Format(), name)}
    lines += _section("format", changed)
    lines += _section("columns", {n: of for n, of in mapping.columns.items() if "." not in n})
    lines += _section("defaults", mapping.defaults)
    for name, words in mapping.words.items():
        lines += _section(f"words.{_key(name)}", words)
    for block, stated_here in mapping.blocks.items():
        inside = {
            n.rpartition(".")[2]: of
            for n, of in mapping.columns.items()
            if n.startswith(f"{block}.")
        }
        lines += ["", f"[[{block.partition('.')[0]}]]", *_pairs({**stated_here, **inside})]
    return "\n".join(lines) + "\n"


def _section(name: str, values: Dict[str, Any]) -> list[str]:
    return ["", f"[{name}]", *_pairs(values)] if values else []


def _pairs(values: Dict[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_value(value)}" for name, value in values.items()]


def _value(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return _text(value)
    return _text(value[0]) if len(value) == 1 else _list(value)


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", escaped) + '"'


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)
