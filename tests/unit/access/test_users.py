"""Users and roles: who may change whom, and what is always left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmentry.access import Access, Caller
from segmentry.access.scopes import ALL_SCOPES, ROLES, SCOPES
from segmentry.access.users import NewUser
from segmentry.base.errors import AccessError, NotAllowed, NotFoundError, NotSignedIn

from .conftest import OPERATOR, PASSWORD, add, sign_in


def test_roles_are_sets_of_known_scopes() -> None:
    """Each more than the one before; a viewer sees no personal data; each scope is explained."""
    viewer, marketer, admin = (ROLES[name].scopes for name in ("viewer", "marketer", "admin"))
    assert viewer < marketer < admin == ALL_SCOPES
    assert not viewer & {"customers:pii", "sql:read", "exports:read", "customers:erase"}
    assert not marketer & {"users:admin", "settings:write", "audit:read", "webhooks:write"}
    assert len(ALL_SCOPES) == len(SCOPES)
    assert all(scope.meaning.endswith(".") for scope in SCOPES)


def test_one_address_is_one_user(access: Access, admin: Caller) -> None:
    """In any spelling."""
    with pytest.raises(AccessError, match="already"):
        access.users.add(admin, NewUser(" ANN@EXAMPLE.com", "Other", "viewer", PASSWORD))
    assert access.users.named("ANN@example.COM").id == admin.id


@pytest.mark.parametrize(
    ("email", "name", "role", "said"),
    [
        ("nobody", "N", "viewer", "no e-mail"),
        ("a@b\x00.com", "N", "viewer", "no e-mail"),
        ("a" * 250 + "@b.com", "N", "viewer", "no e-mail"),
        ("n@example.com", " ", "viewer", "name"),
        ("n@example.com", "N" * 201, "viewer", "name"),
        ("n@example.com", "N", "owner", "viewer, marketer, admin"),
    ],
)
def test_what_makes_no_user(
    access: Access, admin: Caller, email: str, name: str, role: str, said: str
) -> None:
    """Is told, and nobody is made."""
    with pytest.raises(AccessError, match=said):
        access.users.add(admin, NewUser(email, name, role, PASSWORD))
    assert len(access.users.listed()) == 1


@pytest.mark.parametrize(
    "password",
    [
        *("elevenchars", "new@example.com", "NEW@Example.com", " new@example.com "),
        *("Newcomer of all", "newcomer of all", "correcthorsebatterystaple", "PASSWORD1234"),
        *("aaaaaaaaaaaaaaa", "ababababababab", "x" * 1_025, ""),
    ],
)
def test_weak_passwords_are_refused(access: Access, admin: Caller, password: str) -> None:
    """Short ones, one's own name or address, those that are tried first, endless ones."""
    with pytest.raises(AccessError, match="password"):
        access.users.add(admin, NewUser("new@example.com", "Newcomer of all", "viewer", password))


def test_a_weak_password_replaces_none(access: Access, admin: Caller) -> None:
    """Where an admin sets it."""
    bob = add(access, admin, "bob", "viewer")
    with pytest.raises(AccessError, match="too short"):
        access.users.set_password(admin, bob.id, "bob")
    assert sign_in(access, "bob")


def test_the_last_admin_stays(access: Access, admin: Caller) -> None:
    """Cannot be demoted, disabled or removed, by nobody (API-20)."""
    add(access, admin, "bob", "viewer")
    for caller in (admin, OPERATOR):
        with pytest.raises(NotAllowed, match="no admin"):
            access.users.set_role(caller, admin.id, "marketer")
        with pytest.raises(NotAllowed, match="no admin"):
            access.users.disable(caller, admin.id)
        with pytest.raises(NotAllowed, match="no admin"):
            access.users.remove(caller, admin.id)
    assert access.users.get(admin.id).role == "admin"
    assert sign_in(access, "ann").signed_in.caller.may("users:admin")


