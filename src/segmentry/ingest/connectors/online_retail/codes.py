"""What a stock code stands for: goods, carriage, a discount, or no sale at all."""

from __future__ import annotations

from segmentry.ingest.connectors.online_retail import report

_SHIPPING = frozenset({"POST", "DOT", "C2"})
_DISCOUNT = "D"
_GIFT_CARD_PREFIX = "GIFT_0001_"
_NO_SALE = {
    "B": report.BAD_DEBT,
    "S": report.SAMPLES,
    "CRUK": report.CHARITY,
    "AMAZONFEE": report.AMAZON_FEES,
    "BANK CHARGES": report.BANK_CHARGES,
}
_NO_SALE_PREFIXES = {"ADJUST": report.ADJUSTMENTS, "TEST": report.TEST_PRODUCTS}


def stock_code(written: str) -> str:
    """The code as it is compared: the file writes some with other case or blanks."""
    return written.strip().upper()


def kind_of(code: str) -> str:
    """The kind of order line that a stock code makes."""
    if code in _SHIPPING:
        return "SHIPPING"
    if code == _DISCOUNT:
        return "DISCOUNT"
    return "GIFT_CARD" if code.startswith(_GIFT_CARD_PREFIX) else "PRODUCT"


def is_goods(code: str) -> bool:
    """Whether the code is something the store sells, so that it is a product."""
    return kind_of(code) in ("PRODUCT", "GIFT_CARD")


def no_sale(code: str) -> report.Reason | None:
    """Why lines with this code are no sale; none for goods, carriage and discounts."""
    for prefix, reason in _NO_SALE_PREFIXES.items():
        if code.startswith(prefix):
            return reason
    return _NO_SALE.get(code)
