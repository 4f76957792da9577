"""Imports broken files as a shop would, many at a time, and says of each how it ended.

Files whose plan stands are read as one import, since making tables costs the same for one
file as for fifty. What is wrong with one of them then ends the import, so it goes on
without that one.
"""

from __future__ import annotations

import csv
import io
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import charset_normalizer  # noqa: F401  the importer would, in every child anew
import phonenumbers  # noqa: F401  likewise
import pyarrow.parquet as pq

from segmentry.base.errors import UserError
from segmentry.ingest import files
from segmentry.ingest.files.read import Raw, read
from segmentry.workspace import Workspace

TAKEN, REFUSED, FAULT = "taken", "refused", "fault"

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_LONDON = ZoneInfo("Europe/London")
_LONGEST_MESSAGE = 2_000

Began = Callable[[Sequence[int]], None]
"""Told which files are about to be worked on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the import of a file ended, and the words it ended with."""

    number: int
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file whose plan stands, and the number of rows it has."""

    plan: files.FilePlan
    rows: int


def import_all(
    paths: dict[int, Path], began: Began, *, together: int, ask: bool = False
) -> Iterator[Ending]:
    """Import each file, `together` at a time; with `ask` also into a store, and ask it."""
    looked: dict[int, Looked] = {}
    for number, path in paths.items():
        began([number])
        try:
            plan = _plan(path)
            looked[number] = Looked(plan, _rows(plan))
        except Exception as error:
            yield _failed(number, path, error)
    numbers = list(looked)
    for at in range(0, len(numbers), together):
        group = {number: looked[number] for number in numbers[at : at + together]}
        yield from _import_group(group, began, ask=ask)


def _plan(path: Path) -> files.FilePlan:
    if path.suffix != ".toml":
        return files.plan_import([path], None, _LONDON, "GBP").files[0]
    mapping = files.read_mapping(path)
    files.mapping.parse_mapping(files.write_mapping(mapping), path.name)
    orders = path.with_suffix(".csv")
    orders.write_text("order_id,ordered_at,quantity,unit_price,date\n1,01.02.2025,2,2.50,\n")
    try:
        return replace(files.plan_import([orders], mapping, _LONDON, "GBP").files[0])
    except UserError:
        return files.plan_import([orders], None, _LONDON, "GBP").files[0]


def _failed(number: int, path: Path, error: Exception) -> Ending:
    message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
    if isinstance(error, UserError) and path.name in str(error):
        return Ending(number, REFUSED, message)
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = "; ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames)
    return Ending(number, FAULT, f"{message} ({where})")


def _import_group(group: dict[int, Looked], began: Began, *, ask: bool) -> Iterator[Ending]:
    """Import the files as one; if that fails each half by itself, down to who is to blame."""
    if not group:
        return
    began(list(group))
    plan = files.ImportPlan(tuple(each.plan for each in group.values()), _LONDON, "GBP")
    try:
        _read(plan, sum(each.rows for each in group.values()))
        if ask:
            _ask(plan)
    except Exception as error:
        if len(group) == 1:
            yield from (_failed(number, of.plan.path, error) for number, of in group.items())
            return
        items = list(group.items())
        for half in (items[: len(items) // 2], items[len(items) // 2 :]):
            yield from _import_group(dict(half), began, ask=ask)
        return
    yield from (Ending(number, TAKEN) for number in group)


def _read(plan: files.ImportPlan, rows: int) -> None:
    shares: list[float] = []
    found = files.read_import(plan, "shop", _NOW, lambda share, what: shares.append(share))
    report = found.report
    assert shares == sorted(shares), "progress went back"
    assert shares[-1] == 1.0, "progress did not end at one"
    assert report.accepted + report.refused_rows == rows, (
        f"{report.accepted} accepted and {report.refused_rows} refused of {rows} rows"
    )
    assert report.refused["line"].null_count == 0, "a refusal without a line"
    for each in report.problems(most=1_000_000):
        each.encode()


def _ask(plan: files.ImportPlan) -> None:
    with Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.import_files(plan, source="shop")
        everybody = store.query("number_of_orders >= 0").count
        buyers = store.query("number_of_orders > 0 AND amount_spent >= 0").count
        assert buyers <= everybody


# -- counted otherwise ------------------------------------------------------------------


def _rows(file: files.FilePlan) -> int:
    """The rows of a file, as the standard library or the file's own contents table has it."""
    if file.detected.format == "parquet":
        with pq.ParquetFile(file.path) as parquet:
            return int(parquet.metadata.num_rows)
    raw = _both(file)
    if raw.bad:
        # After a quote in the wrong place `csv` and the importer part the rest differently.
        return len(raw.lines) + len(raw.bad)
    text = file.path.read_bytes().decode(file.detected.encoding or "utf-8")
    lines = io.StringIO(text, newline="")
    for _ in range(file.detected.first_line - 1):
        next(lines, None)
    reader = csv.reader(lines, delimiter=file.detected.separator or ",")
    next(reader, None)
    return sum(1 for row in reader if row)


def _both(file: files.FilePlan) -> Raw:
    """What the careful reader finds, having checked that the fast one finds the same."""
    wanted = sorted({at for places in file.columns.values() for at in places})
    found = [
        read(file.path, detected, file.header, wanted, (), lambda share: None)
        for detected in (replace(file.detected, lines=0), file.detected)[: 1 + _is_plain(file)]
    ]
    for each in found[1:]:
        assert each.lines.equals(found[0].lines), "the two readers number rows differently"
        for at in wanted:
            same = [raw.columns[at].cast("string").combine_chunks() for raw in (found[0], each)]
            assert _filled(same[0].to_pylist()) == _filled(same[1].to_pylist()), (
                f"the two readers read column {at + 1} differently"
            )
    return found[0]


def _is_plain(file: files.FilePlan) -> bool:
    return bool(file.detected.lines) and file.detected.first_line == 1


def _filled(texts: list[str | None]) -> list[str]:
    return [text or "" for text in texts]
