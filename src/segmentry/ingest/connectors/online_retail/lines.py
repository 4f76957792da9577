"""Raw lines -> lines with keys, kinds, exact amounts, UTC moments and a fate.

Knows what single lines mean. Orders, refunds and the rest are put together in `mapping`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.money import money_of
from segmentry.ingest.connectors.online_retail.codes import is_goods, kind_of, no_sale, stock_code
from segmentry.ingest.connectors.online_retail.countries import country_code
from segmentry.ingest.connectors.online_retail.report import (
    CANCELLATION_OF_NOTHING,
    IN_BOTH_SHEETS,
    LEFT_OUT,
    NEGATIVE_PRICE,
    STOCK_WRITTEN_OFF,
    Reason,
)
from segmentry.ingest.connectors.online_retail.source import RAW_SCHEMA, SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

KEPT = 0
"""The fate of a line that is taken; any other fate n is LEFT_OUT[n - 1]."""

_LONDON = ZoneInfo("Europe/London")
# Moments stay without a zone, in UTC, until the tables are made: the engine must not
# have a say in what they mean.
_UTC_MOMENT = pa.timestamp("us")


def key(written: object) -> str:
    """The key of something the file calls `written`."""
    return f"{SOURCE}:{written}"


def understand(raw: pa.Table) -> pa.Table:
    """One row a raw line, in the order of the file.

    `line_number` counts the kept lines of an order from 1; on other lines it says nothing.
    """
    raw = raw.select(RAW_SCHEMA.names).cast(RAW_SCHEMA)
    invoices, codes = _distinct(raw["Invoice"]), _distinct(raw["StockCode"], stock_code)
    is_refund = _each(invoices, lambda invoice: invoice.startswith("C"), pa.bool_())
    quantity = raw["Quantity"].combine_chunks().cast(pa.int64())
    price = _each(_distinct(raw["Price"]), money_of, pa.int64())
    fate = _fates(
        _Facts(
            invoice=invoices.indices.to_numpy(),
            sheet=raw["sheet"].to_numpy(),
            no_sale=_each(codes, lambda code: _fate(no_sale(code)), pa.int8()).to_numpy(),
            is_refund=is_refund.to_numpy(zero_copy_only=False),
            quantity=quantity.to_numpy(),
            price=price.to_numpy(),
        )
    )
    return pa.table(
        {
            "position": np.arange(raw.num_rows),
            "invoice": _text(invoices, key),
            "line_number": _line_numbers(invoices.indices.to_numpy(), fate == KEPT),
            "is_refund": is_refund,
            "fate": fate,
            "code": codes,
            "kind": _text(codes, kind_of),
            "product_id": _text(codes, _product_key),
            "title": _text(_distinct(raw["Description"]), _title),
            "quantity": quantity,
            "price": price,
            "amount": pc.multiply_checked(quantity, price),
            "moment": _each(_distinct(raw["InvoiceDate"]), _to_utc, _UTC_MOMENT),
            "customer_id": _text(_distinct(raw["Customer ID"]), key),
            "country": _text(_distinct(raw["Country"]), country_code),
        }
    )


def _distinct(
    column: pa.ChunkedArray, meaning: Callable[..., str] | None = None
) -> pa.DictionaryArray:
    """The column's distinct values, and which of them each line has."""
    encoded = column.unify_dictionaries().combine_chunks().dictionary_encode()
    return _text(encoded, meaning) if meaning else encoded


def _text(column: pa.DictionaryArray, meaning: Callable[..., str | None]) -> pa.DictionaryArray:
    """What each line's value means, as text, asked once for every distinct value."""
    meanings = pa.array([meaning(value) for value in column.dictionary.to_pylist()], pa.string())
    return pa.DictionaryArray.from_arrays(column.indices, meanings)


def _each(
    column: pa.DictionaryArray, meaning: Callable[..., object], type_: pa.DataType
) -> pa.Array:
    """What each line's value means, asked once for every distinct value."""
    meanings = pa.array([meaning(value) for value in column.dictionary.to_pylist()], type_)
    return meanings.take(column.indices)


def _to_utc(london: datetime) -> datetime:
    return london.replace(tzinfo=_LONDON).astimezone(UTC).replace(tzinfo=None)


def _product_key(code: str) -> str | None:
    return key(code) if is_goods(code) else None


def _title(description: str) -> str | None:
    return description.strip() or None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What decides the fate of a line, a column each."""

    invoice: npt.NDArray[np.int32]
    sheet: npt.NDArray[np.int8]
    no_sale: npt.NDArray[np.int8]
    is_refund: npt.NDArray[np.bool_]
    quantity: npt.NDArray[np.int64]
    price: npt.NDArray[np.int64]


def _fates(of: _Facts) -> npt.NDArray[np.int8]:
    """For every line KEPT, or which reason of LEFT_OUT comes first."""
    fates = np.full(len(of.quantity), KEPT, np.int8)
    # From the last reason to the first, so that the first one stands.
    fates[~of.is_refund & (of.quantity < 0)] = _fate(STOCK_WRITTEN_OFF)
    fates[of.is_refund & (of.quantity >= 0)] = _fate(CANCELLATION_OF_NOTHING)
    fates = np.where(of.no_sale == KEPT, fates, of.no_sale)
    fates[of.price < 0] = _fate(NEGATIVE_PRICE)
    fates[_second_copies(of.invoice, of.sheet)] = _fate(IN_BOTH_SHEETS)
    return fates


def _fate(reason: Reason | None) -> int:
    return KEPT if reason is None else LEFT_OUT.index(reason) + 1


def _second_copies(
    invoice: npt.NDArray[np.int32], sheet: npt.NDArray[np.int8]
) -> npt.NDArray[np.bool_]:
    """Lines of an invoice that an earlier sheet has too.

    Lines repeated inside one sheet are no copies: people buy the same thing twice.
    """
    first = np.full(invoice.max(initial=-1) + 1, np.iinfo(np.int8).max, np.int8)
    np.minimum.at(first, invoice, sheet)
    later: npt.NDArray[np.bool_] = sheet > first[invoice]
    return later


def _line_numbers(
    invoice: npt.NDArray[np.int32], counted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """For every counted line its number in the invoice, from 1 in the order of the file."""
    lines = np.flatnonzero(counted)
    by_invoice = lines[np.argsort(invoice[lines], kind="stable")]
    grouped = invoice[by_invoice]
    starts = np.flatnonzero(np.diff(grouped, prepend=-1))
    sizes = np.diff(starts, append=len(grouped))
    numbers = np.zeros(len(invoice), np.int64)
    numbers[by_invoice] = np.arange(len(grouped)) - np.repeat(starts, sizes) + 1
    return numbers
