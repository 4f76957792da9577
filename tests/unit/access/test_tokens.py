"""Tokens of programs: what they may, and when they are refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, event

from segmentry.access import Access, Caller
from segmentry.base.errors import AccessError, NotAllowed, NotFoundError, NotSignedIn

from .conftest import HERE, OPERATOR, Clock, add, sign_in


def refused(access: Access, text: str) -> str:
    """What is said to whom a text does not let in."""
    with pytest.raises(NotSignedIn) as found:
        access.tokens.find(text)
    return str(found.value)


def test_every_wrong_token_is_refused_in_the_same_words(
    access: Access, admin: Caller, clock: Clock
) -> None:
    """Wrong, truncated, of other case, expired, revoked, of somebody disabled or gone, of a
    megabyte (API-05)."""
    text = access.tokens.add(admin, "T", ["segments:read"]).text
    other = access.tokens.add(admin, "O", ["segments:read"]).text
    assert access.tokens.find(text).may("segments:read")
    changed = text[:-1] + ("a" if text[-1] != "a" else "b")
    wrong = ["", "sgm_", text[:-1], text + "a", text.upper(), text.replace("sgm_", "SGM_")]
    wrong += [changed, f" {text}", f"{text}\n", text[:20] + other[20:], text.encode().hex()]
    wrong += [other[:20] + text[20:], "sgm_" + "a" * 68, text * 15_000, "\ud800" * 72]
    ends = clock.now + timedelta(days=1)
    expired = access.tokens.add(admin, "E", ["segments:read"], ends).text
    assert access.tokens.find(expired)
    clock.now = ends
    revoked = access.tokens.add(admin, "R", ["segments:read"])
    access.tokens.revoke(admin, revoked.token.id)
    bob = add(access, admin, "bob", "viewer")
    disabled = access.tokens.add(sign_in(access, "bob").signed_in.caller, "B", ["segments:read"])
    assert access.tokens.find(disabled.text)
    access.users.disable(admin, bob.id)
    wrong += [expired, revoked.text, disabled.text]
    said = {refused(access, each) for each in wrong}
    access.users.remove(admin, bob.id)
    assert {refused(access, disabled.text)} == said
    assert len(said) == 1
    assert access.tokens.find(text)


def test_revoking_works_at_once_while_in_use(
    access: Access, admin: Caller, app: Engine, clock: Clock
) -> None:
    """Nothing is remembered between two uses, in any process (API-05)."""
    made = access.tokens.add(admin, "T", ["segments:read"])
    elsewhere = Access(app, None, clock)
    for _ in range(3):
        assert elsewhere.tokens.find(made.text)
    access.tokens.revoke(admin, made.token.id)
    assert refused(elsewhere, made.text) == refused(access, made.text)


def test_a_token_may_no_more_than_its_maker(access: Access, admin: Caller) -> None:
    """Whether that is a user or a token (API-20)."""
    add(access, admin, "bob", "viewer")
    bob = sign_in(access, "bob").signed_in.caller
    with pytest.raises(NotAllowed, match="you lack customers:pii"):
        access.tokens.add(bob, "T", ["segments:read", "customers:pii"])
    made = access.tokens.add(bob, "T", ["segments:read", "tokens:write"])
    weak = access.tokens.find(made.text)
    with pytest.raises(NotAllowed, match="you lack jobs:read"):
        access.tokens.add(weak, "Stronger", ["jobs:read"])
    weaker = access.tokens.find(access.tokens.add(weak, "Weaker", ["segments:read"]).text)
    assert (weaker.user_id, set(weaker.scopes)) == (bob.id, {"segments:read"})
    with pytest.raises(NotAllowed, match="tokens:write"):
        access.tokens.add(weaker, "Same", ["segments:read"])


def test_a_token_may_no_more_than_its_user_now(access: Access, admin: Caller) -> None:
    """What a user loses their tokens lose, and get back with it (API-20)."""
    bob = add(access, admin, "bob", "marketer")
    caller = sign_in(access, "bob").signed_in.caller
    text = access.tokens.add(caller, "T", ["segments:read", "customers:pii"]).text
    access.users.set_role(admin, bob.id, "viewer")
    assert access.tokens.find(text).scopes == {"segments:read"}
    access.users.set_role(admin, bob.id, "marketer")
    assert access.tokens.find(text).scopes == {"segments:read", "customers:pii"}


def test_a_token_of_the_command_line_is_nobodys(access: Access) -> None:
    """It needs no user, and may what it was given."""
    made = access.tokens.add(OPERATOR, "Ingest", ["records:write"])
    caller = access.tokens.find(made.text, HERE)
    assert (caller.kind, caller.id, caller.user_id) == ("token", made.token.id, None)
    assert (caller.name, set(caller.scopes)) == ("Ingest", {"records:write"})
    with pytest.raises(NotAllowed, match="segments:write"):
        caller.require("segments:write")


@pytest.mark.parametrize(
    ("name", "scopes", "days", "said"),
    [
        ("T", [], 1, "at least one scope"),
        ("T", ["segments:all"], 1, "no scope 'segments:all'"),
        (" ", ["segments:read"], 1, "name"),
        ("T" * 101, ["segments:read"], 1, "name"),
        ("T", ["segments:read"], 0, "over before it begins"),
    ],
)
def test_what_makes_no_token(
    access: Access, clock: Clock, name: str, scopes: list[str], days: int, said: str
) -> None:
    """Is told, and none is made."""
    with pytest.raises(AccessError, match=said):
        access.tokens.add(OPERATOR, name, scopes, clock.now + timedelta(days=days))
    assert access.tokens.listed(OPERATOR) == []


def test_the_last_use_is_noted_by_day(access: Access, app: Engine, clock: Clock) -> None:
    """Once a day: all other uses write nothing."""
    text = access.tokens.add(OPERATOR, "T", ["segments:read"]).text
    written: list[str] = []
    event.listen(app, "before_cursor_execute", lambda *of: written.append(of[2]))
    for _ in range(3):
        access.tokens.find(text)
    assert sum(each.startswith("UPDATE") for each in written) == 1
    clock.go_on(days=2)
    access.tokens.find(text)
    assert access.tokens.listed(OPERATOR)[0].used_on == date(2026, 6, 3)


def test_who_sees_and_revokes_which(access: Access, admin: Caller) -> None:
    """One's own; for others' there is nothing there. A token that was found revokes itself."""
    add(access, admin, "bob", "viewer")
    bob = sign_in(access, "bob").signed_in.caller
    theirs = access.tokens.add(admin, "A", ["segments:read"])
    own = access.tokens.add(bob, "B", ["segments:read"])
    assert [each.name for each in access.tokens.listed(bob)] == ["B"]
    assert {each.name for each in access.tokens.listed(admin)} == {"A", "B"}
    with pytest.raises(NotFoundError):
        access.tokens.revoke(bob, theirs.token.id)
    assert access.tokens.revoke(access.tokens.find(theirs.text), theirs.token.id).revoked_at
    access.tokens.revoke(bob, own.token.id)
    (listed,) = access.tokens.listed(bob)
    assert listed.revoked_at is not None
    with pytest.raises(NotAllowed, match="users:admin"):
        access.tokens.listed(Caller.nobody(HERE))
