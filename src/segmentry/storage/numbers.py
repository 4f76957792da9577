"""Sets of customers in `app.sqlite`: each customer has a number, a set is a bitmap of them.

Numbers are given once and in order, so a set is small and two are compared fast; that a
customer is erased takes the id from the number and changes no set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyroaring import BitMap
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from segmentry.storage.app_db import CustomerNumber
from segmentry.storage.segment_changes import note_change

_AT_ONCE = 10_000
"""How many customers one statement names; SQLite takes 32,766. For more all are read."""


def numbers_of(session: Session, customers: Iterable[str]) -> BitMap:
    """The numbers of customers, by the keys that engines know them by; new ones get one."""
    return BitMap(numbered(session, customers).values())


def numbered(session: Session, customers: Iterable[str]) -> dict[str, int]:
    """The same, each with the customer whose it is."""
    wanted = list(dict.fromkeys(customers))
    known = known_numbers(session, wanted)
    if missing := [each for each in wanted if each not in known]:
        rows = [{"customer_id": each} for each in missing]
        session.connection().execute(insert(CustomerNumber), rows)
        known |= known_numbers(session, missing)
    return known


def known_numbers(session: Session, customers: Sequence[str]) -> dict[str, int]:
    """The numbers of those customers who have one."""
    if len(customers) > _AT_ONCE:
        every = all_numbers(session)
        return {each: every[each] for each in customers if each in every}
    rows = select(CustomerNumber.customer_id, CustomerNumber.number)
    found = session.connection().execute(rows.where(CustomerNumber.customer_id.in_(customers)))
    return {each: number for each, number in found if each is not None}


def all_numbers(session: Session) -> dict[str, int]:
    """The number of every customer who has one."""
    rows = select(CustomerNumber.customer_id, CustomerNumber.number)
    found = session.connection().execute(rows)
    return {each: number for each, number in found if each is not None}


def customers_of(session: Session, numbers: BitMap) -> list[str]:
    """The keys of the customers in a set, in the order of their numbers, without erased ones."""
    return list(customers_by_number(session, numbers).values())


def customers_by_number(session: Session, numbers: BitMap) -> dict[int, str]:
    """The keys of the customers in a set, erased ones left out."""
    rows = select(CustomerNumber.number, CustomerNumber.customer_id)
    if len(numbers) <= _AT_ONCE:
        rows = rows.where(CustomerNumber.number.in_(list(numbers)))
    found = session.connection().execute(rows.order_by(CustomerNumber.number))
    return {number: each for number, each in found if each is not None and number in numbers}


def forget(session: Session, customers: Iterable[str]) -> None:
    """Take the ids of erased customers from their numbers; lists of segments lose them."""
    note_change(session)
    for some in _batches(list(customers)):
        gone = update(CustomerNumber).where(CustomerNumber.customer_id.in_(some))
        session.execute(gone.values(customer_id=None))


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
