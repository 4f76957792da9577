"""Sends messages and has noted what came of it; many at a time, and a few to each endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import Engine as AppDb
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.destinations.outbound import Outbound
from segmentry.destinations.webhooks.delivering import (
    AT_A_TIME,
    Claimed,
    DeliveryState,
    Outcome,
    claim_next,
    note,
)
from segmentry.destinations.webhooks.kept_secrets import EndpointSecrets
from segmentry.destinations.webhooks.signing import signed

THREADS = 32
STARTING, SLOW = 20.0, 3.0
"""Seconds. After the first nothing more is begun; an endpoint that takes longer than the
second to answer is sent nothing more before the next time."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages were taken, are to be tried again, and were given up."""

    done: int = 0
    waiting: int = 0
    failed: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.done + other.done, self.waiting + other.waiting, self.failed + other.failed
        )


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is claimed, at a moment; takes one connection to the database at a time and
    none while it waits for an answer."""

    app: AppDb
    secrets: EndpointSecrets
    outbound: Outbound
    now: datetime

    def send_to_all(self, endpoints: Sequence[str], limit: int) -> Delivered:
        """Send what is due to these endpoints, at most so many messages to each."""
        shares = [limit // AT_A_TIME + (lane < limit % AT_A_TIME) for lane in range(AT_A_TIME)]
        lanes = [(each, share) for share in shares if share for each in endpoints]
        if not lanes:
            return Delivered()
        until = monotonic() + STARTING
        with ThreadPoolExecutor(min(len(lanes), THREADS)) as threads:
            work = [threads.submit(self._lane, each, share, until) for each, share in lanes]
        return sum((each.result() for each in work), Delivered())

    def _lane(self, endpoint: str, most: int, until: float) -> Delivered:
        """Send to one endpoint, one message after another."""
        total = Delivered()
        for _ in range(most):
            if monotonic() >= until:
                break
            with Session(self.app) as session, session.begin():
                claimed = claim_next(session, endpoint, self.now)
            if claimed is None:
                break
            outcome, state = self.send(claimed)
            total += Delivered(**{state: 1})
            if not outcome.taken or outcome.ms > SLOW * 1_000:
                break
        return total

    def send(self, claimed: Claimed) -> tuple[Outcome, DeliveryState]:
        """Send one message, and say what came of it."""
        outcome = self._post(claimed)
        with Session(self.app) as session, session.begin():
            return outcome, note(session, claimed, outcome, self.now)

    def _post(self, claimed: Claimed) -> Outcome:
        started = monotonic()
        status, error, retry_after = None, "", None
        try:
            keys = self.secrets.valid(claimed.endpoint_id, self.now)
            headers = signed(keys, claimed.message_id, int(self.now.timestamp()), claimed.body)
            headers |= {"content-type": "application/json", "user-agent": "Segmentry"}
            answer = self.outbound.post(claimed.url, headers, claimed.body)
            status, retry_after = answer.status, answer.retry_after
            error = _in_words(status)
        except UserError as wrong:
            error = str(wrong)
        except Exception as wrong:  # one message at fault holds up no other
            error = f"A fault of Segmentry's own: {type(wrong).__name__}."
        return Outcome(status, error, round((monotonic() - started) * 1_000), retry_after)


def _in_words(status: int) -> str:
    """What is wrong with an answer; nothing for one that took the message."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}; redirections are not followed, so give the final URL."
    return f"It answered {status}."
