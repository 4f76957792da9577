"""What a file is: CSV or Parquet, its encoding and separator, its hash.

Looks at every byte once and keeps none. Refuses what is neither, and text that is
broken, naming the place. Does not know what the columns mean.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentry.base.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_SIGNS = (
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ONE_BYTE = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_2")
_MANY_BYTES = ("shift_jis", "gb18030", "big5", "euc_kr", "euc_jp")
_LONE_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file is. `encoding` and `separator` are of CSV only; `first_line` is the
    line of the headings, after a spreadsheet's `sep=` line. `lines` counts the lines of a
    plain file: UTF-8 without NUL bytes, lines that all end in a line feed; else it is 0."""

    format: str
    sha256: str
    size: int
    encoding: str | None = None
    separator: str | None = None
    first_line: int = 1
    nul: bool = False
    lines: int = 0


def detect(path: Path, encoding: str | None = None, separator: str | None = None) -> Detected:
    """What the file is. A stated encoding or separator is taken as it is."""
    head, size = _head(path)
    _refuse_other_formats(path, head)
    if head.startswith(b"PAR1"):
        return Detected("parquet", _sha256(path), size)
    stated = _known_encoding(path, encoding) or _marked(head)
    through = _read_through(path, stated or "utf-8")
    if through.wrong is not None and stated is None:
        stated = _one_byte_encoding(path, through.wrong)
        through = _read_through(path, stated)
    encoding = stated or "utf-8"
    if through.wrong is not None:
        raise broken(path, encoding, through.wrong)
    text = _sample_text(head, encoding)
    first_line = 1
    if line := re.match(r"sep=(.)\r?\n?", text):
        separator, first_line = separator or line[1], 2
        text = text[line.end() :]
    wide = encoding.startswith(("utf-16", "utf-32"))
    plain = encoding == "utf-8" and not through.nul and through.lone_returns == 0
    return Detected(
        "csv",
        through.sha256,
        size,
        encoding,
        separator or _separator(text),
        first_line,
        through.nul and not wide,
        through.lines if plain else 0,
    )


def _head(path: Path) -> tuple[bytes, int]:
    try:
        if path.is_dir():
            raise DataError(f"{path.name} is a folder. Name the files in it.")
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read: {error}.") from error
    if not head.strip():
        raise DataError(f"{path.name} is empty.")
    return head, size


def _refuse_other_formats(path: Path, head: bytes) -> None:
    for sign, what in _SIGNS:
        if head.startswith(sign):
            raise DataError(f"{path.name} is {what}, not CSV or Parquet. Save it as CSV in UTF-8.")
    named_parquet = path.suffix.lower() in (".parquet", ".pq")
    if head.startswith(b"PAR1") and not named_parquet:
        raise DataError(
            f"{path.name} is a Parquet file though its name says otherwise. "
            "Give it a name that ends in .parquet."
        )
    if named_parquet and not head.startswith(b"PAR1"):
        raise DataError(
            f"{path.name} is not Parquet though its name says so. "
            "If it is CSV, give it a name that ends in .csv."
        )
    if named_parquet:
        return
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if re.match(rb"\{\s*[\"}]|\[\s*[{\[]", start):
        raise DataError(f"{path.name} is JSON, not CSV or Parquet.")
    if re.match(rb"(?i)<(!doctype|html|\?xml|[a-z]+[ >])", start):
        raise DataError(f"{path.name} is a web page or XML, not CSV or Parquet.")
    if _binary(head):
        raise DataError(f"{path.name} is not text, so it is no CSV, and it is not Parquet.")


def _binary(head: bytes) -> bool:
    """Whether these are no letters at all. NUL bytes alone may be UTF-16 or damage."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    controls = sum(head.count(bytes([each])) for each in (*range(1, 9), *range(14, 32), 127))
    return controls > max(4, len(head) // 50)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- encoding ---------------------------------------------------------------------------


def _known_encoding(path: Path, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise DataError(
            f"The mapping of {path.name} states the encoding '{encoding}'; there is none such."
        ) from error


def _marked(head: bytes) -> str | None:
    """The encoding that a byte order mark, or the NULs between plain letters, give away."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    pairs = min(len(head), 2000) // 2
    if pairs and max(even, odd) > 0.4 * pairs and min(even, odd) < 0.1 * pairs:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


