"""Values that consent and messages together give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from segmentry.engines.live.columns import NONE, Coded, Column, Words
from segmentry.engines.live.event_records import there_at
from segmentry.engines.live.exact import Mask, Whole, count_by, times
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.channels import CHANNELS, FEWEST_MESSAGES, PREFERENCE_DAYS
from segmentry.facts.consent import SUBSCRIBED
from segmentry.query.dates import day_start

_KINDS = ("delivered", "clicked")


def _subscribed(now: Snapshot, channel: str) -> Mask:
    state, _ = now.email if channel == "EMAIL" else now.sms
    return np.array([word == SUBSCRIBED for word in state.words.values])[state.codes]


def reachable(channel: str) -> Callable[[Snapshot, StoreDay], Column]:
    """Whether there is an address, and consent for it."""
    return lambda now, day: Coded(_subscribed(now, channel).astype(np.int64), Words((False, True)))


def preferred_channel(now: Snapshot, day: StoreDay) -> Column:
    """The channel with more clicks for each message, compared by multiplication."""
    start = day_start(day.date - timedelta(PREFERENCE_DAYS), now.columns.zone)
    email, sms = (_messages(now, channel.lower(), number_of(start)) for channel in CHANNELS)
    by_email = _subscribed(now, "EMAIL") & (email.delivered >= FEWEST_MESSAGES)
    by_sms = _subscribed(now, "SMS") & (sms.delivered >= FEWEST_MESSAGES)
    one, other = times(email.clicked, sms.delivered), times(sms.clicked, email.delivered)
    codes = np.full(now.size, NONE)
    codes[by_email & (~by_sms | (one > other))] = CHANNELS.index("EMAIL")
    codes[by_sms & (~by_email | (other > one))] = CHANNELS.index("SMS")
    return Coded(codes, Words(CHANNELS))


@dataclass(frozen=True, slots=True, eq=False)
class _Messages:
    """How many messages each customer got, and clicked on."""

    delivered: Whole
    clicked: Whole


def _messages(now: Snapshot, channel: str, start: int) -> _Messages:
    """The messages of a channel since a moment."""
    return _Messages(*(_number(now, f"{channel}.{kind}", start) for kind in _KINDS))


def _number(now: Snapshot, name: str, start: int) -> Whole:
    events = now.columns.events.named(name)
    return count_by(events.owners[there_at(now, name) & (events.at >= start)], now.size)
