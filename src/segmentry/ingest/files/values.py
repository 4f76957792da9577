"""Texts of a column -> typed values, and why some cannot be.

Every distinct text is looked at once; what it means is `readers`' to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.formulas import WITH_APOSTROPHE
from segmentry.ingest.files.fields import Type
from segmentry.ingest.files.read import TEXTS
from segmentry.ingest.files.readers import Doubt, Reading, key_of_email, meaning

LONGEST = 32_768
"""No value of a field is longer, so that a damaged file cannot fill the store."""

_ARROW = {
    Type.MONEY: pa.int64(),
    Type.WHOLE: pa.int64(),
    Type.MOMENT: pa.timestamp("us"),
    Type.DAY: pa.date32(),
    Type.BOOLEAN: pa.bool_(),
    Type.DEGREES: pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Values:
    """The typed values, and for every row why it has none: a reason to refuse the row, or
    a doubt. None where no row has one."""

    values: pa.Array
    reasons: pa.Array | None
    doubts: pa.Array | None


def arrow_type(type_: Type) -> pa.DataType:
    """The Arrow type that values of a field have; times are UTC without saying so."""
    return _ARROW.get(type_, TEXTS)


def clean(column: pa.ChunkedArray, *, spreadsheet: bool = False) -> pa.DictionaryArray:
    """A column's texts, trimmed, with empty ones as nulls. Those of a `spreadsheet` are
    without the apostrophe that keeps one from being taken for a formula."""
    encoded = _encoded(column)
    texts = encoded.dictionary
    if spreadsheet and pc.any(pc.starts_with(texts, "'")).as_py():
        texts = pc.replace_substring_regex(texts, WITH_APOSTROPHE, r"\1")
    trimmed = pc.utf8_trim_whitespace(texts)
    if trimmed.equals(encoded.dictionary) and not pc.any(pc.equal(trimmed, "")).as_py():
        return encoded
    return _encoded(pc.if_else(pc.equal(trimmed, ""), None, trimmed).take(encoded.indices))


def first_filled(columns: list[pa.DictionaryArray]) -> pa.DictionaryArray:
    """For every row the value of the first column that has one."""
    if len(columns) == 1:
        return columns[0]
    # By number, not as texts: a long one would be copied for every row that has it.
    numbers, texts, before = [], [], 0
    for column in columns:
        numbers.append(pc.add(column.indices.cast(pa.int32()), pa.scalar(before, pa.int32())))
        texts.append(column.dictionary)
        before += len(column.dictionary)
    return pa.DictionaryArray.from_arrays(pc.coalesce(*numbers), pa.concat_arrays(texts))


def _encoded(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    if isinstance(column, pa.Array):
        return column.dictionary_encode()
    joined = column.unify_dictionaries().combine_chunks()
    return joined if isinstance(joined, pa.Array) else pa.array([], TEXTS)


def convert(column: pa.DictionaryArray, reading: Reading) -> Values:
    """The column's values. `column` is as `clean` gives it."""
    if reading.type in _AS_THEY_ARE and not reading.words:
        return _text(_unquoted(column) if reading.type is Type.ID else column)
    return _each(column, meaning(reading), arrow_type(reading.type))


def _unquoted(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Ids without the apostrophe that some exports put before digits for spreadsheets."""
    plain = pc.replace_substring_regex(column.dictionary, "^'([0-9])", r"\1")
    return pa.DictionaryArray.from_arrays(column.indices, plain)


_AS_THEY_ARE = (Type.TEXT, Type.ID, Type.EMAIL)


def _text(column: pa.DictionaryArray) -> Values:
    """Text as it is; only its length can be wrong."""
    longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
    if longest <= LONGEST:
        return Values(column, None, None)
    return _each(column, str, TEXTS)


_TOO_LONG = f"the value is longer than {LONGEST:,} characters"


def _each(
    column: pa.DictionaryArray, understand: Callable[[str], object], type_: pa.DataType
) -> Values:
    values: list[object] = []
    reasons: list[str | None] = []
    doubts: list[str | None] = []
    for text in column.dictionary.to_pylist():
        value, reason, doubt = _one(text, understand)
        values.append(value)
        reasons.append(reason)
        doubts.append(doubt)
    if type_ == TEXTS:
        meanings = pa.array(values, pa.string())
        typed = pa.DictionaryArray.from_arrays(column.indices, meanings)
    else:
        typed = pa.array(values, type_).take(column.indices)
    return Values(typed, _taken(reasons, column), _taken(doubts, column))


def _one(text: str, understand: Callable[[str], object]) -> tuple[object, str | None, str | None]:
    if len(text) > LONGEST:
        return None, _TOO_LONG, None
    try:
        return understand(text), None, None
    except Doubt as doubt:
        return doubt.instead, None, str(doubt)
    except ValueError as error:
        return None, str(error), None


def _taken(texts: list[str | None], encoded: pa.DictionaryArray) -> pa.Array | None:
    if not any(texts):
        return None
    return pa.array(texts, pa.string()).take(encoded.indices)


def email_keys(column: pa.DictionaryArray) -> Values:
    """The keys of addresses; what is none is left empty with a doubt."""
    return _each(column, key_of_email, TEXTS)
