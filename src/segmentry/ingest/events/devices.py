"""Whose a device was: events without a user, given to the person who was seen on it next.

An event belongs to the first person identified on its device at or after it, within 30
days. That depends on nothing but the events themselves, so events and identities may come
in any order; and what one person did is never given to a second.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from segmentry.ingest.events.message import Message
from segmentry.ingest.events.vocabulary import ALIASED

ATTACHED_WITHIN = timedelta(days=30)

_Seen = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class Devices:
    """Who was identified on each device, in order of time."""

    seen: Mapping[str, list[_Seen]]

    def owner(self, message: Message) -> str | None:
        """The user a message belongs to; none where nobody is known."""
        if message.user is not None or message.device is None:
            return message.user
        seen = self.seen.get(message.device, [])
        place = bisect_left(seen, (*message.order, ""))
        if place == len(seen) or seen[place][0] - message.at > ATTACHED_WITHIN:
            return None
        return seen[place][2]


def devices(messages: Iterable[Message]) -> Devices:
    """Who these messages identify on which device."""
    seen: dict[str, list[_Seen]] = {}
    for each in messages:
        for device in devices_of(each):
            if each.user is not None:
                seen.setdefault(device, []).append((*each.order, each.user))
    for found in seen.values():
        found.sort()
    return Devices(seen)


def devices_of(message: Message) -> list[str]:
    """The devices a message tells of: its own, and what an alias calls by another name."""
    names = [message.device] if message.device else []
    if message.name == ALIASED:
        names.append(message.about["previous_id"])
    return names
