"""Refuses parameters that a route does not know: a misspelt one would be passed over."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from segmentry.api.problems import ApiError, InvalidField
from segmentry.query import suggest


def only_known_parameters(request: Request) -> None:
    """Refuse what is not in the route's declaration, with the likely name."""
    route = request.scope["route"]
    known = _known(route)
    fields = []
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            close = suggest.closest(name, known)
            hint = f" Did you mean {close}?" if close else ""
            fields.append(
                InvalidField(pointer=f"/query/{name[:100]}", message=f"There is no such.{hint}")
            )
    if fields:
        told = "; ".join(f"{each.pointer}: {each.message}" for each in fields[:5])
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", told, fields=fields)


def _known(route: APIRoute) -> frozenset[str]:
    def names(dependant: Dependant) -> set[str]:
        own = {each.alias for each in dependant.query_params}
        return own.union(*(names(each) for each in dependant.dependencies))

    return frozenset(names(route.dependant))
