"""Coming in and going over HTTP: cookies, what pages of others cannot do, set-up, tokens."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from segmentry.api.asking import COOKIE, CSRF

from .conftest import ME, Api

PASSWORD = "tall grass by the sea"
ORIGIN = {"Origin": "https://shop.example"}


def _set_up(api: Api) -> tuple[TestClient, dict[str, Any]]:
    token, _ = api.served.access.setup.new_token(ME)
    client = api.as_nobody()
    first = {"token": token, "email": "ann@example.com", "name": "Ann", "password": PASSWORD}
    made = client.post("/setup", json=first, headers=ORIGIN)
    assert made.status_code == 201, made.text
    return client, made.json()


def test_the_first_admin_is_made_once_with_the_token(api: Api) -> None:
    """API-22: there is no default password, and the set-up token is good for one use."""
    assert api.as_nobody().get("/setup").json() == {"needs_setup": True}
    token, _ = api.served.access.setup.new_token(ME)
    first = {"token": token, "email": "ann@example.com", "name": "Ann", "password": PASSWORD}
    made = api.as_nobody().post("/setup", json=first, headers=ORIGIN)
    assert made.status_code == 201
    again = api.as_nobody().post("/setup", json=first, headers=ORIGIN)
    assert again.status_code == 422
    assert api.as_nobody().get("/setup").json() == {"needs_setup": False}


def test_the_cookie_is_for_this_server_alone(api: Api) -> None:
    """API-09: it is __Host-, HttpOnly, Secure, SameSite."""
    token, _ = api.served.access.setup.new_token(ME)
    first = {"token": token, "email": "ann@example.com", "name": "Ann", "password": PASSWORD}
    made = api.as_nobody().post("/setup", json=first, headers=ORIGIN)
    cookie = made.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_signing_in_and_out(api: Api) -> None:
    """API-08: every sign-in has a session of its own, and after signing out it is over."""
    client, _ = _set_up(api)
    assert client.get("/session").json()["name"] == "Ann"
    before = client.cookies[COOKIE]
    given = {"email": "ann@example.com", "password": PASSWORD}
    again = client.post("/session", json=given, headers=ORIGIN)
    assert again.status_code == 201
    assert client.cookies[COOKIE] != before
    assert _with(api, before).get("/session").status_code == 401
    now = client.cookies[COOKIE]
    csrf = {CSRF: again.json()["csrf"], **ORIGIN}
    assert client.delete("/session", headers=csrf).status_code == 204
    assert _with(api, now).get("/session").status_code == 401


def test_a_new_password_ends_all_sessions(api: Api) -> None:
    """API-08: what was signed in before is signed in no more, and here goes on."""
    client, me = _set_up(api)
    elsewhere = client.cookies[COOKIE]
    change = {"old": PASSWORD, "new": "another field of grass"}
    done = client.post("/session/password", json=change, headers={CSRF: me["csrf"], **ORIGIN})
    assert done.status_code == 200
    assert _with(api, elsewhere).get("/session").status_code == 401
    assert client.get("/session").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://shop.example.evil.example"},
        {"Origin": "https://shop.example"},
        {"Origin": "https://shop.example", CSRF: "0" * 64},
    ],
)
def test_no_page_of_others_changes_anything(api: Api, headers: dict[str, str]) -> None:
    """API-09: a change by a cookie needs an origin that is ours and the session's word."""
    client, me = _set_up(api)
    wanted = {"name": "Big", "query": "amount_spent > 50"}
    refused = client.post("/segments", json=wanted, headers=headers)
    assert refused.status_code == 403
    assert client.get("/segments").json()["total"] == 0
    well = {"Origin": "https://shop.example", CSRF: me["csrf"]}
    assert client.post("/segments", json=wanted, headers=well).status_code == 201


def test_a_form_of_another_page_signs_nobody_in(api: Api) -> None:
    """API-09: forms and texts that are JSON are no JSON, and other origins sign nobody in."""
    _set_up(api)
    given = '{"email": "ann@example.com", "password": "tall grass by the sea"}'
    for headers in (
        {"Content-Type": "text/plain", **ORIGIN},
        {"Content-Type": "application/x-www-form-urlencoded", **ORIGIN},
    ):
        refused = api.as_nobody().post("/session", content=given, headers=headers)
        assert refused.status_code == 422, headers
    headers = {"Content-Type": "application/json", "Origin": "https://evil.example"}
    assert api.as_nobody().post("/session", content=given, headers=headers).status_code == 403


