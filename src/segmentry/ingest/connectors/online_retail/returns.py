"""Which order line each returned unit came from.

The file says what came back and for whom, not from which order. Units are set against
the latest earlier purchase of the same stock code at the same price, then at any price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import TypeAlias

    # Order lines by customer and stock code, earliest first.
    Purchases: TypeAlias = Mapping[tuple[str | None, str], Sequence["SoldLine"]]


@dataclass(slots=True)
class SoldLine:
    """An order line, and how many of its units have not come back yet."""

    order_id: str
    line_number: int
    at: datetime
    price: int
    units_left: int


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of a cancellation, its units as a positive number."""

    refund_id: str
    customer_id: str | None
    code: str
    product_id: str | None
    at: datetime
    price: int
    units: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Some units of a returned line and where they came from; none if no order fits."""

    returned: ReturnedLine
    sold: SoldLine | None
    units: int


def match_returns(returned: Iterable[ReturnedLine], purchases: Purchases) -> Iterator[Refund]:
    """Every returned unit exactly once. Uses up `units_left` of the purchases.

    `returned` must come in the order in which lines may claim units. Lines without a
    customer fit no order, whatever `purchases` hold.
    """
    for line in returned:
        known = line.customer_id is not None
        sold = purchases.get((line.customer_id, line.code), ()) if known else ()
        yield from _match(line, sold)


def _match(line: ReturnedLine, sold: Sequence[SoldLine]) -> Iterator[Refund]:
    wanted = line.units
    for candidate in _candidates(line, sold):
        units = min(wanted, candidate.units_left)
        if units:
            candidate.units_left -= units
            wanted -= units
            yield Refund(line, candidate, units)
    if wanted:
        yield Refund(line, None, wanted)


def _candidates(line: ReturnedLine, sold: Sequence[SoldLine]) -> Iterator[SoldLine]:
    """Strictly earlier purchases: those at the price given back first, the latest first."""
    earlier = [purchase for purchase in reversed(sold) if purchase.at < line.at]
    yield from (purchase for purchase in earlier if purchase.price == line.price)
    yield from (purchase for purchase in earlier if purchase.price != line.price)
