"""Where the addresses with coordinates are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import spread
from segmentry.facts.tables import ADDRESSES


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Whose each address is, in order, and which of the different places it is at: pairs of
    latitude and longitude in degrees."""

    owners: Whole
    which: Whole
    places: tuple[tuple[float, float], ...]

    def of(self, customers: Whole) -> Places:
        """The places of the addresses of some customers."""
        rows, owners = spread(self.owners, customers)
        used, which = np.unique(self.which[rows], return_inverse=True)
        return Places(owners, which, tuple(self.places[place] for place in used.tolist()))


def read_places(customers: Customers) -> Places:
    """The places of all addresses that have coordinates."""
    rows, owners = customers.belongings(ADDRESSES)
    columns = [rows.column(name) for name in ("latitude", "longitude")]
    known = pc.and_(*(column.is_valid() for column in columns))
    pairs = np.stack([column.filter(known).to_numpy() for column in columns], axis=1)
    places, which = np.unique(pairs, axis=0, return_inverse=True)
    pairs_of = tuple((latitude, longitude) for latitude, longitude in places.tolist())
    return Places(owners[np.asarray(known)], which.reshape(-1), pairs_of)
