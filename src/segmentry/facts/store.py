"""The settings of one store that give its facts their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from segmentry.facts.orders import NET, OrderRules


@dataclass(frozen=True, slots=True)
class Store:
    """A store's zone (whose days count), its currency and its order rules."""

    zone: ZoneInfo
    currency: str
    order_rules: OrderRules = NET
