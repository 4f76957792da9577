"""The raw texts of one file -> a table of typed fields, with what is wrong in it.

One column a field that the file has, and the row's file and line. Rows with a reason
against them stay in the table: the builder of the kind decides what else must be refused
with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.ingest.files.fields import Field, Type
from segmentry.ingest.files.mapping import zone_of
from segmentry.ingest.files.readers import Reading
from segmentry.ingest.files.report import Note, shortened
from segmentry.ingest.files.values import (
    Values,
    clean,
    convert,
    email_keys,
    first_filled,
)

if TYPE_CHECKING:
    from segmentry.ingest.files.plan import FilePlan, ImportPlan
    from segmentry.ingest.files.read import Raw

WRONG = pa.schema(
    [
        ("f", pa.int32()),
        ("line", pa.int64()),
        ("field", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("key", pa.string()),
    ]
)
"""Why rows are refused: file number, line, field, the value shortened, the reason, and
the order the row says it belongs to where nothing else is known of it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The typed fields of one file, and what is wrong or doubtful in it.

    `unreadable` rows could not be cut into cells: they are in `wrong` only.
    """

    rows: pa.Table
    wrong: list[pa.Table]
    notes: list[Note]
    unreadable: int = 0


def typed(plan: ImportPlan, number: int, raw: Raw) -> Typed:
    """The fields of file `number` of the plan, read as its mapping says. Uses `raw` up."""
    file = plan.files[number]
    out = Typed(pa.table({}), [], [])
    columns = {
        "f": pa.repeat(pa.scalar(number, pa.int32()), len(raw.lines)),
        "line": raw.lines,
    }
    for name, field in fields_of(file):
        texts = _texts(file, name, raw)
        raw.forget(file.columns.get(name, ()))
        if texts is None:
            continue
        columns[name] = _values(plan, file, number, name, field, texts, raw.lines, out)
        if field.type is Type.EMAIL:
            keys = email_keys(texts)
            _note(file, name, keys, raw.lines, out)
            columns[f"{name}_key"] = keys.values
    wrong = [*out.wrong, _structural(file, number, raw)]
    return Typed(pa.table(columns), wrong, out.notes, len(raw.bad))


def fields_of(file: FilePlan) -> list[tuple[str, Field]]:
    """Every field of the kind; of the repeated parts those that the mapping has."""
    kind = file.mapping.kind
    found = [(field.name, field) for field in kind.fields]
    for block in file.mapping.blocks:
        parts = kind.blocks[block.partition(".")[0]]
        found += [(f"{block}.{part.name}", part) for part in parts]
    return found


def _texts(file: FilePlan, name: str, raw: Raw) -> pa.DictionaryArray | None:
    """The texts of a field: of its columns the first that is filled, else its default."""
    csv = file.detected.format == "csv"
    columns = [clean(raw.columns[at], spreadsheet=csv) for at in file.columns.get(name, ())]
    default = file.mapping.defaults.get(name)
    if default is not None:
        columns.append(pa.repeat(default, len(raw.lines)).dictionary_encode())
    return first_filled(columns) if columns else None


def _values(
    plan: ImportPlan,
    file: FilePlan,
    number: int,
    name: str,
    field: Field,
    texts: pa.DictionaryArray,
    lines: pa.Array,
    out: Typed,
) -> pa.Array:
    mapping = file.mapping
    block = mapping.blocks.get(name.rpartition(".")[0], {})
    reading = Reading(
        field.type,
        mapping.format,
        zone_of(mapping, plan.zone),
        mapping.format.country or plan.country,
        mapping.words.get(name),
        block.get("type", ""),
    )
    found = convert(texts, reading)
    if found.reasons is not None:
        out.wrong.append(_wrong(number, name, found.reasons, texts, lines))
    _note(file, name, found, lines, out)
    return found.values


def _wrong(
    number: int, name: str, reasons: pa.Array, texts: pa.DictionaryArray, lines: pa.Array
) -> pa.Table:
    bad = pc.is_valid(reasons)
    count = pc.sum(bad).as_py()
    columns = [
        pa.array([number] * count, pa.int32()),
        lines.filter(bad),
        pa.array([name] * count, pa.string()),
        shortened(texts.dictionary).take(texts.indices.filter(bad)),
        reasons.filter(bad),
        pa.nulls(count, pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=WRONG)


def _note(file: FilePlan, name: str, found: Values, lines: pa.Array, out: Typed) -> None:
    """One remark for every different doubt, with how many rows have it."""
    if found.doubts is None:
        return
    bad = pc.is_valid(found.doubts)
    table = pa.table({"doubt": found.doubts.filter(bad), "line": lines.filter(bad)})
    counted = table.group_by("doubt").aggregate([("line", "count"), ("line", "min")])
    out.notes.extend(
        Note(file.name, file.heading(name), row["doubt"], row["line_count"], row["line_min"])
        for row in counted.sort_by("line_min").to_pylist()
    )


def _structural(file: FilePlan, number: int, raw: Raw) -> pa.Table:
    """The rows that could not be cut into cells."""
    at = {heading: place for place, heading in enumerate(file.header)}
    fields = {place: name for name, places in file.columns.items() for place in places}
    rows = [
        {
            "f": number,
            "line": bad.line,
            "field": bad.column and fields.get(at[bad.column], bad.column),
            "value": bad.value[:60],
            "reason": bad.reason,
            "key": bad.key,
        }
        for bad in raw.bad
    ]
    return pa.Table.from_pylist(rows, schema=WRONG)