def test_wrong_passwords_are_slowed_down(api: Api) -> None:
    """API-10: after a few one has to wait, and is told for how long."""
    _set_up(api)
    wrong = {"email": "ann@example.com", "password": "not this one at all"}
    statuses = [_sign_in(api, wrong).status_code for _ in range(8)]
    assert statuses[0] == 401
    last = _sign_in(api, wrong)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1


def test_tokens_that_are_none(api: Api) -> None:
    """API-05: wrong, truncated, in other case, expired, revoked, in the query, huge: always
    the same answer."""
    made = api.served.access.tokens.add(ME, "reads", ["segments:read"])
    late = api.clock.now.replace(year=2025)
    ended = api.served.access.tokens.add(ME, "ends", ["segments:read"], late)
    revoked = api.served.access.tokens.add(ME, "revoked", ["segments:read"])
    api.served.access.tokens.revoke(ME, revoked.token.id)
    assert _bearing(api, made.text).get("/segments").status_code == 200
    api.clock.forward(days=400)
    answers = {
        _bearing(api, text).get("/segments").json()["detail"]
        for text in (
            *(made.text[:-1], made.text.upper(), made.text[:-1] + "b", ended.text, revoked.text),
            *("sgm_" + "x" * 1_000, "", "not a token"),
        )
    }
    assert len(answers) == 1, answers
    nobody = api.as_nobody()
    assert nobody.get("/segments", params={"token": made.text}).status_code in (401, 422)
    assert nobody.get("/segments").status_code == 401
    api.served.access.tokens.revoke(ME, made.token.id)
    assert _bearing(api, made.text).get("/segments").status_code == 401


def test_a_token_does_no_more_than_its_scopes(api: Api) -> None:
    """API-20: what is not allowed is refused by name, and no token makes a stronger one."""
    client = api.as_with("segments:read", "tokens:write")
    refused = client.post("/segments", json={"name": "Big", "query": "amount_spent > 50"})
    assert refused.status_code == 403
    assert "segments:write" in refused.json()["detail"]
    stronger = client.post("/tokens", json={"name": "x", "scopes": ["users:admin"]})
    assert stronger.status_code in (403, 422)


def test_the_last_admin_stays(api: Api) -> None:
    """API-20: nobody can leave the workspace without an admin."""
    client, me = _set_up(api)
    headers = {CSRF: me["csrf"], **ORIGIN}
    for change in ({"role": "viewer"}, {"disabled": True}):
        refused = client.patch(f"/users/{me['id']}", json=change, headers=headers)
        assert refused.status_code in (403, 422)
    assert client.delete(f"/users/{me['id']}", headers=headers).status_code in (403, 422)
    assert client.get("/session").status_code == 200


def test_what_was_done_is_written_down(api: Api) -> None:
    """API-19: changes are in the log with who made them, and the log holds together."""
    client, me = _set_up(api)
    headers = {CSRF: me["csrf"], **ORIGIN}
    client.post("/segments", json={"name": "Big", "query": "amount_spent > 50"}, headers=headers)
    entries = client.get("/audit").json()
    assert entries[0]["verb"] == "add_segment"
    assert entries[0]["who"] == me["id"]
    check = client.get("/audit/check").json()
    assert check["broken"] is None
    assert check["last"] == entries[0]["number"]


def _with(api: Api, secret: str) -> TestClient:
    client = api.as_nobody()
    client.headers["Cookie"] = f"{COOKIE}={secret}"
    return client


def _bearing(api: Api, text: str) -> TestClient:
    client = api.as_nobody()
    client.headers["Authorization"] = f"Bearer {text}"
    return client


def _sign_in(api: Api, given: dict[str, str]) -> httpx.Response:
    return api.as_nobody().post("/session", json=given, headers=ORIGIN)
