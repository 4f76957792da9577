"""Users, tokens, and the log of what they did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field, SecretStr

from segmentry.access import Caller as Who
from segmentry.access import scopes, tokens, users
from segmentry.access.audit import EntriesWanted
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Model
from segmentry.api.pages import MOST

router = APIRouter(tags=["users"])

Admin = Annotated[Who, may("users:admin")]
Owner = Annotated[Who, may("tokens:write")]
Auditor = Annotated[Who, may("audit:read")]
Role = Literal["viewer", "marketer", "admin"]


class User(Model):
    """Somebody who may sign in, unless disabled."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


class NewUser(Model):
    """Somebody who is to be a user."""

    email: str = Field(max_length=1_000)
    name: str = Field(max_length=1_000)
    role: Role
    password: SecretStr = Field(max_length=10_000)


class UserChange(Model):
    """What is to be changed of a user; what is not named stays."""

    name: str | None = Field(None, max_length=1_000)
    role: Role | None = None
    disabled: bool | None = None
    password: SecretStr | None = Field(None, max_length=10_000)


class Scope(Model):
    """One right, and what it means."""

    name: str
    meaning: str


class RoleMeaning(Model):
    """What a user is, in a word, with what that allows."""

    name: str
    meaning: str
    scopes: list[str]


class Rights(Model):
    """All scopes, and which of them each role has."""

    scopes: list[Scope]
    roles: list[RoleMeaning]


class Token(Model):
    """A token of a program; without a user it was made on the command line."""

    id: str
    name: str
    scopes: list[str]
    user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_on: date | None


class NewToken(Model):
    """A token to be made."""

    name: str = Field(max_length=1_000)
    scopes: list[str] = Field(max_length=100)
    expires_at: AwareDatetime | None = None


class MadeToken(Model):
    """A token that was just made; `text` is shown this once."""

    text: str
    token: Token


class Entry(Model):
    """One thing that was done: by whom, to what."""

    number: int
    at: datetime
    who_kind: str
    who: str
    user_id: str | None
    verb: str
    object_kind: str
    object_id: str
    address: str | None
    details: dict[str, Any]


class Broken(Model):
    """The first entry that is not as it was written."""

    number: int
    what: str


class AuditCheck(Model):
    """What became of the log."""

    last: int
    hash: str
    sealed: bool
    broken: Broken | None
    unsealed: list[int]
    clock_back: list[int]


@router.get("/users")
def list_users(served: ServedNow, who: Admin) -> list[User]:
    """All users, by address."""
    return [_user(each) for each in served.access.users.listed()]


@router.post("/users", status_code=201)
def add_user(served: ServedNow, who: Admin, new: NewUser) -> User:
    """Make a user."""
    wanted = users.NewUser(new.email, new.name, new.role, new.password.get_secret_value())
    return _user(served.access.users.add(who, wanted))


@router.patch("/users/{id}")
def change_user(served: ServedNow, who: Admin, id: str, change: UserChange) -> User:
    """Change a user; a change of role or password ends their sessions."""
    people = served.access.users
    user = people.get(id)
    if change.name is not None:
        user = people.rename(who, id, change.name)
    if change.role is not None:
        user = people.set_role(who, id, change.role)
    if change.disabled is not None:
        user = people.disable(who, id) if change.disabled else people.enable(who, id)
    if change.password is not None:
        people.set_password(who, id, change.password.get_secret_value())
    return _user(user)


@router.delete("/users/{id}", status_code=204)
def remove_user(served: ServedNow, who: Admin, id: str) -> None:
    """Remove a user with their sessions and tokens."""
    served.access.users.remove(who, id)


@router.delete("/users/{id}/sessions", status_code=204)
def end_user_sessions(served: ServedNow, who: Admin, id: str) -> None:
    """Sign a user out everywhere."""
    served.access.sessions.end_every(who, id)


@router.delete("/users/{id}/second-factor", status_code=204)
def end_user_second_factor(served: ServedNow, who: Admin, id: str) -> None:
    """Sign a user in without a second factor again, who lost it."""
    served.access.second_factors.end(who, id)


@router.get("/rights")
def list_rights(served: ServedNow, who: Owner) -> Rights:
    """All scopes, and which of them each role has."""
    return Rights(
        scopes=[Scope.model_validate(each) for each in scopes.SCOPES],
        roles=[
            RoleMeaning(name=each.name, meaning=each.meaning, scopes=sorted(each.scopes))
            for each in scopes.ROLES.values()
        ],
    )


@router.get("/tokens")
def list_tokens(served: ServedNow, who: Owner) -> list[Token]:
    """One's own tokens, or everybody's for an admin; the newest first."""
    return [_token(each) for each in served.access.tokens.listed(who)]


@router.post("/tokens", status_code=201)
def add_token(served: ServedNow, who: Owner, new: NewToken) -> MadeToken:
    """Make a token with some of one's own scopes; its text is shown this once."""
    made = served.access.tokens.add(who, new.name, new.scopes, new.expires_at)
    return MadeToken(text=made.text, token=_token(made.token))


@router.delete("/tokens/{id}")
def revoke_token(served: ServedNow, who: Owner, id: str) -> Token:
    """Refuse a token from now on."""
    return _token(served.access.tokens.revoke(who, id))


@router.get("/audit")
def list_audit(
    served: ServedNow,
    who: Auditor,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    verb: Annotated[str | None, Query(max_length=100)] = None,
    user_id: Annotated[str | None, Query(max_length=100)] = None,
    object_id: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> list[Entry]:
    """What was done, the latest first; `before` is the last number of the page before."""
    wanted = EntriesWanted(before, user_id, verb, object_id, limit)
    return [
        Entry.model_validate({name: getattr(each, name) for name in Entry.model_fields})
        for each in served.access.audit.entries(wanted)
    ]


@router.get("/audit/check")
def check_audit(served: ServedNow, who: Auditor) -> AuditCheck:
    """Whether the log is as it was written; names the first broken entry."""
    found = served.access.audit.verify()
    broken = found.broken and Broken(number=found.broken.number, what=str(found.broken))
    return AuditCheck(
        last=found.last,
        hash=found.hash,
        sealed=found.sealed,
        broken=broken or None,
        unsealed=list(found.unsealed),
        clock_back=list(found.clock_back),
    )


def _user(each: users.User) -> User:
    return User.model_validate(each)


def _token(each: tokens.Token) -> Token:
    named = {name: getattr(each, name) for name in Token.model_fields}
    return Token.model_validate(named | {"scopes": list(each.scopes)})
