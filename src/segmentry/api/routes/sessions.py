"""Coming in and going: the first admin, signing in and out, one's own password and devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, SecretStr

from segmentry.access import Caller
from segmentry.access.sessions import NewSession, SignedIn
from segmentry.access.setup import FirstAdmin
from segmentry.access.signing_in import Credentials
from segmentry.api.asking import (
    COOKIE,
    ServedNow,
    address_of,
    caller,
    refuse_other_pages,
    signed_in,
)
from segmentry.api.model import Model

router = APIRouter(tags=["sessions"])

Here = Annotated[SignedIn, Depends(signed_in)]
Anybody = Annotated[Caller, Depends(caller)]
Password = Annotated[SecretStr, Field(max_length=10_000)]


class SetUp(Model):
    """The first admin, and the token that the server showed when it was first started."""

    token: str = Field(max_length=1_000)
    email: str = Field(max_length=1_000)
    name: str = Field(max_length=1_000)
    password: Password


class SignIn(Model):
    """What somebody signs in with; the code only where a second factor is set up."""

    email: str = Field(max_length=1_000)
    password: Password
    code: str | None = Field(None, max_length=100)


class PasswordChange(Model):
    """One's own password, and another one."""

    old: Password
    new: Password


class Me(Model):
    """Who asks, and what they may. `csrf` is what changes by a session must bring."""

    kind: str
    id: str
    name: str
    scopes: list[str]
    csrf: str | None
    ends_at: datetime | None


class Status(Model):
    """Whether the first admin is still to be made."""

    needs_setup: bool


class Device(Model):
    """One of a user's sessions."""

    id: str
    label: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    here: bool


class Code(Model):
    """A code of the second factor."""

    code: str = Field(max_length=100)


class Enrolment(Model):
    """What a device has to be told for the second factor."""

    secret: str
    uri: str


class RecoveryCodes(Model):
    """Codes for when the device is lost; shown this once."""

    codes: list[str]


@router.get("/setup")
def get_setup(served: ServedNow) -> Status:
    """Whether the first admin is still to be made."""
    return Status(needs_setup=not served.access.users.any())


@router.post("/setup", status_code=201)
def set_up(served: ServedNow, request: Request, response: Response, first: SetUp) -> Me:
    """Make the first admin with the token that the server showed, and sign them in."""
    refuse_other_pages(request)
    made = FirstAdmin(
        first.email,
        first.name,
        first.password.get_secret_value(),
        address_of(request),
        _on(request),
    )
    return _in(response, served.access.setup.use(first.token, made))


@router.post("/session", status_code=201)
def sign_in(served: ServedNow, request: Request, response: Response, given: SignIn) -> Me:
    """Sign in: the answer sets the session's cookie, and has what changes must bring."""
    refuse_other_pages(request)
    credentials = Credentials(
        given.email,
        given.password.get_secret_value(),
        address_of(request),
        given.code,
        _on(request),
        request.cookies.get(COOKIE),
    )
    return _in(response, served.access.signing_in.sign_in(credentials))


@router.get("/session")
def get_session(request: Request, who: Anybody) -> Me:
    """Who asks, and what they may."""
    if who.kind == "user":
        return _me(signed_in(request))
    return Me(
        kind=who.kind,
        id=who.id,
        name=who.name,
        scopes=sorted(who.scopes),
        csrf=None,
        ends_at=None,
    )


@router.delete("/session", status_code=204)
def sign_out(served: ServedNow, request: Request, here: Here, response: Response) -> None:
    """Sign out."""
    served.access.sessions.end(request.cookies[COOKIE])
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.post("/session/password")
def change_password(
    served: ServedNow, request: Request, here: Here, response: Response, change: PasswordChange
) -> Me:
    """Change one's own password; all sessions end, and a new one begins here."""
    old, new = change.old.get_secret_value(), change.new.get_secret_value()
    begun = served.access.signing_in.change_password(here, old, new, _on(request))
    return _in(response, begun)


@router.post("/session/second-factor", status_code=201)
def begin_second_factor(served: ServedNow, here: Here) -> Enrolment:
    """Begin to have a second factor; it counts once a first code was brought."""
    found = served.access.second_factors.begin(here.caller)
    return Enrolment(secret=found.secret, uri=found.uri)


@router.post("/session/second-factor/confirm")
def confirm_second_factor(served: ServedNow, here: Here, given: Code) -> RecoveryCodes:
    """Have the second factor count from now on."""
    return RecoveryCodes(codes=[*served.access.second_factors.confirm(here.caller, given.code)])


@router.delete("/session/second-factor", status_code=204)
def end_second_factor(served: ServedNow, here: Here) -> None:
    """Sign in without a second factor again."""
    served.access.second_factors.end(here.caller, here.caller.id)


@router.get("/sessions")
def list_sessions(served: ServedNow, here: Here) -> list[Device]:
    """One's own sessions, the last used first."""
    return [
        Device(
            id=each.id,
            label=each.label,
            created_at=each.created_at,
            seen_at=each.seen_at,
            ends_at=each.ends_at,
            here=each.id == here.session_id,
        )
        for each in served.access.sessions.of(here.caller, here.caller.id)
    ]


@router.delete("/sessions/{id}", status_code=204)
def end_session(served: ServedNow, here: Here, id: str) -> None:
    """End one of one's own sessions."""
    served.access.sessions.end_one(here.caller, here.caller.id, id)


def _in(response: Response, begun: NewSession) -> Me:
    response.set_cookie(
        COOKIE, begun.secret, path="/", secure=True, httponly=True, samesite="strict"
    )
    return _me(begun.signed_in)


def _me(here: SignedIn) -> Me:
    return Me(
        kind="user",
        id=here.caller.id,
        name=here.caller.name,
        scopes=sorted(here.caller.scopes),
        csrf=here.csrf,
        ends_at=here.ends_at,
    )


def _on(request: Request) -> str:
    """What somebody signs in on, as it says of itself."""
    return request.headers.get("user-agent", "")[:200]
