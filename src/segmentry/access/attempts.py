"""Slows down whoever tries passwords: each account from each address by itself, so that nobody
else, its owner least of all, has to wait for what a stranger does elsewhere.

An attempt counts from when it begins, so many at once gain nothing, and is forgotten if it
succeeds. What is counted is an account that there is or not alike.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from secrets import token_bytes

from sqlalchemy import delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from segmentry.access.store import Store
from segmentry.base.errors import BusyError
from segmentry.base.text import email_key, text_key
from segmentry.storage.access_tables import SignInAttempt

WINDOW = timedelta(hours=1)
"""Attempts of longer ago do not count."""
FREE_OF_ACCOUNT, FREE_OF_ADDRESS, FREE_OF_CODE = 5, 50, 10
"""So many attempts within the window may follow each other at once: on one account from one
address, on all accounts from one address, and at the second factor of one account."""
LONGEST_WAIT = 900
"""Each further one has to wait twice as many seconds as the last, up to these."""
_MOST_OF_TEXT = 320
_NO_ADDRESS = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was let through to be tried."""

    counted: str


class Attempts:
    """Counts attempts and says who has to wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._for_now = token_bytes(32)

    def begin(self, email: str, address: str) -> Attempt:
        """Let an attempt to sign in through. Refuses where it comes too soon after many
        others, saying for how many seconds."""
        account, place = _account(email), _place(address)
        return self._begin(f"password {account} {place}", place, FREE_OF_ACCOUNT)

    def begin_code(self, user_id: str) -> Attempt:
        """Let an attempt at a second factor through. Counted for all addresses together: who
        gets here knows the password."""
        return self._begin(f"code {user_id}", _NO_ADDRESS, FREE_OF_CODE)

    def succeeded(self, session: Session, attempt: Attempt) -> None:
        """Forget the attempts that led to a success, in its transaction."""
        session.execute(delete(SignInAttempt).where(SignInAttempt.counted == attempt.counted))

    def _begin(self, counted: str, place: str, free: int) -> Attempt:
        with self._store.writing() as session:
            row = SignInAttempt(
                counted=self._hidden(counted),
                address=self._hidden(place) if place else _NO_ADDRESS,
                at=self._store.now,
            )
            session.execute(delete(SignInAttempt).where(SignInAttempt.at <= row.at - WINDOW))
            wait = _wait(session, SignInAttempt.counted, row.counted, free, row.at)
            if place:
                of_address = FREE_OF_ADDRESS
                more = _wait(session, SignInAttempt.address, row.address, of_address, row.at)
                wait = max(wait, more)
            if wait <= 0:
                session.add(row)
        if wait > 0:
            raise BusyError("Too many attempts to sign in. Wait, then try again.", retry_after=wait)
        return Attempt(row.counted)

    def _hidden(self, text: str) -> str:
        """Without a key file addresses are hidden with a key of this process alone."""
        key = self._store.keys.find("attempts") or self._for_now
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _wait(
    session: Session, column: InstrumentedAttribute[str], value: str, free: int, now: datetime
) -> int:
    """For how many seconds the next attempt has to wait."""
    counts = select(func.count(), func.max(SignInAttempt.at)).where(column == value)
    count, last = session.execute(counts).one()
    if count < free:
        return 0
    pause = min(2 ** min(count - free, 20), LONGEST_WAIT)
    return ceil((last + timedelta(seconds=pause) - now).total_seconds())


def _account(email: str) -> str:
    short = email[:_MOST_OF_TEXT]
    return email_key(short) or text_key(short)


def _place(address: str) -> str:
    """Where somebody is: an address, or the network that one customer of a provider has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_MOST_OF_TEXT]
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
