"""The page about the HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from segmentry.access.scopes import ROLES, SCOPES
from segmentry.api.app import PREFIX
from segmentry.api.asking import Asks
from segmentry.api.routes import ROUTERS, system
from tests.docs.manual.markdown import code, page, table


def text() -> str:
    """The page: every route with the scope it takes, and every scope with its roles."""
    return page(
        "HTTP",
        f"Paths begin with `{PREFIX}`, but for those of the server's state.\n"
        f"The whole description with all bodies is at `{PREFIX}/openapi.json`.\n"
        "How to come in, errors, pages and versions: `docs/how-to/serve.md`.",
        "## Routes",
        table(("Method", "Path", "Scope", "What it does"), _rows()),
        "## Scopes",
        table(("Scope", "Roles", "Meaning"), _scopes()),
    )


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for router in (*ROUTERS, system.outside):
        yield from _of(router)


def _of(router: APIRouter) -> Iterator[tuple[str, str, str, str]]:
    for route in router.routes:
        assert isinstance(route, APIRoute)
        asked = (each.call for each in route.dependant.dependencies)
        scopes = [code(each.scope) for each in asked if isinstance(each, Asks)]
        path = route.path.replace(":path", "")
        told = " ".join(route.description.split())
        yield ", ".join(sorted(route.methods or ())), code(path), ", ".join(scopes), told


def _scopes() -> Iterator[tuple[str, str, str]]:
    for scope in SCOPES:
        roles = (name for name, role in ROLES.items() if scope.name in role.scopes)
        yield code(scope.name), ", ".join(roles), scope.meaning
