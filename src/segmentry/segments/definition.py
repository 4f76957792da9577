"""What a segment is defined as, apart from any store: a name, a query, and what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypedDict

from segmentry.base.errors import SegmentError
from segmentry.base.text import text_key

LONGEST_TAG = 50
LONGEST_FOLDER = 200
TEXTS = ("description", "goal", "strategy", "note", "owner", "folder")
"""The entries that are plain texts and may be empty."""


class Details(TypedDict, total=False):
    """What may be said of a segment beside its name and query; `note` is for support staff,
    `folder` a path such as `Retention/2026`."""

    description: str
    goal: str
    strategy: str
    note: str
    owner: str
    folder: str
    tags: Iterable[str]


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment as it is written down; `preset` is the ready-made one it came from."""

    name: str
    query: str
    description: str = ""
    preset: str | None = None
    goal: str = ""
    strategy: str = ""
    note: str = ""
    owner: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False

    @property
    def key(self) -> str:
        """The name as names are compared."""
        return text_key(self.name)

    def saying(self, details: Details) -> Definition:
        """The same with other details. Refuses a tag or folder that cannot be."""
        if unknown := details.keys() - Details.__annotations__.keys():
            raise TypeError(f"A segment has no {', '.join(sorted(unknown))}.")
        given: dict[str, Any] = {
            name: text.strip() for name, text in details.items() if isinstance(text, str)
        }
        if "folder" in details:
            given["folder"] = tidy_folder(details["folder"])
        if "tags" in details:
            given["tags"] = tidy_tags(details["tags"])
        return replace(self, **given)

    def in_folder(self, folder: str) -> bool:
        """Whether it is in a folder, or in one below that."""
        mine, wanted = text_key(self.folder), text_key(tidy_folder(folder))
        return mine == wanted or mine.startswith(f"{wanted}/")

    def tagged(self, tag: str) -> bool:
        """Whether it has a tag, in any case."""
        return text_key(tag) in map(text_key, self.tags)

    def mentions(self, words: str) -> bool:
        """Whether each of some words is somewhere in its texts."""
        if not words.strip():
            return True
        texts = (getattr(self, name) for name in ("name", "query", *TEXTS))
        said = text_key("\n".join((*texts, *self.tags)))
        return all(word in said for word in text_key(words).split())


def tidy_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags in order, each once. Refuses empty and long ones, and commas in them."""
    if isinstance(tags, str):
        raise SegmentError("Give tags as a list, as in tags=['retention', '2026'].")
    by_key = {text_key(tag): " ".join(tag.split()) for tag in tags}
    for tag in by_key.values():
        if not tag or len(tag) > LONGEST_TAG or not tag.isprintable() or "," in tag:
            raise SegmentError(
                f"'{tag}' cannot be a tag: it has 1 to {LONGEST_TAG} characters and no comma."
            )
    return tuple(by_key[key] for key in sorted(by_key))


def tidy_folder(folder: str) -> str:
    """A folder's path with single blanks, without slashes around it."""
    parts = [" ".join(part.split()) for part in folder.split("/")]
    path = "/".join(part for part in parts if part)
    if len(path) > LONGEST_FOLDER or not path.isprintable():
        raise SegmentError(f"A folder has at most {LONGEST_FOLDER} characters, all that print.")
    return path


def as_json(definition: Definition) -> dict[str, Any]:
    """A definition as JSON has it."""
    return asdict(definition) | {"tags": list(definition.tags)}


def from_json(raw: Mapping[str, Any]) -> Definition:
    """The definition that JSON has; entries it does not know are left out."""
    known = {each.name: raw[each.name] for each in fields(Definition) if each.name in raw}
    return Definition(**known | {"tags": tuple(raw.get("tags", ()))})


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry of a definition before and after a change, as texts."""

    entry: str
    old: str
    new: str


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The entries that differ, in the order of the newer."""
    return tuple(
        Difference(entry, _text(old.get(entry)), _text(value))
        for entry, value in new.items()
        if _text(old.get(entry)) != _text(value)
    )


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value))
    return str(value)
