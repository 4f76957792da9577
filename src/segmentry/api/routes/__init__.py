"""One file a resource."""

from segmentry.api.routes import (
    catalogue,
    comparing,
    customers,
    members,
    people,
    queries,
    segments,
    sessions,
    store,
)

ROUTERS = (
    store.router,
    catalogue.router,
    queries.router,
    segments.router,
    members.router,
    comparing.router,
    customers.router,
    sessions.router,
    people.router,
)
"""Every route, in the order the reference lists them."""
