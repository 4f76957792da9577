"""Values that a customer's own rows give: profile, addresses, tags.

What has no moment is the same at every moment, and is read once.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live import reading
from segmentry.engines.live.anniversaries import month_days
from segmentry.engines.live.columns import Column, Dates, Lists, Numbers
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.tables import ADDRESSES, COMPANIES, CUSTOMER_TAGS, Table

Value = Callable[[Snapshot, StoreDay], Column]


def lasting(name: str, read: Callable[[StoreColumns], Column]) -> Value:
    """A value without a moment, read once under a name."""
    return lambda now, day: now.columns.kept(name, read)


def text(name: str) -> Value:
    """A column of texts of the profile."""
    return lambda now, day: now.customers.coded(name)


def first_known(now: Snapshot, day: StoreDay) -> Column:
    return now.columns.first_known


def email_domain(columns: StoreColumns) -> Column:
    """What stands behind the @ of the address."""
    keys = columns.customers.coded("email_key")
    domains = [key.rpartition("@")[2] for key in keys.words.values]
    return keys.replaced(domains)


def source(columns: StoreColumns) -> Column:
    """What stands before the colon of the customer's id."""
    keys = pc.list_element(pc.split_pattern(columns.customers.keys.texts, ":", max_splits=1), 0)
    return columns.customers.listed(
        np.arange(columns.customers.size), reading.coded(pa.chunked_array([keys]))
    )


def birth_date(columns: StoreColumns) -> Dates:
    return columns.customers.dates("birth_date")


def income(columns: StoreColumns) -> Column:
    return columns.customers.numbers("income")


# -- age --------------------------------------------------------------------------------


def age(now: Snapshot, day: StoreDay) -> Column:
    """Whole years since the birth date, or else the age as imported."""
    born = now.columns.kept("birth_date", birth_date)
    imported = now.columns.kept("age", lambda columns: columns.customers.numbers("age"))
    assert isinstance(born, Dates)
    assert isinstance(imported, Numbers)
    years = np.where(born.known, _years(born, day.date), imported.top)
    return Numbers(years, born.known | imported.known)


def _years(born: Dates, today: date) -> Whole:
    """Someone born on 29 February turns a year older on 28 February in common years."""
    year = born.at.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    birthday = month_days(born.at)
    if not isleap(today.year):
        birthday[birthday == 229] = 228
    return np.asarray(today.year - year - (today.month * 100 + today.day < birthday))


# -- lists ------------------------------------------------------------------------------


def listed(table: Table, column: str) -> Callable[[StoreColumns], Column]:
    """What a table has of each customer."""
    return lambda columns: columns.customers.lists(table, column)


tags = listed(CUSTOMER_TAGS, "tag")
companies = listed(COMPANIES, "company_id")


def places(column: str) -> Callable[[StoreColumns], Column]:
    """What the current addresses say, where they say something."""

    def read(columns: StoreColumns) -> Lists:
        rows, owners = columns.customers.owned(ADDRESSES)
        values = reading.coded(reading.not_empty(rows.column(column)))
        return columns.customers.listed(owners, values)

    return read


def cities(columns: StoreColumns) -> Column:
    """Region, which has the country before it, and name, spaces removed."""
    rows, owners = columns.customers.owned(ADDRESSES)
    city = reading.coded(reading.not_empty(rows.column("city")))
    names = [*("".join(name.split()) for name in city.words.values), None]
    region = reading.not_empty(rows.column("region"))
    city_names = pa.array(names, pa.string()).take(pa.array(city.codes % len(names)))
    place = pc.binary_join_element_wise(region, city_names, "-")
    return columns.customers.listed(owners, reading.coded(place))
