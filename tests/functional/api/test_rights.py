"""Every route with every role, nobody and a token: made from the routes there are."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from segmentry.access.scopes import ALL_SCOPES, ROLES
from segmentry.api.asking import Asks
from segmentry.api.routes import ROUTERS, system

from .conftest import Api

OPEN = {"get_setup", "set_up", "sign_in", "get_health", "get_ready"}
"""What nobody has to be signed in for."""

THEIR_OWN = {
    *("get_session", "sign_out", "change_password", "begin_second_factor", "list_sessions"),
    *("confirm_second_factor", "end_second_factor", "end_session"),
}
"""What everybody who is signed in may do, each with what is their own."""

ROUTES = [
    route
    for router in (*ROUTERS, system.outside)
    for route in router.routes
    if isinstance(route, APIRoute)
]


def _scopes(route: APIRoute) -> set[str]:
    return {each.call.scope for each in route.dependant.dependencies if isinstance(each.call, Asks)}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_names_the_scope_it_takes(route: APIRoute) -> None:
    """API-02: a new route without one fails here."""
    scopes = _scopes(route)
    if route.name in OPEN | THEIR_OWN:
        assert not scopes
    else:
        assert len(scopes) == 1
        assert scopes <= ALL_SCOPES


def test_each_route_is_named_once_and_told() -> None:
    """API-17: names are those of operations in clients, and each has a sentence."""
    names = [route.name for route in ROUTES]
    assert len(names) == len(set(names))
    assert all(route.description for route in ROUTES)


@pytest.mark.parametrize("role", [*ROLES, "nobody", "nothing"])
def test_every_route_with_every_role(api: Api, role: str) -> None:
    """API-02: who is not known gets 401, who may not gets 403, and who may never either."""
    scopes: frozenset[str] | None = None
    if role != "nobody":
        scopes = ROLES[role].scopes if role in ROLES else frozenset({"tokens:write"})
    client = api.as_nobody() if scopes is None else api.as_with(*scopes)
    for route in ROUTES:
        needed = _scopes(route)
        if not needed:
            continue
        for method in route.methods or ():
            prefix = "" if route in system.outside.routes else "/api/v1"
            path = "https://shop.example" + prefix + route.path
            for name in route.param_convertors:
                path = path.replace(f"{{{name}:path}}", "1").replace(f"{{{name}}}", "1")
            if route.name == "stream_events" and scopes is not None and needed <= scopes:
                continue  # which never ends
            answer = client.request(method, path, json=_any_body(route))
            where = f"{role}: {method} {path}: {answer.status_code} {answer.text[:200]}"
            if scopes is None:
                assert answer.status_code == 401, where
            elif not needed <= scopes:
                assert answer.status_code == 403, where
            elif route.name != "list_tokens":  # whose own, of a token that nobody has?
                assert answer.status_code not in (401, 403, 500), where


def _any_body(route: APIRoute) -> Any:
    return {} if route.body_field is not None else None


def test_a_number_that_no_database_keeps_is_refused(api: Api) -> None:
    """API-12: everywhere that something is named by a number."""
    paths = api.client.get("/openapi.json").json()["paths"]
    asked = 0
    for path, operations in paths.items():
        for method, operation in operations.items():
            for each in operation.get("parameters", ()):
                if each["in"] != "query" and each["schema"].get("type") == "integer":
                    place = path.removeprefix("/api/v1").replace("{customer}", "a")
                    for number in (0, -1, 2**53, 10**30):
                        found = api.client.request(
                            method, place.replace(f"{{{each['name']}}}", str(number)), json={}
                        )
                        assert found.status_code == 422, (method, place, number, found.text)
                        asked += 1
    assert asked >= 96


def test_how_a_change_of_an_unseen_version_is_refused_is_told(api: Api) -> None:
    """API-16, API-17: 412 and 428 are in the description of what takes If-Match."""
    paths = api.client.get("/openapi.json").json()["paths"]
    for path in paths.values():
        for operation in path.values():
            takes = any(each["name"] == "If-Match" for each in operation.get("parameters", ()))
            assert ({"412", "428"} <= operation["responses"].keys()) == takes, operation
