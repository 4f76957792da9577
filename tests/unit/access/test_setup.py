"""The first run (API-22): a token that works once, for a day, while there is nobody."""

from __future__ import annotations

import pytest

from segmentry.access import Access, Caller
from segmentry.access.setup import FirstAdmin
from segmentry.base.errors import AccessError, NotSignedIn

from .conftest import OPERATOR, PASSWORD, Clock, sign_in

ANN = FirstAdmin("Ann@Example.com", "Ann", PASSWORD)


def test_the_token_makes_the_first_admin_once(access: Access) -> None:
    """Who is signed in at once; the token is worth nothing afterwards (API-22)."""
    token, _ = access.setup.new_token(OPERATOR)
    begun = access.setup.use(token, ANN)
    assert access.sessions.find(begun.secret).caller.may("users:admin")
    assert [user.role for user in access.users.listed()] == ["admin"]
    with pytest.raises(AccessError, match="has users already"):
        access.setup.use(token, ANN)
    with pytest.raises(AccessError, match="has users already"):
        access.setup.new_token(OPERATOR)
    assert sign_in(access, "ann").signed_in.caller.name == "Ann"


def test_tokens_that_are_not_valid(access: Access, clock: Clock) -> None:
    """One that was replaced, is wrong, or a day old; each is refused in the same words."""
    old, _ = access.setup.new_token(OPERATOR)
    new, ends = access.setup.new_token(OPERATOR)
    said = set()
    for wrong in (old, "", new[:-1], new.upper(), new + "a", "\ud800"):
        with pytest.raises(NotSignedIn) as refused:
            access.setup.use(wrong, ANN)
        said.add(str(refused.value))
    clock.now = ends
    with pytest.raises(NotSignedIn) as refused:
        access.setup.use(new, ANN)
    assert said == {str(refused.value)}
    assert not access.users.any()


@pytest.mark.parametrize("password", ["", "short", "Ann@Example.com", "passwordpassword"])
def test_a_refused_password_leaves_the_token(access: Access, password: str) -> None:
    """Whoever mistypes tries again."""
    token, _ = access.setup.new_token(OPERATOR)
    with pytest.raises(AccessError, match="password"):
        access.setup.use(token, FirstAdmin("ann@example.com", "Ann", password))
    access.setup.use(token, ANN)


def test_there_is_no_user_before(access: Access) -> None:
    """Nor a password that would let one in."""
    assert not access.users.any()
    with pytest.raises(NotSignedIn):
        sign_in(access, "admin", "admin")
    assert not Caller.nobody(None).scopes
