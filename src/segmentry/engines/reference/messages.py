"""Which events of messages count: those of people, and deliveries that did not bounce."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

from segmentry.engines.properties import properties_of
from segmentry.engines.reference.rows import Event
from segmentry.facts.channels import FEWEST_MESSAGES
from segmentry.facts.events import PREFETCHED

_NO_TIME = timedelta()


def opened_by_machine(event: Event) -> bool:
    """Whether its source says that a machine fetched the pictures."""
    return properties_of(event.properties).get("machine") is True


def clicked_by_machine(event: Event, events: Iterable[Event]) -> bool:
    """Whether a click came sooner after the delivery of its message than a person reads."""
    delivered = f"{event.name.partition('.')[0]}.delivered"
    return any(
        _NO_TIME <= event.occurred_at - each.occurred_at < PREFETCHED
        for each in _of_message(event, delivered, events)
    )


def bounced(event: Event, events: Iterable[Event]) -> bool:
    """Whether a message came back after it was delivered, and before it was sent again."""
    again = [each.occurred_at for each in _of_message(event, "email.delivered", events)]
    return any(
        each.occurred_at >= event.occurred_at
        and not any(event.occurred_at < at <= each.occurred_at for at in again)
        for each in _of_message(event, "email.bounced", events)
    )


def _of_message(event: Event, name: str, events: Iterable[Event]) -> list[Event]:
    """The events of a name that are about the same message."""
    if event.activity_id is None:
        return []
    return [e for e in events if e.name == name and e.activity_id == event.activity_id]


def counts(event: Event, events: Iterable[Event]) -> bool:
    """Whether an event among a person's is one of the person's own and still holds."""
    match event.name:
        case "email.opened":
            return not opened_by_machine(event)
        case "email.clicked" | "sms.clicked":
            return not clicked_by_machine(event, events)
        case "email.delivered":
            return not bounced(event, events)
    return True


def preferred(
    reachable: dict[str, bool], events: list[Event], all_events: list[Event]
) -> str | None:
    """The reachable channel with the highest share of clicks among the messages of some
    events; none where two are alike."""
    shares: dict[str, Fraction] = {}
    for channel in (name for name, there in reachable.items() if there):
        delivered, clicked = (
            sum(e.name == f"{channel.lower()}.{kind}" and counts(e, all_events) for e in events)
            for kind in ("delivered", "clicked")
        )
        if delivered >= FEWEST_MESSAGES:
            shares[channel] = Fraction(clicked, delivered)
    best = [channel for channel, share in shares.items() if share == max(shares.values())]
    return best[0] if len(best) == 1 else None
