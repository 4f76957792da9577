"""Signing in: who is let in, what strangers can learn, and how trying is slowed down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import Parameters, PasswordHasher, profiles
from sqlalchemy import Engine

from segmentry.access import Access, Caller
from segmentry.access.attempts import FREE_OF_ACCOUNT, FREE_OF_ADDRESS, LONGEST_WAIT
from segmentry.access.audit import EntriesWanted
from segmentry.base.errors import AccessError, BusyError, NotSignedIn

from .conftest import HERE, PASSWORD, THERE, Clock, add, opened, sign_in

WRONG = "wrong, all of it"


def wrong(access: Access, name: str = "ann", address: str = HERE, times: int = 1) -> str:
    """Try a wrong password, and have what was said."""
    for _ in range(times):
        with pytest.raises(NotSignedIn) as refused:
            sign_in(access, name, WRONG, address)
    return str(refused.value)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of each hash that a password is compared with."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> bool:
        seen.append(str(hash).rsplit("$", 2)[0])
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return seen


def test_known_and_unknown_cost_and_say_the_same(
    access: Access, admin: Caller, verified: list[str]
) -> None:
    """One comparison, with the same parameters and the same words (API-07)."""
    bob = add(access, admin, "bob", "viewer")
    access.users.disable(admin, bob.id)
    said = {wrong(access, name) for name in ("ann", "nobody", "bob")}
    for password in ("", "x" * 1_000_000, "\ud800"):
        with pytest.raises(NotSignedIn) as refused:
            sign_in(access, "ann", password, THERE)
        said.add(str(refused.value))
    with pytest.raises(NotSignedIn) as refused:
        sign_in(access, "n" * 1_000_000)
    said.add(str(refused.value))
    with pytest.raises(NotSignedIn) as refused:
        sign_in(access, "bob")  # the right password
    said.add(str(refused.value))
    assert said == {"The e-mail address or the password is wrong."}
    assert len(verified) == 8
    assert len(set(verified)) == 1


def test_known_and_unknown_wait_the_same(
    access: Access, admin: Caller, verified: list[str]
) -> None:
    """Nor does being told to wait tell whether there is such a user (API-07)."""
    waits = []
    for name in ("ann", "nobody"):
        wrong(access, name, times=FREE_OF_ACCOUNT)
        with pytest.raises(BusyError) as busy:
            sign_in(access, name)
        waits.append((str(busy.value), busy.value.retry_after))
    assert waits[0] == waits[1]
    assert len(verified) == 2 * FREE_OF_ACCOUNT  # who has to wait costs nothing


def test_the_owner_signs_in_from_elsewhere_all_the_while(
    access: Access, admin: Caller, clock: Clock
) -> None:
    """A hundred wrong passwords from one address, and from a hundred (API-10)."""
    tried = 0
    for _ in range(100):
        try:
            sign_in(access, "ann", WRONG)
        except BusyError:
            continue
        except NotSignedIn:
            tried += 1
    assert tried == FREE_OF_ACCOUNT
    for number in range(100):
        wrong(access, address=f"203.0.113.{number}")
    assert sign_in(access, "ann", address=THERE)
    with pytest.raises(BusyError):
        sign_in(access, "ann")  # the right password, from where it was tried


def test_waits_double_up_to_a_quarter_of_an_hour(
    access: Access, admin: Caller, clock: Clock
) -> None:
    """In an hour there is room for few tries, and then all is forgotten (API-10)."""
    wrong(access, times=FREE_OF_ACCOUNT)
    waits = []
    for _ in range(12):
        with pytest.raises(BusyError) as busy:
            sign_in(access, "ann")
        waits.append(busy.value.retry_after)
        clock.go_on(seconds=busy.value.retry_after)
        wrong(access)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST_WAIT, LONGEST_WAIT]
    clock.go_on(hours=1)
    wrong(access, times=FREE_OF_ACCOUNT)


def test_success_forgets_the_mistakes_before(access: Access, admin: Caller) -> None:
    """Somebody who mistyped begins anew."""
    for _ in range(3):
        wrong(access, times=FREE_OF_ACCOUNT - 1)
        sign_in(access, "ann")


def test_one_address_cannot_try_everybody(access: Access, admin: Caller) -> None:
    """One password each on many accounts, an own success in between (API-10)."""
    for number in range(FREE_OF_ADDRESS):
        wrong(access, f"user{number}")
    with pytest.raises(BusyError):
        sign_in(access, "ann")
    assert sign_in(access, "ann", address=THERE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("a socket", "a socket", True),
    ],
)
def test_places(access: Access, admin: Caller, one: str, other: str, same: bool) -> None:
    """Whoever has a network has all its addresses (API-10)."""
    wrong(access, address=one, times=FREE_OF_ACCOUNT)
    if same:
        with pytest.raises(BusyError):
            sign_in(access, "ann", address=other)
    else:
        assert sign_in(access, "ann", address=other)


def test_many_at_once_gain_nothing(access: Access, admin: Caller) -> None:
    """Each counts before it is known to be wrong (API-10)."""

    def tried(_: int) -> str:
        try:
            sign_in(access, "ann", WRONG)
        except BusyError:
            return "busy"
        except NotSignedIn:
            return "wrong"
        return "in"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(tried, range(16)))
    assert found.count("wrong") == FREE_OF_ACCOUNT
    assert found.count("busy") == 16 - FREE_OF_ACCOUNT


def test_waiting_outlasts_the_process(
    access: Access, admin: Caller, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """A restart is no fresh start (API-10)."""
    wrong(access, times=FREE_OF_ACCOUNT)
    with pytest.raises(BusyError):
        sign_in(opened(app, tmp_path, clock), "ann")


def test_changed_parameters_are_taken_up(app: Engine, tmp_path: Path, clock: Clock) -> None:
    """At the next sign-in, with the same password."""
    old = opened(app, tmp_path, clock)
    add(old, Caller.command_line("o"), "ann", "admin")
    cheap = profiles.CHEAPEST
    dearer = Parameters(cheap.type, cheap.version, 16, 32, 2, 16, 1)
    new = Access(app, tmp_path, clock, dearer)

    def stored() -> str:
        with app.connect() as connection:
            found = connection.exec_driver_sql("SELECT password FROM users").scalar()
        return str(found)

    assert "m=8,t=1," in stored()
    with pytest.raises(NotSignedIn):
        sign_in(new, "ann", WRONG)
    assert "m=8,t=1," in stored()
    sign_in(new, "ann")
    assert stored().startswith("$argon2id$")
    assert "m=16,t=2," in stored()
    sign_in(new, "ann")


def test_a_password_is_one_however_it_is_typed(access: Access, admin: Caller) -> None:
    """Composed letters and single ones are the same."""
    bob = add(access, admin, "bob", "viewer")
    access.users.set_password(admin, bob.id, "cafe\u0301 am Meer, immer")
    assert sign_in(access, "bob", "caf\u00e9 am Meer, immer")


def test_what_happened_is_in_the_log_without_addresses(access: Access, admin: Caller) -> None:
    """Who signed in, and whose password was tried; from where only as a mark."""
    wrong(access)
    wrong(access, "nobody", THERE)
    sign_in(access, "ann")
    entries = access.audit.entries(EntriesWanted(verb="session."))
    assert [(e.verb, e.who_kind, e.object_id == admin.id) for e in reversed(entries)] == [
        ("session.refuse", "nobody", True),
        ("session.refuse", "nobody", False),
        ("session.begin", "user", False),
    ]
    marks = [entry.address for entry in entries]
    assert marks[0] == marks[2] != marks[1]
    assert not {HERE, THERE} & set(marks)


# -- changing the password --------------------------------------------------------------


def test_a_changed_password_ends_all_other_sessions(access: Access, admin: Caller) -> None:
    """And gives a new one here (API-08)."""
    here, there = sign_in(access, "ann"), sign_in(access, "ann", address=THERE)
    new = access.signing_in.change_password(here.signed_in, PASSWORD, "a wholly new password")
    for dead in (here.secret, there.secret):
        with pytest.raises(NotSignedIn):
            access.sessions.find(dead)
    assert access.sessions.find(new.secret).caller.id == admin.id
    with pytest.raises(NotSignedIn):
        sign_in(access, "ann")
    assert sign_in(access, "ann", "a wholly new password")


def test_changing_needs_the_old_password(access: Access, admin: Caller) -> None:
    """A found session is not enough; trying is slowed down; a weak one changes nothing."""
    here = sign_in(access, "ann")
    with pytest.raises(AccessError, match="too short"):
        access.signing_in.change_password(here.signed_in, PASSWORD, "short")
    for _ in range(FREE_OF_ACCOUNT - 1):
        with pytest.raises(AccessError, match="present password is wrong"):
            access.signing_in.change_password(here.signed_in, WRONG, "a wholly new password")
    with pytest.raises(BusyError):
        access.signing_in.change_password(here.signed_in, PASSWORD, "a wholly new password")
    assert access.sessions.find(here.secret)
