"""The webhooks of one workspace: endpoints, what is told them, and how that goes.

Needs `app.sqlite` alone, by connections of its own: whoever sends holds up nobody else, and
several may send at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine as AppDb
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from segmentry.base.clock import Clock
from segmentry.base.errors import DestinationError, UnknownDestination
from segmentry.destinations.outbound import Outbound
from segmentry.destinations.webhooks import collecting, endpoints, sent
from segmentry.destinations.webhooks.collecting import Warned
from segmentry.destinations.webhooks.delivering import (
    DeliveryState,
    claim,
    due_endpoints,
    new_delivery,
    send_again,
)
from segmentry.destinations.webhooks.endpoints import Endpoint, Segments, State
from segmentry.destinations.webhooks.kept_secrets import EndpointSecrets, Secrets
from segmentry.destinations.webhooks.messages import KINDS, PING, new_message
from segmentry.destinations.webhooks.sending import Delivered, Sender
from segmentry.destinations.webhooks.sent import Attempt, Delivery, Looked
from segmentry.storage.webhook_tables import WebhookEndpoint, WebhookMessage

KEPT = timedelta(days=30)
"""So long a message is kept, and can be sent again."""


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


class Webhooks:
    """Endpoints are made and changed, messages collected and sent.

    `left_out` gives what stands before every customer's id and is not shown.
    """

    def __init__(
        self,
        app: AppDb,
        secrets: Secrets,
        outbound: Outbound,
        left_out: Callable[[], str],
        now: Clock,
    ) -> None:
        self._app = app
        self._secrets = EndpointSecrets(secrets)
        self._outbound = outbound
        self._left_out = left_out
        self._now = now

    # -- endpoints --------------------------------------------------------------------

    def add(
        self,
        url: str,
        *,
        description: str = "",
        kinds: Iterable[str] = KINDS,
        segments: Segments = "all",
    ) -> WithSecret:
        """Have an address told of what happens from now on. Refuses an address that nothing is
        sent to, unknown kinds and segments."""
        self._outbound.target(url)
        id, now, left_out = endpoints.new_id(), self._now(), self._left_out()
        # The secret first: of an endpoint that did not come about, nobody needs it.
        secret = self._secrets.make(id)
        try:
            with Session(self._app) as session, session.begin():
                collecting.collect_all(session, left_out, now)
                row = endpoints.new_endpoint(session, id, url, now)
                endpoints.describe(row, description)
                endpoints.want_kinds(row, kinds)
                endpoints.want_segments(session, row, segments, now)
                session.flush()
                return WithSecret(endpoints.shown(session, row), secret)
        except BaseException:
            self._secrets.remove(id)
            raise

    def listed(self) -> tuple[Endpoint, ...]:
        """All endpoints, the first one first."""
        rows = select(WebhookEndpoint).order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
        with Session(self._app) as session:
            return tuple(endpoints.shown(session, row) for row in session.scalars(rows))

    def __getitem__(self, id: str) -> Endpoint:
        """One endpoint. Refuses an unknown id."""
        with Session(self._app) as session:
            return endpoints.shown(session, endpoints.find(session, id))

    def edit(
        self,
        id: str,
        *,
        url: str | None = None,
        description: str | None = None,
        kinds: Iterable[str] | None = None,
        segments: Segments | None = None,
    ) -> Endpoint:
        """Change what is given. What happened before is told as it was to be."""
        if url is not None:
            self._outbound.target(url)
        now, left_out = self._now(), self._left_out()
        with Session(self._app) as session, session.begin():
            row = endpoints.find(session, id)
            collecting.collect_all(session, left_out, now)
            row.url = url or row.url
            if description is not None:
                endpoints.describe(row, description)
            if kinds is not None:
                endpoints.want_kinds(row, kinds)
            if segments is not None:
                endpoints.want_segments(session, row, segments, now)
            session.flush()
            return endpoints.shown(session, row)

    def pause(self, id: str) -> Endpoint:
        """Send nothing for now; messages wait."""
        return self._put_into(id, "paused")

    def resume(self, id: str) -> Endpoint:
        """Send again, what waits first; also after an endpoint was disabled."""
        return self._put_into(id, "active")

    def _put_into(self, id: str, state: State) -> Endpoint:
        with Session(self._app) as session, session.begin():
            row = endpoints.find(session, id)
            row.failing_since = None
            endpoints.set_state(session, row, state)
            return endpoints.shown(session, row)

    def remove(self, id: str) -> None:
        """Forget an endpoint, what waits for it, and its secret."""
        with Session(self._app) as session, session.begin():
            row = endpoints.find(session, id)
            endpoints.forget_uses(session, id)
            session.delete(row)
        self._secrets.remove(id)

    def rotate_secret(self, id: str) -> WithSecret:
        """Give an endpoint a new secret; for a day messages are signed with the old one too."""
        endpoint = self[id]
        return WithSecret(endpoint, self._secrets.rotate(id, self._now()))

    # -- making messages --------------------------------------------------------------

    def collect(self, now: datetime) -> int:
        """Make messages of all changes of memberships and imports there are; gives how many."""
        count, more, left_out = 0, True, self._left_out()
        while more:
            with Session(self._app) as session, session.begin():
                made, more = collecting.collect(session, left_out, now)
            count += made
        return count

    def tell_health(self, warnings: Iterable[Warned], now: datetime) -> int:
        """Make a message of the warnings that came or went since they were told last; gives
        how many messages."""
        with Session(self._app) as session, session.begin():
            return collecting.tell_health(session, warnings, now)

    def forget_old(self, now: datetime) -> None:
        """Forget messages that are a month old, sent or not, with their deliveries."""
        with Session(self._app) as session, session.begin():
            session.execute(delete(WebhookMessage).where(WebhookMessage.made_at < now - KEPT))

    # -- sending ----------------------------------------------------------------------

    def deliver_due(self, now: datetime, limit: int = 100) -> Delivered:
        """Send what is due, at most so many messages to each endpoint, a few at a time.

        Endpoints are sent to beside each other. One that fails or is slow gets no more before
        the next call, so that a call takes half a minute at most.
        """
        with Session(self._app) as session:
            due = due_endpoints(session, now)
        return self._sender(now).send_to_all(due, limit)

    def ping(self, id: str) -> Delivery:
        """Send an endpoint a message of no meaning, now and once, whatever state it is in."""
        now = self._now()
        with Session(self._app) as session, session.begin():
            row = endpoints.find(session, id)
            message = new_message(PING, now, {"endpoint": row.id}, now)
            session.add(message)
            session.flush()
            session.add(pinging := new_delivery(message, row.id, now))
            session.flush()
            claimed = claim(session, pinging, now)
        self._sender(now).send(claimed)
        with Session(self._app) as session:
            return sent.delivery(session, claimed.delivery_id)

    def _sender(self, now: datetime) -> Sender:
        return Sender(self._app, self._secrets, self._outbound, now)

    def replay(self, id: str, *, message: str | None = None, since: datetime | None = None) -> int:
        """Have messages sent to an endpoint once more, with the ids they had: one, or all that
        it wants of those made since a moment. Gives how many."""
        if (message is None) == (since is None):
            raise DestinationError("Name one message, or the moment since when.")
        now = self._now()
        with Session(self._app) as session, session.begin():
            row = endpoints.find(session, id)
            (wanted,) = endpoints.wanted(session, row.id)
            of = WebhookMessage
            chosen = of.id == message if since is None else of.made_at >= since
            found = list(session.scalars(select(of).where(chosen).order_by(of.number)))
            if since is not None:
                found = [each for each in found if wanted.wants(each)]
            elif not found:
                raise UnknownDestination(f"There is no message '{str(message)[:40]}'.")
            for each in found:
                send_again(session, each, row.id, now)
            return len(found)

    # -- looking ----------------------------------------------------------------------

    def deliveries(
        self,
        id: str | None = None,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Delivery, ...]:
        """What is or was on its way, the latest first: to one endpoint, in one state, made
        before the delivery of an id."""
        with Session(self._app) as session:
            if id is not None:
                endpoints.find(session, id)
            return sent.deliveries(session, Looked(id, state, before, limit))

    def attempts(self, delivery: int) -> tuple[Attempt, ...]:
        """Every sending of a delivery, the first one first."""
        with Session(self._app) as session:
            return sent.attempts(session, delivery)
