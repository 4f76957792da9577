"""Signing in, and changing one's password: the ways to a new session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import delete
from sqlalchemy.orm import Session

from segmentry.access.attempts import Attempt, Attempts
from segmentry.access.audit import Audit
from segmentry.access.caller import Caller
from segmentry.access.passwords import Passwords, refuse_weak
from segmentry.access.random_text import hashed
from segmentry.access.second_factor import SecondFactors
from segmentry.access.sessions import NewSession, Sessions, SignedIn
from segmentry.access.store import Store
from segmentry.access.users import row_of
from segmentry.base.errors import AccessError, CodeNeeded, NotSignedIn
from segmentry.storage.access_tables import User, UserSession

_WRONG = "The e-mail address or the password is wrong."
_WRONG_CODE = "The code is wrong, or was used already."


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What somebody brings to sign in, from where and on what; `before` is the secret of a
    session that their browser still holds, which ends."""

    email: str
    password: str
    address: str
    code: str | None = None
    label: str = ""
    before: str | None = None


class SigningIn:
    """Lets users in, and tells nobody else why they are not."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        passwords: Passwords,
        sessions: Sessions,
        second_factors: SecondFactors,
    ) -> None:
        self._store = store
        self._audit = audit
        self._passwords = passwords
        self._sessions = sessions
        self._second_factors = second_factors
        self._attempts = Attempts(store)

    def sign_in(self, given: Credentials) -> NewSession:
        """Begin a session. A wrong address, a wrong password and a disabled user are refused in
        the same words after the same work; too many attempts with the seconds to wait."""
        attempt = self._attempts.begin(given.email, given.address)
        with self._store.reading() as session:
            user = row_of(session, given.email)
        right = self._passwords.verify(user.password if user else None, given.password)
        if user is None or not right or user.disabled_at:
            self._refuse(given, user)
        attempts = (attempt, *self._code_attempt(given, user))
        anew = self._hashed_anew(user, given.password)
        try:
            with self._store.writing() as session:
                return self._enter(session, given, user, attempts, anew)
        except NotSignedIn as error:
            self._refuse(given, user, str(error))

    def _code_attempt(self, given: Credentials, user: User) -> tuple[Attempt, ...]:
        if not self._second_factors.counts_for(user.id):
            return ()
        if not given.code:
            raise CodeNeeded
        return (self._attempts.begin_code(user.id),)

    def _hashed_anew(self, user: User, password: str) -> str | None:
        outdated = self._passwords.outdated(user.password)
        return self._passwords.hash(password) if outdated else None

    def _enter(
        self,
        session: Session,
        given: Credentials,
        known: User,
        attempts: tuple[Attempt, ...],
        anew: str | None,
    ) -> NewSession:
        """Begin the session, if the user is still who they were when the password was looked
        at."""
        user = session.get(User, known.id)
        if user is None or user.disabled_at or user.password != known.password:
            raise NotSignedIn(_WRONG)
        if not self._second_factors.take(session, user.id, given.code or ""):
            raise NotSignedIn(_WRONG_CODE)
        user.password = anew or user.password
        for attempt in attempts:
            self._attempts.succeeded(session, attempt)
        if given.before is not None:
            session.execute(delete(UserSession).where(UserSession.hash == hashed(given.before)))
        begun = self._sessions.begin(session, user, given.label, given.address)
        self._audit.add(
            session, begun.signed_in.caller, "session.begin", "session", begun.signed_in.session_id
        )
        return begun

    def _refuse(self, given: Credentials, user: User | None, said: str = _WRONG) -> NoReturn:
        """With the same entry in the log whether there is such a user or not."""
        whom = "" if user is None else user.id
        self._audit.note(Caller.nobody(given.address), "session.refuse", "user", whom)
        raise NotSignedIn(said)

    def change_password(
        self, signed_in: SignedIn, old: str, new: str, label: str = ""
    ) -> NewSession:
        """Change one's own password: all sessions end, and a new one begins here. Refuses a
        wrong old password, and a weak new one."""
        caller = signed_in.caller
        attempt = self._attempts.begin(caller.id, caller.address or "")
        with self._store.reading() as session:
            user = session.get(User, caller.id)
        if not self._passwords.verify(user.password if user else None, old) or user is None:
            raise AccessError("The present password is wrong.")
        refuse_weak(new, user.email, user.name)
        hash = self._passwords.hash(new)
        with self._store.writing() as session:
            row = session.get(User, user.id)
            if row is None or row.disabled_at or row.password != user.password:
                raise NotSignedIn
            row.password = hash
            self._attempts.succeeded(session, attempt)
            self._sessions.end_all(session, row.id)
            self._audit.add(session, caller, "user.password", "user", row.id)
            return self._sessions.begin(session, row, label, caller.address)
