"""The audit log: what it tells, and that nobody alters it unseen (API-19)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from segmentry.access import Access, Caller
from segmentry.access.audit import EntriesWanted
from segmentry.access.chain import BEGINNING, entry_hash
from segmentry.base.errors import AccessError
from segmentry.storage.access_tables import AuditEntry, AuditHead

from .conftest import HERE, OPERATOR, THERE, Clock, add, opened, sign_in

LOG = "audit_entries"


@pytest.fixture
def log(access: Access, clock: Clock) -> Access:
    """Six entries, a minute apart."""
    for number in range(1, 7):
        access.audit.note(OPERATOR, "segment.add", "segment", str(number), {"n": number})
        clock.go_on(minutes=1)
    return access


def test_an_entry_tells_who_did_what_to_what(access: Access, admin: Caller, clock: Clock) -> None:
    """A user, a program and its user, whoever runs commands, with when and whereabouts."""
    token = access.tokens.add(admin, "T", ["segments:write"])
    program = access.tokens.find(token.text, THERE)
    clock.go_on(minutes=1)
    access.audit.note(program, "segment.edit", "segment", "7", {"fields": ["name"], "version": 2})
    access.audit.note(OPERATOR, "segment.delete", "segment", "7")
    latest, before, *_ = access.audit.entries()
    assert (latest.who_kind, latest.who, latest.user_id) == ("command", "operator", None)
    assert (before.who_kind, before.who) == ("token", token.token.id)
    assert (before.user_id, before.at) == (admin.id, clock.now)
    assert (before.verb, before.object_kind, before.object_id) == ("segment.edit", "segment", "7")
    assert before.details == {"fields": ["name"], "version": 2}
    assert before.address is not None
    assert latest.address is None


def test_entries_are_found(log: Access) -> None:
    """By number, verb, object and user; the latest first, a page at a time."""

    def numbers(wanted: EntriesWanted) -> list[int]:
        return [entry.number for entry in log.audit.entries(wanted)]

    log.audit.note(OPERATOR, "segmented", "segment", "3")
    assert numbers(EntriesWanted(limit=2)) == [7, 6]
    assert numbers(EntriesWanted(limit=2, before=6)) == [5, 4]
    assert numbers(EntriesWanted(verb="segment.")) == [6, 5, 4, 3, 2, 1]
    assert numbers(EntriesWanted(verb="segment")) == []
    assert numbers(EntriesWanted(object_id="3")) == [7, 3]
    assert numbers(EntriesWanted(user_id="x")) == []


def test_every_change_of_access_is_in_the_log(access: Access, admin: Caller) -> None:
    """In the transaction that makes it, without names, addresses or secrets of anybody."""
    bob = add(access, admin, "bob", "viewer")
    access.users.rename(admin, bob.id, "Robert")
    access.users.set_role(admin, bob.id, "marketer")
    access.users.set_password(admin, bob.id, "another tall grass")
    signed_in = sign_in(access, "bob", "another tall grass")
    access.sessions.end(signed_in.secret)
    access.sessions.end_every(admin, bob.id)
    token = access.tokens.add(admin, "Nightly", ["jobs:read"])
    access.tokens.revoke(admin, token.token.id)
    access.users.disable(admin, bob.id)
    access.users.enable(admin, bob.id)
    access.users.remove(admin, bob.id)
    access.secrets.rotate(admin)
    entries = access.audit.entries()
    assert [entry.verb for entry in reversed(entries)] == [
        *("setup.token", "user.add", "user.add", "user.rename", "user.role", "user.password"),
        *("session.begin", "session.end", "session.end_all", "token.add", "token.revoke"),
        *("user.disable", "user.enable", "user.remove", "secrets.rotate"),
    ]
    told = json.dumps([[str(each) for each in (e.who, e.object_id, e.details)] for e in entries])
    for personal in ("bob", "Bob", "Robert", "ann", "Ann", "example.com", HERE, token.text):
        assert personal not in told
    assert access.audit.verify().good


def test_what_fails_leaves_no_entry(access: Access, admin: Caller) -> None:
    """Nor does an entry that cannot be written leave the change."""
    before = len(access.audit.entries())
    with pytest.raises(AccessError):
        access.users.disable(admin, admin.id)
    with pytest.raises(AccessError, match="too long"):
        access.audit.note(admin, "segment.edit", "segment", "1", {"text": "x" * 4_000})
    assert len(access.audit.entries()) == before


def test_an_untouched_log_is_good(log: Access) -> None:
    """To its last entry; an empty one is as well."""
    check = log.audit.verify()
    assert (check.good, check.last, check.broken, check.clock_back) == (True, 6, None, ())
    assert len(check.hash) == 64


def test_an_empty_log_is_good(access: Access) -> None:
    """Nothing was done yet."""
    assert (access.audit.verify().good, access.audit.verify().last) == (True, 0)


def test_a_clock_set_back_is_noted(log: Access, clock: Clock) -> None:
    """The entry is written with the time there is, and named (API-19)."""
    clock.go_on(days=-1)
    log.audit.note(OPERATOR, "segment.add", "segment", "7")
    clock.go_on(minutes=1)
    log.audit.note(OPERATOR, "segment.add", "segment", "8")
    check = log.audit.verify()
    assert (check.good, check.clock_back) == (True, (7,))


def sql(*statements: str) -> Callable[[Connection], None]:
    """Done to the file by somebody."""

    def done(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return done


def chained_anew(*, sealed: bool, first: int = 1) -> Callable[[Connection], None]:
    """All entries from one on written anew by somebody who knows how, but has no key."""

    def done(connection: Connection) -> None:
        with Session(connection) as session:
            previous = BEGINNING
            for entry in session.query(AuditEntry).order_by(AuditEntry.number):
                if entry.number >= first:
                    entry.details = '{"n":0}'
                    entry.previous = previous
                    entry.hash = entry_hash(entry)
                    entry.seal = "0" * 64 if sealed else None
                previous = entry.hash
            head = session.get_one(AuditHead, 1)
            head.hash, head.seal = previous, "0" * 64 if sealed else None
            session.flush()

    return done


COLUMNS = ("at", "who_kind", "who", "user_id", "verb", "object_kind", "object_id", "address")
HARM = {
    "first removed": (sql(f"DELETE FROM {LOG} WHERE number = 1"), 1, "removed"),
    "one removed": (sql(f"DELETE FROM {LOG} WHERE number = 3"), 3, "removed"),
    "removed and closed up": (
        sql(f"DELETE FROM {LOG} WHERE number = 3",
            *(f"UPDATE {LOG} SET number = {n - 1} WHERE number = {n}" for n in (4, 5, 6)),
            "UPDATE audit_head SET number = 5"),
        3, "removed",
    ),
    "cut at the end": (sql(f"DELETE FROM {LOG} WHERE number > 4"), 5, "removed"),
    "cut, and the head set": (
        sql(f"DELETE FROM {LOG} WHERE number > 4",
            "UPDATE audit_head SET number = 4, "
            f"hash = (SELECT hash FROM {LOG} WHERE number = 4)"),
        4, "head",
    ),
    "all removed": (sql(f"DELETE FROM {LOG}"), 1, "removed"),
    "two changed places": (
        sql(f"UPDATE {LOG} SET number = 99 WHERE number = 3",
            f"UPDATE {LOG} SET number = 3 WHERE number = 4",
            f"UPDATE {LOG} SET number = 4 WHERE number = 99"),
        3, "moved",
    ),
    "one twice": (
        sql(f"INSERT INTO {LOG} SELECT 7, at, who_kind, who, user_id, verb, object_kind, "
            f"object_id, address, details, previous, hash, seal FROM {LOG} WHERE number = 2"),
        7, "removed",
    ),
    "details edited": (sql(f"UPDATE {LOG} SET details = '{{}}' WHERE number = 2"), 2, "edited"),
    "time edited": (
        sql(f"UPDATE {LOG} SET at = '2020-01-01 00:00:00.000000' WHERE number = 2"), 2, "edited",
    ),
    **{
        f"{column} edited": (
            sql(f"UPDATE {LOG} SET {column} = 'x' WHERE number = 2"), 2, "edited",
        )
        for column in COLUMNS[1:]
    },
    "hash edited": (sql(f"UPDATE {LOG} SET hash = 'x' WHERE number = 6"), 6, "edited"),
    "link edited": (sql(f"UPDATE {LOG} SET previous = 'x' WHERE number = 6"), 6, "edited"),
    "seal edited": (sql(f"UPDATE {LOG} SET seal = 'x' WHERE number = 5"), 5, "forged"),
    "given another number": (sql(f"UPDATE {LOG} SET number = 8 WHERE number = 6"), 6, "moved"),
    "head set back": (
        sql("UPDATE audit_head SET number = 5, "
            f"hash = (SELECT hash FROM {LOG} WHERE number = 5)"),
        6, "added",
    ),
    "head removed": (sql("DELETE FROM audit_head"), 6, "head"),
    "head edited": (sql("UPDATE audit_head SET hash = 'x'"), 6, "head"),
    "head without seal": (sql("UPDATE audit_head SET seal = NULL"), 6, "head"),
    "written anew": (chained_anew(sealed=True), 1, "forged"),
    "the end written anew": (chained_anew(sealed=True, first=5), 5, "forged"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARM)
def test_the_first_broken_entry_is_named(
    log: Access, app: Engine, tmp_path: Path, clock: Clock, harm: str
) -> None:
    """Whatever somebody did to the file (API-19)."""
    done, number, fault = HARM[harm]
    with app.begin() as connection:
        done(connection)
    check = opened(app, tmp_path, clock).audit.verify()
    assert not check.good
    assert check.broken is not None
    assert (check.broken.number, check.broken.fault) == (number, fault)
    assert str(check.broken).startswith(f"Entry {number} ")


def test_a_log_written_anew_without_seals_is_seen(log: Access, app: Engine) -> None:
    """As entries that nothing vouches for, or where the next genuine one follows (API-19)."""
    with app.begin() as connection:
        chained_anew(sealed=False)(connection)
    check = log.audit.verify()
    assert (check.good, check.unsealed) == (False, (1, 2, 3, 4, 5, 6))


def test_one_entry_written_anew_without_a_seal(log: Access, app: Engine) -> None:
    """The genuine one after it shows it (API-19)."""
    with Session(app) as session, session.begin():
        entry = session.get_one(AuditEntry, 3)
        entry.details = "{}"
        entry.hash, entry.seal = entry_hash(entry), None
    check = log.audit.verify()
    assert check.broken is not None
    assert (check.broken.number, check.broken.fault) == (3, "edited")


def test_an_emptied_log_is_seen(access: Access, admin: Caller, app: Engine) -> None:
    """There are users, whose making was written down (API-19)."""
    with app.begin() as connection:
        sql(f"DELETE FROM {LOG}", "DELETE FROM audit_head")(connection)
    check = access.audit.verify()
    assert check.broken is not None
    assert (check.broken.number, check.broken.fault) == (1, "removed")


def test_an_older_state_put_back_is_seen(log: Access, app: Engine, clock: Clock) -> None:
    """By whoever wrote down an entry elsewhere (API-19)."""
    check = log.audit.verify()
    log.audit.note(OPERATOR, "segment.add", "segment", "7")
    assert log.audit.verify(check.last, check.hash).good
    for number, hash, first in ((6, "0" * 64, 6), (9, "0" * 64, 8)):
        found = log.audit.verify(number, hash).broken
        assert found is not None
        assert found.number == first


def test_threads_and_processes_write_one_chain(
    access: Access, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """Each entry follows another."""
    other = opened(app, tmp_path, clock)
    access.audit.note(OPERATOR, "a", "b")

    def write(number: int) -> None:
        (access if number % 2 else other).audit.note(OPERATOR, "segment.add", "s", str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    assert (access.audit.verify().good, access.audit.verify().last) == (True, 21)


def test_several_entries_of_one_transaction(access: Access, app: Engine) -> None:
    """Follow each other as well."""
    access.keys.look()
    with Session(app) as session, session.begin():
        for number in range(3):
            access.audit.add(session, OPERATOR, "segment.add", "segment", str(number))
    assert (access.audit.verify().good, access.audit.verify().last) == (True, 3)
