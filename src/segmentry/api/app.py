"""Puts the parts of the HTTP interface together: routes, problems, numbers of requests."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry

from segmentry.api.bodies import Bodies
from segmentry.api.describing import describe
from segmentry.api.once import Once
from segmentry.api.pages import Cursors
from segmentry.api.problems import tell_problems, told_problems
from segmentry.api.proxies import BehindProxies, Proxies
from segmentry.api.query_parameters import only_known_parameters
from segmentry.api.requests import Numbered
from segmentry.api.routes import ROUTERS, system
from segmentry.api.routes.system import Measured
from segmentry.api.screens import Screens
from segmentry.serving.served import Served

PREFIX = "/api/v1"

_PROBLEMS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 507)
FILES = {f"{PREFIX}/imports": "imports:write"}
"""The paths whose bodies are files, and the scope that sending them takes."""


def make_app(served: Served, proxies: Proxies | None = None) -> FastAPI:
    """The whole interface over one workspace; `proxies` are those that are believed when they
    say for whom they ask."""
    app = FastAPI(
        title="Segmentry",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lead to whatever host the request names
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        responses=told_problems(*_PROBLEMS),
    )
    app.state.served = served
    served.access.keys.look()
    app.state.cursors = Cursors(served.access.keys.find("cursors") or secrets.token_bytes(32))
    tell_problems(app)
    app.state.streams = set()
    app.state.metrics = metrics = CollectorRegistry()
    metrics.register(Measured(served))
    app.add_middleware(Once, served=served, files=frozenset(FILES))
    app.add_middleware(Bodies, files=FILES)
    app.add_middleware(Numbered, metrics=metrics)
    app.add_middleware(BehindProxies, proxies=proxies or Proxies())
    api = APIRouter(prefix=PREFIX, dependencies=[Depends(only_known_parameters)])
    for router in ROUTERS:
        api.include_router(router)
    app.include_router(api)
    app.include_router(system.outside)
    describe(app, PREFIX)
    app.include_router(Screens().router())
    return app


def _operation_id(route: APIRoute) -> str:
    """The name of the function is the name of the operation, in clients too."""
    return route.name
