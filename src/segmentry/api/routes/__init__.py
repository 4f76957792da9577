"""One file a resource."""

from segmentry.api.routes import (
    catalogue,
    comparing,
    customers,
    data,
    jobs,
    members,
    people,
    queries,
    records,
    segments,
    sessions,
    store,
    system,
    webhooks,
)

ROUTERS = (
    store.router,
    catalogue.router,
    queries.router,
    segments.router,
    members.router,
    comparing.router,
    customers.router,
    records.router,
    jobs.router,
    webhooks.router,
    data.router,
    system.router,
    sessions.router,
    people.router,
)
"""Every route, in the order the reference lists them."""
