"""A plan -> canonical tables and the report of what was taken and what was not.

Reads, converts and builds; keeps nothing and changes nothing. A file that cannot be used
as a whole raises, so that there is no half of an import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from segmentry.base.errors import DataError
from segmentry.ingest.files import customers, orders, products
from segmentry.ingest.files.building import Built, Context
from segmentry.ingest.files.fields import CUSTOMERS, KINDS, ORDERS, PRODUCTS
from segmentry.ingest.files.read import Raw, read
from segmentry.ingest.files.report import REFUSED, FileReport, Note
from segmentry.ingest.files.typed import Typed, typed

if TYPE_CHECKING:
    from datetime import datetime

    from segmentry.ingest.files.plan import FilePlan, ImportPlan

_NO_MOMENTS: Mapping[str, datetime] = MappingProxyType({})

Progress = Callable[[float, str], None]
"""Told the share that is done, and of what."""

_BUILDERS = {
    CUSTOMERS.name: customers.build,
    PRODUCTS.name: products.build,
    ORDERS.name: orders.build,
}
_REFUNDS = {"refund_amount", "refund_quantity", "refunded"}
_READING = 0.6
"""The share of the work that is reading; the rest is making tables."""


@dataclass(frozen=True, slots=True)
class FileImport:
    """Canonical tables with keys `source:id`.

    `if_new` has customers, addresses and products that orders name: rows to add for
    those that the store does not know and `tables` does not tell of. `whole` names tables
    with every row of the records they belong to: an order whose refund is gone from the
    file was not refunded.
    """

    tables: dict[str, pa.Table]
    if_new: dict[str, pa.Table]
    whole: frozenset[str]
    report: FileReport


def read_import(
    plan: ImportPlan,
    source: str,
    now: datetime,
    progress: Progress | None = None,
    first_seen: Mapping[str, datetime] = _NO_MOMENTS,
) -> FileImport:
    """Read the files of the plan.

    Acts of consent without a date are dated `now`, or when the same file was `first_seen`
    by its SHA-256: a file that comes again is no new act.

    Refuses a plan with something unclear in it, a file that changed since, and quotes
    that are not closed. Rows that cannot be taken are in the report.
    """
    _refuse_unclear(plan)
    told = progress or (lambda share, what: None)
    found = [_typed(plan, number, told) for number in range(len(plan.files))]
    built = {}
    seen = tuple(first_seen.get(file.detected.sha256, now) for file in plan.files)
    for place, kind in enumerate(_kinds(plan)):
        told(_READING + 0.4 * place / len(KINDS), f"making {kind}")
        built[kind] = _build(plan, kind, found, source, seen)
    told(1.0, "done")
    return _result(plan, found, built)


def _refuse_unclear(plan: ImportPlan) -> None:
    for file in plan.files:
        if file.unclear:
            raise DataError(f"{file.name}: {'; '.join(file.unclear)}.")


def _kinds(plan: ImportPlan) -> list[str]:
    present = {file.kind for file in plan.files}
    return [kind for kind in _BUILDERS if kind in present]


def _typed(plan: ImportPlan, number: int, told: Progress) -> Typed:
    file = plan.files[number]

    def reading(share: float) -> None:
        told(_READING * (number + 0.8 * share) / len(plan.files), f"reading {file.name}")

    return typed(plan, number, _raw(file, reading))


def _raw(file: FilePlan, reading: Callable[[float], None]) -> Raw:
    wanted = sorted({at for places in file.columns.values() for at in places})
    names = ("order_name", "order_id", "product_id", "handle")
    key = [at for name in names for at in file.columns.get(name, ())]
    raw = read(file.path, file.detected, file.header, wanted, key, reading)
    raw.uses = dict(Counter(at for places in file.columns.values() for at in places))
    return raw


def _build(
    plan: ImportPlan, kind: str, found: list[Typed], source: str, seen: tuple[datetime, ...]
) -> Built:
    files = {number: file for number, file in enumerate(plan.files) if file.kind == kind}
    rows = pa.concat_tables([found[n].rows for n in files], promote_options="default")
    wrong = [table for number in files for table in found[number].wrong]
    return _BUILDERS[kind](rows, wrong, Context(files, source, plan.currency, seen))


def _result(plan: ImportPlan, found: list[Typed], built: dict[str, Built]) -> FileImport:
    tables: dict[str, pa.Table] = {}
    if_new: dict[str, pa.Table] = {}
    for each in built.values():
        # What a customers or products file says comes before what orders mention.
        tables |= {name: table for name, table in each.tables.items() if name not in tables}
        if_new |= each.if_new
    notes = [note for each in found for note in each.notes]
    notes += [note for each in built.values() for note in each.notes]
    wrong = pa.concat_tables([each.wrong for each in built.values()])
    rows = sum(each.rows.num_rows + each.unreadable for each in found)
    return FileImport(tables, if_new, _whole(plan), _report(plan, rows, wrong, notes, tables))


def _whole(plan: ImportPlan) -> frozenset[str]:
    """Refunds, where every file of orders has them."""
    files = [file for file in plan.files if file.kind == ORDERS.name]
    told = all(_REFUNDS & set(file.columns) for file in files)
    return frozenset({"refunds"}) if files and told else frozenset()


def _report(
    plan: ImportPlan, rows: int, wrong: pa.Table, notes: list[Note], tables: dict[str, pa.Table]
) -> FileReport:
    refused_rows = wrong.select(["f", "line"]).group_by(["f", "line"]).aggregate([]).num_rows
    refused = wrong.select(["f", "line", "field", "value", "reason"]).to_pydict()
    named = {
        "file": [plan.files[f].name for f in refused["f"]],
        "line": refused["line"],
        "column": [
            None if name is None else plan.files[f].heading(name)
            for f, name in zip(refused["f"], refused["field"], strict=True)
        ],
        "value": refused["value"],
        "reason": refused["reason"],
    }
    return FileReport(
        rows - refused_rows,
        refused_rows,
        pa.table(named, schema=REFUSED),
        tuple(notes),
        {name: table.num_rows for name, table in tables.items()},
    )
