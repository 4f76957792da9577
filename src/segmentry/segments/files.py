"""Segments as files, one TOML file each: what a team keeps under version control.

Comes in: definitions, or a folder of files. Knows nothing of a store, and so nothing of the
customers that segments list by hand.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from segmentry.base.errors import SegmentError
from segmentry.segments.definition import TEXTS, Definition, Details
from segmentry.segments.naming import file_stem, free_stem, tidy

_TEXTS = ("name", "query", *TEXTS, "preset")
_ENTRIES = (*_TEXTS, "tags", "archived")


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written anew or changed, and those of segments that are gone."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    gone: tuple[Path, ...]


def export_definitions(
    definitions: Iterable[Definition], folder: Path, *, delete: bool = False
) -> Exported:
    """Write every definition to a file of the folder, made if it is new.

    A segment keeps the file that defines it already, whatever that is called. Files of
    segments that are gone stay unless `delete`; other files are never touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    there = {each.key: path for path, each in _read_all(folder)}
    taken = {path.name.casefold() for path in folder.iterdir()}
    written: list[Path] = []
    unchanged: list[Path] = []
    for each in definitions:
        path = there.pop(each.key, None) or folder / _file_name(each.name, taken)
        taken.add(path.name.casefold())
        changed = _write(path, definition_text(each))
        (written if changed else unchanged).append(path)
    gone = tuple(there.values())
    for path in gone if delete else ():
        path.unlink()
    return Exported(tuple(written), tuple(unchanged), gone)


def read_definitions(folder: Path) -> list[Definition]:
    """The definitions in the `.toml` files of a folder, in the order of the files' names.

    Refuses files that are no definitions and two of one name, all in one error.
    """
    return [definition for _, definition in _read_all(folder)]


def _read_all(folder: Path) -> list[tuple[Path, Definition]]:
    if not folder.is_dir():
        raise SegmentError(f"{folder} is not a folder.")
    found: dict[str, tuple[Path, Definition]] = {}
    faults = []
    for path in sorted(folder.glob("*.toml")):
        try:
            definition = _definition(path)
        except SegmentError as error:
            faults.append(str(error))
            continue
        if definition.key in found:
            other = found[definition.key][0].name
            faults.append(f"{path.name} and {other} both define '{definition.name}'.")
        found[definition.key] = path, definition
    if faults:
        raise SegmentError("\n".join(faults))
    return list(found.values())


def _definition(path: Path) -> Definition:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SegmentError(f"{path.name} cannot be read: {error}.") from error
    if unknown := [key for key in raw if key not in _ENTRIES]:
        raise SegmentError(
            f"{path.name}: there is no entry '{unknown[0]}'. Entries: {', '.join(_ENTRIES)}."
        )
    for key in _TEXTS:
        if not isinstance(raw.get(key, ""), str):
            raise SegmentError(f"{path.name}: {key} must be a text in quotes.")
    tags = raw.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise SegmentError(f"{path.name}: tags must be a list of texts in quotes.")
    if not isinstance(raw.get("archived", False), bool):
        raise SegmentError(f"{path.name}: archived must be true or false.")
    for key in ("name", "query"):
        if not raw.get(key, "").strip():
            raise SegmentError(f"{path.name}: {key} is missing.")
    return _checked(path, raw)


def _checked(path: Path, raw: Mapping[str, Any]) -> Definition:
    details: dict[str, Any] = {key: raw[key] for key in (*TEXTS, "tags") if key in raw}
    try:
        named = Definition(tidy(raw["name"]), raw["query"].strip())
        said = named.saying(cast("Details", details))
    except SegmentError as error:
        raise SegmentError(f"{path.name}: {error}") from error
    return replace(said, preset=raw.get("preset") or None, archived=raw.get("archived", False))


# -- writing ----------------------------------------------------------------------------


def definition_text(definition: Definition) -> str:
    """A definition as the text of its file."""
    lines = [f"name = {_quoted(definition.name)}"]
    if definition.description:
        lines.append(f"description = {_quoted(definition.description)}")
    lines.append(f"query = {_quoted(definition.query)}")
    said = {key: getattr(definition, key) for key in (*TEXTS[1:], "preset")}
    lines += [f"{key} = {_quoted(text)}" for key, text in said.items() if text]
    if definition.tags:
        lines.append(f"tags = [{', '.join(map(_quoted, definition.tags))}]")
    if definition.archived:
        lines.append("archived = true")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML text, over several lines where it has them."""
    escaped = re.sub(
        r'["\\]|[\x00-\x09\x0b-\x1f\x7f]',
        lambda found: f"\\{found[0]}" if found[0] in '"\\' else f"\\u{ord(found[0]):04x}",
        text,
    )
    return f'"""\n{escaped}"""' if "\n" in text else f'"{escaped}"'


def _file_name(name: str, taken: Container[str]) -> str:
    return f"{free_stem(file_stem(name), taken, '.toml')}.toml"


def _write(path: Path, text: str) -> bool:
    """Put the text in the file, written aside and renamed; False if it is there already."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(text.encode())
    os.replace(unfinished, path)  # noqa: PTH105
    return True
