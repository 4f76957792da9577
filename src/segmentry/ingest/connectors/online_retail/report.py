"""What became of every line that is not simply an order line or a matched refund."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Reason:
    """Why lines were taken once, left out or set apart."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """How many lines on how many invoices have one reason in common.

    `money` is the sum of quantity times price as written, in ten-thousandths.
    """

    what: str
    lines: int
    invoices: int
    money: int
    why: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every line read is in exactly one of `lines_kept` and `left_out`.

    `noted` tells of lines that were kept and yet belong to no customer or no order.
    """

    lines_read: int
    lines_kept: int
    left_out: tuple[ReportRow, ...]
    noted: tuple[ReportRow, ...]

    def as_dict(self, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
        """The report as it is kept with the import, with how much there is of each."""
        refunds = tables["refunds"].column("refund_id")
        return asdict(self) | {
            "customers": tables["customers"].num_rows,
            "orders": tables["orders"].num_rows,
            "refunds": len(refunds.unique()),
            "products": tables["products"].num_rows,
        }


IN_BOTH_SHEETS = Reason(
    "invoices in both sheets",
    "The sheets overlap in December 2010. Such an invoice is taken once, from the first sheet.",
)
NEGATIVE_PRICE = Reason("negative prices", "A correction in the books, such as a bad debt.")
STOCK_WRITTEN_OFF = Reason(
    "stock written off",
    "Negative quantities outside a cancellation: goods lost or damaged, nothing was sold.",
)
CANCELLATION_OF_NOTHING = Reason(
    "cancellations without returned units",
    "A line of a cancellation gives units back; this one does not.",
)
BAD_DEBT = Reason("bad debt", "Stock code B is a correction in the books.")
SAMPLES = Reason("samples", "Stock code S is goods given away, not sold.")
CHARITY = Reason("charity commission", "Stock code CRUK is paid to a charity, not by customers.")
AMAZON_FEES = Reason("Amazon fees", "Stock code AMAZONFEE is paid to the marketplace.")
BANK_CHARGES = Reason("bank charges", "Stock code BANK CHARGES is paid to the bank.")
ADJUSTMENTS = Reason("adjustments", "Stock codes that begin with ADJUST correct the books.")
TEST_PRODUCTS = Reason("test products", "Stock codes that begin with TEST are trials.")

LEFT_OUT = (
    IN_BOTH_SHEETS,
    NEGATIVE_PRICE,
    BAD_DEBT,
    SAMPLES,
    CHARITY,
    AMAZON_FEES,
    BANK_CHARGES,
    ADJUSTMENTS,
    TEST_PRODUCTS,
    CANCELLATION_OF_NOTHING,
    STOCK_WRITTEN_OFF,
)
"""The reasons to leave a line out. The first that applies is the one reported."""

ORDERS_OF_NOBODY = Reason(
    "orders without a customer", "The file names no customer; the orders are kept, unassigned."
)
REFUNDS_TO_NOBODY = Reason(
    "refunds without a customer", "The file names no customer, so no order is lowered."
)
REFUNDS_OF_NOTHING = Reason(
    "refunds that fit no order",
    "The customer had bought no more units of it before, so no order is lowered.",
)
