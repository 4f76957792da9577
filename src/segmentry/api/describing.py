"""The description of the whole interface, as OpenAPI has it, for whoever is let in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI

from segmentry.access import Caller
from segmentry.api.asking import COOKIE, CSRF, caller
from segmentry.api.routes.records import Batch

_OPEN = {"get_setup", "set_up", "sign_in"}
"""The operations that nobody has to be signed in for."""


def describe(app: FastAPI, prefix: str) -> None:
    """Have an app describe itself at `openapi.json`."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_ways_in(plain())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]

    @app.get(f"{prefix}/openapi.json", include_in_schema=False)
    def get_openapi(who: Annotated[Caller, Depends(caller)]) -> dict[str, Any]:
        return described()


def _with_ways_in(schema: dict[str, Any]) -> dict[str, Any]:
    batch = Batch.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["components"]["schemas"] |= batch.pop("$defs") | {"Batch": batch}
    schema["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "page": {"type": "apiKey", "in": "header", "name": CSRF},
    }
    schema["security"] = [{"token": []}, {"session": [], "page": []}]
    for path in schema["paths"].values():
        for operation in path.values():
            if operation["operationId"] in _OPEN:
                operation["security"] = []
    return schema
