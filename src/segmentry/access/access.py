"""All of access in one place, as a workspace has it. It works on `app.sqlite` alone, from any
thread and beside a server, and remembers nothing that another process may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import Parameters
from sqlalchemy import Engine

from segmentry.access.audit import Audit
from segmentry.access.idempotency import Idempotency
from segmentry.access.key_file import KeyFile, key_place
from segmentry.access.keys import Keys
from segmentry.access.passwords import Passwords
from segmentry.access.second_factor import SecondFactors
from segmentry.access.secrets import Secrets
from segmentry.access.sessions import Sessions
from segmentry.access.setup import Setup
from segmentry.access.signing_in import SigningIn
from segmentry.access.store import Store
from segmentry.access.tokens import Tokens
from segmentry.access.users import Users
from segmentry.base.clock import Clock, system_clock
from segmentry.storage.folder import open_system_of_record


class Access:
    """The parts, each for one thing."""

    def __init__(
        self,
        app: Engine,
        folder: Path | None,
        clock: Clock,
        hashing: Parameters | None = None,
        keys: Keys | None = None,
    ) -> None:
        self.keys = keys or Keys(app, KeyFile(key_place(folder)))
        store = Store(app, self.keys, clock)
        passwords = Passwords(hashing)
        self.audit = audit = Audit(store)
        self.secrets = Secrets(store, audit)
        self.sessions = Sessions(store, audit)
        self.users = Users(store, audit, passwords, self.sessions)
        self.second_factors = SecondFactors(store, audit, self.secrets)
        self.signing_in = SigningIn(store, audit, passwords, self.sessions, self.second_factors)
        self.setup = Setup(store, audit, self.users, self.sessions)
        self.tokens = Tokens(store, audit)
        self.idempotency = Idempotency(store)


@contextmanager
def open_access(
    folder: Path, clock: Clock = system_clock, hashing: Parameters | None = None
) -> Iterator[Access]:
    """The access of a workspace in a folder, while another process may serve it."""
    with open_system_of_record(folder) as app:
        yield Access(app, folder, clock, hashing)
