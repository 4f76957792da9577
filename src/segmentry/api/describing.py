"""The description of the whole interface, as OpenAPI has it, for whoever is let in.

Clients are made from it by programs, so what is refused has the type of a problem, every body has
a name, and what an operation does is the first sentence that is written beside it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, FastAPI

from segmentry.access import Caller
from segmentry.api.asking import COOKIE, CSRF, caller
from segmentry.api.problems import MEDIA_TYPE, Problem
from segmentry.api.routes.records import Batch

_OPEN = {"get_setup", "set_up", "sign_in"}
"""The operations that nobody has to be signed in for."""

_REFERENCE = "#/components/schemas/"


def describe(app: FastAPI, prefix: str) -> None:
    """Have an app describe itself at `openapi.json`."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _named(_with_ways_in(plain()))
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


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    for path in schema["paths"].values():
        for operation in path.values():
            operation["summary"] = _first_sentence(operation["description"])
            for status, answer in operation["responses"].items():
                if status >= "400" and MEDIA_TYPE in answer["content"]:
                    _refused_with_a_problem(answer)
    return _forms_named(_without_titles(schema))


def _first_sentence(text: str) -> str:
    """What an operation does; the rest of its description is more on it."""
    return re.split(r"(?<=[a-z`)])[.:;](?:\s|$)", " ".join(text.split()), maxsplit=1)[0]


def _refused_with_a_problem(answer: dict[str, Any]) -> None:
    """What a program reads of a refusal; beside it may be an answer of another kind."""
    problem = {"$ref": f"{_REFERENCE}{Problem.__name__}"}
    others = answer["content"].pop("application/json", {}).get("schema", problem)
    answer["content"] = {MEDIA_TYPE: {"schema": problem}}
    if others != problem:
        answer["content"]["application/json"] = {"schema": others}


def _without_titles(schema: Any) -> Any:
    """Names of properties are said once; what is called `title` itself stays."""
    match schema:
        case dict():
            return {
                key: _without_titles(value)
                for key, value in schema.items()
                if key != "title" or not isinstance(value, str) or "version" in schema
            }
        case list():
            return [_without_titles(each) for each in schema]
    return schema


def _forms_named(schema: dict[str, Any]) -> dict[str, Any]:
    """Forms are named for what they do, as bodies are: `Body_import_files` is `ImportFiles`."""
    schemas = schema["components"]["schemas"]
    for name in [each for each in schemas if each.startswith("Body_")]:
        ours = "".join(part.capitalize() for part in name.removeprefix("Body_").split("_"))
        schemas[ours] = schemas.pop(name)
        for path in schema["paths"].values():
            for operation in path.values():
                for body in operation.get("requestBody", {}).get("content", {}).values():
                    if body["schema"] == {"$ref": f"{_REFERENCE}{name}"}:
                        body["schema"] = {"$ref": f"{_REFERENCE}{ours}"}
    return schema
