"""Sessions: new at each sign-in, dead when they should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from segmentry.access import Access, Caller
from segmentry.access.sessions import IDLE, LONGEST
from segmentry.base.errors import NotAllowed, NotFoundError, NotSignedIn

from .conftest import THERE, Clock, add, sign_in


def dead(access: Access, secret: str) -> bool:
    """Whether a secret opens nothing."""
    try:
        access.sessions.find(secret)
    except NotSignedIn:
        return True
    return False


def test_signing_in_ends_the_session_of_before(access: Access, admin: Caller) -> None:
    """What a browser held before is worth nothing after, so none can be foisted on it (API-08)."""
    before = sign_in(access, "ann")
    after = sign_in(access, "ann", before=before.secret)
    assert before.secret != after.secret
    assert dead(access, before.secret)
    assert not dead(access, after.secret)
    foisted = "a" * len(before.secret)
    assert sign_in(access, "ann", before=foisted).secret != foisted
    assert dead(access, foisted)


def test_signing_out_ends_one(access: Access, admin: Caller) -> None:
    """And leaves those on other devices (API-08)."""
    one, other = sign_in(access, "ann"), sign_in(access, "ann", address=THERE)
    access.sessions.end(one.secret)
    access.sessions.end(one.secret)
    assert dead(access, one.secret)
    assert not dead(access, other.secret)


@pytest.mark.parametrize(
    "change",
    [
        lambda access, admin, id: access.users.set_role(admin, id, "viewer"),
        lambda access, admin, id: access.users.set_password(admin, id, "another tall grass"),
        lambda access, admin, id: access.users.disable(admin, id),
        lambda access, admin, id: access.users.remove(admin, id),
        lambda access, admin, id: access.sessions.end_every(admin, id),
    ],
)
def test_changes_of_a_user_end_all_sessions(
    access: Access, admin: Caller, change: Callable[[Access, Caller, str], object]
) -> None:
    """Those of others go on (API-08)."""
    bob, cid = add(access, admin, "bob", "marketer"), add(access, admin, "cid", "viewer")
    open_ones = [sign_in(access, "bob").secret, sign_in(access, "bob", address=THERE).secret]
    other = sign_in(access, "cid").secret
    change(access, admin, bob.id)
    assert all(dead(access, secret) for secret in open_ones)
    assert access.sessions.find(other).caller.id == cid.id


def test_a_session_goes_on_while_it_is_used(access: Access, admin: Caller, clock: Clock) -> None:
    """Half a day after the last request it is over, and after thirty days in any case."""
    secret = sign_in(access, "ann").secret
    began = clock.now
    while clock.now + timedelta(hours=11) < began + LONGEST:
        clock.go_on(hours=11)
        access.sessions.find(secret)
    clock.now = began + LONGEST - timedelta(seconds=1)
    assert access.sessions.find(secret).ends_at == began + LONGEST
    clock.go_on(seconds=1)
    assert dead(access, secret)


def test_an_idle_session_is_over(access: Access, admin: Caller, clock: Clock) -> None:
    """To the second, and stays so where the clock goes on; a new sign-in sweeps it away."""
    secret = sign_in(access, "ann").secret
    clock.go_on(seconds=IDLE.total_seconds() - 1)
    assert not dead(access, secret)
    clock.go_on(seconds=IDLE.total_seconds())
    assert dead(access, secret)
    sign_in(access, "ann")
    assert len(access.sessions.of(admin, admin.id)) == 1


@pytest.mark.parametrize("secret", ["", "a", "a" * 52, "\ud800" * 52, "x" * 1_000_000])
def test_what_is_no_session(access: Access, admin: Caller, secret: str) -> None:
    """Is refused in the same words."""
    with pytest.raises(NotSignedIn, match="not signed in, or not any more"):
        access.sessions.find(secret)


def test_forms_bring_what_only_our_pages_know(access: Access, admin: Caller) -> None:
    """The same for the whole session, another for every other."""
    one, other = sign_in(access, "ann"), sign_in(access, "ann")
    csrf = one.signed_in.csrf
    found = access.sessions.find(one.secret)
    assert found.csrf == csrf != other.signed_in.csrf
    assert one.secret not in csrf
    assert found.came_from_here(csrf)
    for wrong in ("", csrf[:-1], csrf.upper(), other.signed_in.csrf, "\ud800"):
        assert not found.came_from_here(wrong)


def test_devices_are_listed_and_ended(access: Access, admin: Caller, clock: Clock) -> None:
    """By their user, or by who administers users; nobody else."""
    bob = add(access, admin, "bob", "viewer")
    caller = sign_in(access, "bob").signed_in.caller
    clock.go_on(minutes=1)
    second = sign_in(access, "bob", address=THERE)
    listed = access.sessions.of(caller, bob.id)
    assert listed[0].id == second.signed_in.session_id
    assert len(access.sessions.of(admin, bob.id)) == 2
    for strange in (
        lambda: access.sessions.of(caller, admin.id),
        lambda: access.sessions.end_every(caller, admin.id),
    ):
        with pytest.raises(NotAllowed):
            strange()
    with pytest.raises(NotFoundError):
        access.sessions.end_one(admin, admin.id, listed[0].id)
    access.sessions.end_one(caller, bob.id, listed[0].id)
    assert dead(access, second.secret)
    assert access.sessions.end_every(caller, bob.id) == 1
