"""Sets of customers as packed bits, one bit an ordinal, eight to a byte.

The bits after the last customer are never set.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.live.exact import Mask

Bits: TypeAlias = NDArray[np.uint8]
"""A set of customers."""


def packed(mask: Mask) -> Bits:
    """The customers for whom a mask is true."""
    return np.packbits(mask)


def unpacked(bits: Bits, size: int) -> Mask:
    """One truth a customer, of whom there are `size`."""
    return np.unpackbits(bits, count=size).view(np.bool_)


def replaced(bits: Bits, customers: NDArray[np.int64], inside: Mask) -> Bits:
    """The set after it was found anew which of some customers are in it."""
    found = bits.copy()
    byte, bit = customers >> 3, (128 >> (customers & 7)).astype(np.uint8)
    np.bitwise_and.at(found, byte, ~bit)
    np.bitwise_or.at(found, byte[inside], bit[inside])
    return found


def count(bits: Bits) -> int:
    """How many customers are in the set."""
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def intersection(everybody: Bits, parts: Iterable[Bits]) -> Bits:
    """The customers in every part; everybody where there is none."""
    return reduce(np.bitwise_and, parts, everybody)


def union(everybody: Bits, parts: Iterable[Bits]) -> Bits:
    """The customers in at least one part; nobody where there is none."""
    return reduce(np.bitwise_or, parts, np.zeros_like(everybody))
