"""Files -> what would be read from them and how, to be shown before anything is read.

Knows each file's format, headings and first rows. The rows themselves are `read`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segmentry.base.errors import DataError
from segmentry.ingest.files.detect import Detected, detect
from segmentry.ingest.files.fields import name_key
from segmentry.ingest.files.guess import doubtful_amounts, guess, ready_for, with_dates
from segmentry.ingest.files.mapping import Format, Mapping, ready_mappings, write_mapping
from segmentry.ingest.files.read import first_rows

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MOST_COLUMNS = 5_000
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class FilePlan:
    """How one file would be read.

    `origin` tells where the mapping comes from. `columns` are the headings each field is
    read from, of those that the file has, and `mapping` has no others: written out and
    edited it fits this file. `ignored` are the headings nothing is read from.
    `problems` are worth a look; `unclear` must be settled before the file can be read.
    """

    path: Path
    detected: Detected
    header: tuple[str, ...]
    mapping: Mapping
    origin: Literal["given", "ready", "guessed"]
    columns: dict[str, tuple[int, ...]]
    sample: tuple[tuple[str, ...], ...]
    problems: tuple[str, ...]
    unclear: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    @property
    def kind(self) -> str:
        """What the rows tell of: orders, customers or products."""
        return self.mapping.kind.name

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headings that no field is read from."""
        used = {position for positions in self.columns.values() for position in positions}
        return tuple(name for at, name in enumerate(self.header) if name and at not in used)

    def heading(self, field: str) -> str:
        """The headings a field is read from, for messages; its own name if there is none."""
        return " or ".join(self.header[at] for at in self.columns.get(field, ())) or field


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How several files would be read as one import."""

    files: tuple[FilePlan, ...]
    zone: ZoneInfo
    currency: str
    country: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same contents read by the same mappings, whatever the names."""
        parts = [f"{each.detected.sha256} {write_mapping(each.mapping)}" for each in self.files]
        text = "\n".join([self.zone.key, self.currency, str(self.country), *parts])
        return hashlib.sha256(text.encode()).hexdigest()


def plan_import(
    paths: Iterable[str | Path],
    mapping: Mapping | None,
    zone: ZoneInfo,
    currency: str,
    country: str | None = None,
) -> ImportPlan:
    """How the files would be read: by `mapping`, else a ready one, else one guessed.

    `zone` and `currency` are the store's; `country` is where phone numbers without a
    country belong. Refuses files that are neither CSV nor Parquet, broken text, and
    headings that lack a needed column.
    """
    plans = tuple(_plan(Path(path), mapping, currency) for path in paths)
    if not plans:
        raise DataError("Name at least one file to import.")
    return ImportPlan(plans, zone, currency, country)


def _plan(path: Path, given: Mapping | None, currency: str) -> FilePlan:
    form = given.format if given else Format()
    detected = detect(path, form.encoding, form.separator)
    header, rows = first_rows(path, detected)
    if len(header) > MOST_COLUMNS:
        raise DataError(
            f"{path.name} has {len(header):,} columns; at most {MOST_COLUMNS:,} can be read."
        )
    mapping, origin = _chosen(path, given, header)
    _refuse_other_currency(path, mapping, currency)
    columns = _positions(path, mapping, header, strict=_is_own(mapping, origin))
    mapping, unclear = with_dates(_narrowed(mapping, columns), header, rows)
    return FilePlan(
        path,
        detected,
        header,
        mapping,
        origin,
        columns,
        tuple(tuple(row) for row in rows[:_SHOWN_ROWS]),
        (*_remarks(header, rows), *doubtful_amounts(mapping, header, rows)),
        (unclear,) if unclear else (),
    )


def _chosen(
    path: Path, given: Mapping | None, header: Sequence[str]
) -> tuple[Mapping, Literal["given", "ready", "guessed"]]:
    if given is not None:
        return given, "given"
    if ready := ready_for(header):
        return ready, "ready"
    if guessed := guess(header):
        return guessed, "guessed"
    shown = ", ".join(f"'{heading[:30]}'" for heading in header[:12])
    raise DataError(
        f"{path.name}, line 1: the headings {shown} are not those of orders (an order id and "
        "a date), customers (an id or e-mail) or products (an id or handle). "
        "If the first line has no headings, add them; else write a mapping."
    )


def _is_own(mapping: Mapping, origin: str) -> bool:
    """Whether somebody wrote the mapping for this file, so that all its columns are meant."""
    return origin == "given" and mapping not in ready_mappings()


def _refuse_other_currency(path: Path, mapping: Mapping, currency: str) -> None:
    stated = mapping.format.currency
    if stated is not None and stated != currency:
        raise DataError(
            f"{path.name}: the mapping says amounts are in {stated}, the store keeps {currency}. "
            "A store has one currency; convert the amounts before the import."
        )


def _positions(
    path: Path, mapping: Mapping, header: Sequence[str], *, strict: bool
) -> dict[str, tuple[int, ...]]:
    """Where the columns of each field are. Refuses missing and ambiguous ones."""
    at: dict[str, list[int]] = {}
    for position, heading in enumerate(header):
        at.setdefault(name_key(heading) or heading, []).append(position)
    found = {}
    for field, headings in mapping.columns.items():
        keys = [name_key(heading) or heading for heading in headings]
        places = [at[key] for key in keys if key in at]
        _refuse_doubles(path, header, places)
        if places:
            found[field] = tuple(place[0] for place in places)
        elif strict:
            raise _missing(path, header, field, headings)
    for names in mapping.kind.needs:
        if not any(name in found or name in mapping.defaults for name in names):
            mapped = next((name for name in names if name in mapping.columns), names[0])
            raise _missing(path, header, mapped, mapping.columns.get(mapped, (mapped,)))
    return found


def _narrowed(mapping: Mapping, columns: dict[str, tuple[int, ...]]) -> Mapping:
    """The mapping without what this file does not have."""
    blocks = {name.rpartition(".")[0] for name in columns}
    return replace(
        mapping,
        columns={name: of for name, of in mapping.columns.items() if name in columns},
        blocks={name: of for name, of in mapping.blocks.items() if name in blocks},
    )


def _refuse_doubles(path: Path, header: Sequence[str], places: list[list[int]]) -> None:
    for place in places:
        if len(place) > 1:
            numbers = " and ".join(str(each + 1) for each in place)
            raise DataError(
                f"{path.name}, line 1: the heading '{header[place[0]]}' stands twice "
                f"(columns {numbers}). Rename or remove one."
            )


def _missing(path: Path, header: Sequence[str], field: str, headings: Sequence[str]) -> DataError:
    shown = ", ".join(f"'{heading[:30]}'" for heading in header[:12])
    return DataError(
        f"{path.name}, line 1: there is no column '{' or '.join(headings)}' ({field}). "
        f"The file has {shown}{', …' if len(header) > 12 else ''}."
    )


def _remarks(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    remarks = []
    keys = [name_key(heading) for heading in header]
    doubles = (
        {header[i] for i, key in enumerate(keys) if key and keys.count(key) > 1}
        if (len(set(keys)) < len(keys))
        else set()
    )
    if doubles:
        remarks.append(f"headings that stand twice are ignored: {', '.join(sorted(doubles))}")
    if empty := sum(not heading.strip() for heading in header):
        remarks.append(f"{empty} column(s) without a heading are ignored")
    if not rows:
        remarks.append("the file has headings but no rows")
    return remarks
