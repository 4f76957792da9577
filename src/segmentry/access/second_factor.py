"""The second factor: codes that change every half minute (TOTP, RFC 6238), each taken once,
and recovery codes for who lost the device."""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from secrets import token_bytes
from urllib.parse import quote, urlencode

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.random_text import hashed, new_id
from segmentry.access.secrets import Secrets
from segmentry.access.store import Store
from segmentry.base.errors import AccessError, NotAllowed, NotFoundError
from segmentry.storage.access_tables import RecoveryCode, SecondFactor, User

STEP, DIGITS, AROUND = 30, 6, 1
"""Seconds of a step, digits of a code, and how many steps a device's clock may be wrong."""
RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device has to be told, as text and as the address that a picture shows it."""

    secret: str
    uri: str


class SecondFactors:
    """Sets up second factors and takes their codes."""

    def __init__(self, store: Store, audit: Audit, secrets: Secrets) -> None:
        self._store = store
        self._audit = audit
        self._secrets = secrets

    def begin(self, caller: Caller) -> Enrolment:
        """Give the user who is signed in a new secret; it counts once `confirm` has had a code.
        Refuses where one counts already, and where secrets cannot be kept."""
        user_id = _own(caller)
        secret = token_bytes(20)
        with self._store.writing() as session:
            user, row = session.get_one(User, user_id), session.get(SecondFactor, user_id)
            if row is not None and row.confirmed_at is not None:
                raise AccessError("There is a second factor already. End it first.")
            if row is None:
                session.add(SecondFactor(user_id=user_id, step=0))
            self._secrets.put(session, _name(user_id), secret)
        return _enrolment(secret, user.email)

    def confirm(self, caller: Caller, code: str) -> tuple[str, ...]:
        """Have the second factor count, as a first code shows that the device has it; returns
        the recovery codes, which are told this once. Refuses a wrong code."""
        user_id = _own(caller)
        with self._store.writing() as session:
            row = session.get(SecondFactor, user_id)
            if row is None or row.confirmed_at is not None:
                raise AccessError("There is no second factor to confirm. Begin with a new one.")
            if not self._is_code(session, row, code):
                raise AccessError("The code is wrong. Take the next one the device shows.")
            row.confirmed_at = self._store.now
            codes = tuple(new_id() for _ in range(RECOVERY_CODES))
            session.add_all(RecoveryCode(hash=hashed(each), user_id=user_id) for each in codes)
            self._audit.add(session, caller, "second_factor.add", "user", user_id)
        return codes

    def end(self, caller: Caller, user_id: str) -> None:
        """Sign a user in without a second factor again; one's own, or with users:admin that of
        somebody who lost the device and the recovery codes."""
        if caller.kind != "user" or caller.user_id != user_id:
            caller.require("users:admin")
        with self._store.writing() as session:
            row = session.get(SecondFactor, user_id)
            if row is None:
                raise NotFoundError("There is no second factor.")
            session.delete(row)
            session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
            self._secrets.drop(session, _name(user_id))
            self._audit.add(session, caller, "second_factor.remove", "user", user_id)

    def counts_for(self, user_id: str) -> bool:
        """Whether a user has to bring a code."""
        with self._store.reading() as session:
            row = session.get(SecondFactor, user_id)
        return row is not None and row.confirmed_at is not None

    def recovery_codes_left(self, user_id: str) -> int:
        """How many recovery codes a user has not used."""
        count = select(func.count()).where(RecoveryCode.user_id == user_id)
        with self._store.reading() as session:
            return session.scalar(count) or 0

    def take(self, session: Session, user_id: str, code: str) -> bool:
        """Whether a code is right, in a transaction; a right one is taken this once."""
        row = session.get(SecondFactor, user_id, with_for_update=True)
        if row is None or row.confirmed_at is None:
            return True
        recovery = session.get(RecoveryCode, hashed(code.strip().lower()))
        if recovery is not None and recovery.user_id == user_id:
            session.delete(recovery)
            return True
        return self._is_code(session, row, code)

    def _is_code(self, session: Session, row: SecondFactor, code: str) -> bool:
        given = "".join(code.split())
        if len(given) != DIGITS or not given.isascii() or not given.isdigit():
            return False
        secret = self._secrets.read(session, _name(row.user_id))
        step = _fitting_step(secret, given, self._store.now)
        if step is None or step <= row.step:
            return False
        row.step = step
        return True


def code_at(secret: bytes, step: int) -> str:
    """The code of a step (RFC 6238, RFC 4226)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), sha1).digest()
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def _fitting_step(secret: bytes, code: str, now: datetime) -> int | None:
    present = int(now.timestamp()) // STEP
    steps = range(present - AROUND, present + AROUND + 1)
    fitting = [each for each in steps if hmac.compare_digest(code_at(secret, each), code)]
    return fitting[0] if fitting else None


def _enrolment(secret: bytes, email: str) -> Enrolment:
    text = b32encode(secret).decode("ascii")
    asked = urlencode({"secret": text, "issuer": "Segmentry"})
    return Enrolment(text, f"otpauth://totp/Segmentry:{quote(email)}?{asked}")


def _own(caller: Caller) -> str:
    if caller.kind != "user" or caller.user_id is None:
        raise NotAllowed("Only who is signed in can set up a second factor.")
    return caller.user_id


def _name(user_id: str) -> str:
    return f"second factor {user_id}"