@dataclass(slots=True)
class _Through:
    """What reading the whole file showed. `wrong` is where it stops being in its encoding."""

    sha256: str = ""
    nul: bool = False
    wrong: int | None = None
    lines: int = 0
    lone_returns: int = 0


def _read_through(path: Path, encoding: str) -> _Through:
    digest, offset, last = hashlib.sha256(), 0, b""
    found = _Through()
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in _chunks(path):
        digest.update(chunk)
        found.nul = found.nul or b"\x00" in chunk
        if found.wrong is None:
            found.wrong = _wrong_byte(decoder, chunk, offset)
        found.lines += chunk.count(b"\n")
        joined = last[-1:] + chunk
        found.lone_returns += chunk.count(b"\r") - joined.count(b"\r\n")
        offset += len(chunk)
        last = chunk or last
    found.sha256 = digest.hexdigest()
    found.lines += not last.endswith(b"\n")
    return found


def _chunks(path: Path) -> Iterator[bytes]:
    """The file piece by piece, and an empty piece at its end."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
    yield b""


def _wrong_byte(decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int) -> int | None:
    kept = decoder.getstate()[0]
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        return offset - len(kept) + error.start
    return None


def broken(path: Path, encoding: str, offset: int) -> DataError:
    """The error for a byte that the encoding does not have, with line and column."""
    line, column = 1, 0
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)("replace"), translate=True
    )
    with path.open("rb") as file:
        while offset:
            piece = file.read(min(offset, _CHUNK))
            offset -= len(piece)
            before, end, after = decoder.decode(piece, final=not offset).rpartition("\n")
            line += before.count("\n") + len(end)
            column = len(after) if end else column + len(after)
        byte = file.read(1)
    what = f"the byte 0x{byte.hex()} is" if byte else "the end of the file is"
    return DataError(
        f"{path.name}, line {line}, column {column + 1}: {what} not "
        f"{shown(encoding)}. Save the file in UTF-8, or state its encoding in the mapping."
    )


def shown(encoding: str) -> str:
    """An encoding as people know it."""
    if encoding.startswith("cp125"):
        return f"Windows-{encoding[2:]}"
    return encoding.removesuffix("-sig").upper()


def _one_byte_encoding(path: Path, wrong: int) -> str:
    """The encoding that a file's letters look like, which is not UTF-8 from `wrong` on."""
    sample = _foreign_letters(path)
    if _LONE_UTF8.search(sample):
        raise broken(path, "utf-8", wrong)
    return _likely(sample)


def _foreign_letters(path: Path) -> bytes:
    """Lines of the file that are not plain ASCII, up to the size of a sample."""
    sample = b""
    for chunk in _chunks(path):
        if not chunk.isascii():
            sample += b"\n".join(line[:200] for line in chunk.split(b"\n") if not line.isascii())
        if len(sample) >= _SAMPLE:
            break
    return sample[:_SAMPLE]


def _likely(sample: bytes) -> str:
    """The encoding these letters look like: Windows-1252 unless another is clearly better."""
    # Imported here: it takes a while, and only files that are not UTF-8 need it.
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_ONE_BYTE, *_MANY_BYTES]).best()
    usual = from_bytes(sample, cp_isolation=["cp1252"]).best()
    if best is None or (usual is not None and usual.chaos <= best.chaos):
        return "cp1252"
    return best.encoding


def _sample_text(head: bytes, encoding: str) -> str:
    """The beginning of the file; a letter cut in half at its end is left out."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")


# -- separator --------------------------------------------------------------------------


def _separator(text: str) -> str:
    """The sign that cuts the most lines into as many cells as there are headings."""
    return max(SEPARATORS, key=lambda sign: _evenness(text, sign))


def _evenness(text: str, separator: str) -> tuple[float, int]:
    rows: list[int] = []
    lines = text.splitlines(keepends=True)[:200]
    try:
        rows = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return 0.0, 0
    width = rows[0] if rows else 0
    if width < 2:
        return 0.0, width
    return sum(count == width for count in rows) / len(rows), width
