"""What customers spent and bought, worked out row by row from the canonical tables.

Written for stores with the net order rules, without the engines.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import segmentry as sg

Row = dict[str, Any]
_COLUMNS = (
    *("order_id", "line_number", "product_id", "quantity"),
    *("refunded_at", "amount", "kind", "sku"),
)
"""Of refunds and lines."""


@dataclass
class Bought:
    """What one customer did by a moment."""

    spent: int = 0
    ordered_at: list[datetime] = field(default_factory=list)
    products: set[str] = field(default_factory=set)


def plain_purchases(workspace: sg.Workspace, as_of: datetime) -> dict[str, Bought]:
    """What each customer with a counting order spent and bought, by the key of the customer."""
    refunds, lines = _by_order(workspace, "refunds"), _by_order(workspace, "order_lines")
    skus = sorted(
        (row["sku"], row["product_id"]) for row in workspace.facts("product_skus").to_pylist()
    )
    product_of = dict(skus)
    found: dict[str, Bought] = defaultdict(Bought)
    for order in workspace.facts("orders").to_pylist():
        at = order["ordered_at"]
        if order["customer_id"] is None or not order["placed"] or at > as_of:
            continue
        own = refunds[order["order_id"]]
        back = [r for r in own if max(r["refunded_at"] or at, at) <= as_of]
        if _counts(order, own, as_of):
            bought = found[order["customer_id"]]
            bought.ordered_at.append(at)
            bought.spent += max(0, (order["paid"] or 0) - sum(r["amount"] for r in back))
            bought.products |= _kept(lines[order["order_id"]], back, product_of)
    return found


def _by_order(workspace: sg.Workspace, table: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    rows = workspace.facts(table)
    for row in rows.select([name for name in _COLUMNS if name in rows.schema.names]).to_pylist():
        found[row["order_id"]].append(row)
    return found


def _counts(order: Row, refunds: list[Row], as_of: datetime) -> bool:
    cancelled = order["cancelled_at"]
    if cancelled is not None and cancelled <= as_of:
        return False
    if order["state"] in ("VOIDED", "UNKNOWN"):
        return False
    if order["state"] == "CANCELLED":
        return cancelled is not None
    if order["state"] == "REFUNDED":
        at = order["ordered_at"]
        last = max((max(r["refunded_at"] or at, at) for r in refunds), default=at)
        return bool((order["refunded_at"] or last) > as_of)
    return True


def _kept(lines: list[Row], back: list[Row], product_of: dict[str, str]) -> set[str]:
    """The products of which at least one unit was kept."""
    units: dict[str, int] = defaultdict(int)
    numbers: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        product = line["product_id"] or product_of.get(line["sku"] or "")
        if product and line["kind"] in ("PRODUCT", "GIFT_CARD"):
            units[product] += line["quantity"]
            numbers[product].add(line["line_number"])
    for refund in back:
        for product in units:
            of_line = refund["line_number"] in numbers[product]
            whole = refund["line_number"] is None and refund["product_id"] == product
            if of_line or whole:
                units[product] -= refund["quantity"] or 0
    return {product for product, left in units.items() if left > 0}