def test_a_disabled_admin_is_none(access: Access, admin: Caller) -> None:
    """Of two, one of whom is disabled, the other stays (API-20); a disabled one may go."""
    dan = add(access, admin, "dan", "admin")
    access.users.disable(admin, dan.id)
    with pytest.raises(NotAllowed, match="no admin"):
        access.users.set_role(admin, admin.id, "viewer")
    access.users.remove(admin, dan.id)
    with pytest.raises(NotFoundError):
        access.users.get(dan.id)


def test_an_admin_may_step_back_where_there_is_another(access: Access, admin: Caller) -> None:
    """And what they may ends with it."""
    add(access, admin, "dan", "admin")
    assert access.users.set_role(admin, admin.id, "viewer").role == "viewer"
    assert not sign_in(access, "ann").signed_in.caller.may("users:admin")


def test_nobody_raises_their_own_role(access: Access, admin: Caller) -> None:
    """Even with the right to change others (API-20)."""
    bob = add(access, admin, "bob", "marketer")
    plain = sign_in(access, "bob").signed_in.caller
    with pytest.raises(NotAllowed, match="users:admin"):
        access.users.set_role(plain, bob.id, "admin")
    strange = replace(plain, scopes=ALL_SCOPES)
    with pytest.raises(NotAllowed, match="their own role"):
        access.users.set_role(strange, bob.id, "admin")
    assert access.users.get(bob.id).role == "marketer"


def test_nobody_gives_more_than_they_have(access: Access, admin: Caller) -> None:
    """A token with users:admin alone makes no admin, and takes over none (API-20)."""
    text = access.tokens.add(admin, "Users only", ["users:admin"]).text
    weak = access.tokens.find(text)
    for role in ROLES:
        with pytest.raises(NotAllowed, match="may do what you may not"):
            access.users.add(weak, NewUser("eve@example.com", "Eve", role, PASSWORD))
    with pytest.raises(NotAllowed, match="may do what you may not"):
        access.users.set_password(weak, admin.id, "another tall grass")
    with pytest.raises(NotAllowed, match="may do what you may not"):
        access.users.remove(weak, admin.id)
    assert sign_in(access, "ann")


def test_others_need_the_right(access: Access, admin: Caller) -> None:
    """To change anybody; everybody may change their own name."""
    bob = add(access, admin, "bob", "marketer")
    caller = sign_in(access, "bob").signed_in.caller
    for change in (
        lambda: add(access, caller, "eve", "viewer"),
        lambda: access.users.disable(caller, admin.id),
        lambda: access.users.enable(caller, bob.id),
        lambda: access.users.remove(caller, bob.id),
        lambda: access.users.set_password(caller, admin.id, "another tall grass"),
        lambda: access.users.rename(caller, admin.id, "Fool"),
    ):
        with pytest.raises(NotAllowed, match="users:admin"):
            change()
    assert access.users.rename(caller, bob.id, " Bob  B. ").name == "Bob B."


def test_disabled_users_stay_out_until_enabled(access: Access, admin: Caller) -> None:
    """With sessions that were open, and passwords that are right."""
    bob = add(access, admin, "bob", "viewer")
    open_before = sign_in(access, "bob").secret
    access.users.disable(admin, bob.id)
    with pytest.raises(NotSignedIn):
        access.sessions.find(open_before)
    with pytest.raises(NotSignedIn, match="address or the password is wrong"):
        sign_in(access, "bob")
    access.users.enable(admin, bob.id)
    assert sign_in(access, "bob")
    with pytest.raises(NotSignedIn):
        access.sessions.find(open_before)


def test_nobody_known(access: Access, admin: Caller) -> None:
    """Is told by the id or address."""
    with pytest.raises(NotFoundError, match="'xyz'"):
        access.users.disable(admin, "xyz")
    with pytest.raises(NotFoundError, match="'zoe@"):
        access.users.named("zoe@example.com")
