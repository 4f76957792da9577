"""Which events of messages count: those of people, and deliveries that did not bounce."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.events import Events
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.moments import MICROSECOND
from segmentry.facts.events import PREFETCHED

NEVER = np.iinfo(np.int64).max
"""After every moment."""


def opened_by_machine(opened: Events) -> Mask:
    """Where the source says that a machine fetched the pictures."""
    raw, said = opened.told(lambda properties: properties.get("machine") is True)
    return np.array([*said, False])[raw.codes]


def clicked_by_machine(clicked: Events, delivered: Events) -> Mask:
    """Where a click came sooner after the delivery of its message than a person reads."""
    before = last_before(clicked, delivered)
    return np.asarray(clicked.at - before < PREFETCHED // MICROSECOND)


def last_before(these: Events, those: Events) -> Whole:
    """When the last of those came, before each of these or with it, about the same message;
    long ago where none did."""
    mine, others, moments = _in_order(these, those)
    place = np.searchsorted(others, mine, "right") - 1
    found = np.append(others, -1)[place]
    at = moments[found % len(moments)] if len(moments) else found
    same = (found >= 0) & (mine >= 0) & (found // len(moments) == mine // len(moments))
    return np.where(same, at, -(2**61))


def bounced_at(delivered: Events, bounced: Events) -> Whole:
    """When each delivery came back, before its message was sent again; NEVER if it did not."""
    back, again = first_after(delivered, bounced), first_after(delivered, delivered, later=True)
    return np.where(back < again, back, NEVER)


def first_after(these: Events, those: Events, *, later: bool = False) -> Whole:
    """When the first of those came, after each of these or with it (`later`: not with it),
    about the same message; NEVER where none did."""
    mine, others, moments = _in_order(these, those)
    found = np.append(others, -1)[np.searchsorted(others, mine, "right" if later else "left")]
    at = moments[found % len(moments)] if len(moments) else found
    same = (found >= 0) & (mine >= 0) & (found // len(moments) == mine // len(moments))
    return np.where(same, at, NEVER)


def _in_order(these: Events, those: Events) -> tuple[Whole, Whole, Whole]:
    """Each event as one number made of its message and the rank of its moment, below zero
    where the message is not known: of these as they come, of those sorted. And the moments."""
    activities = pa.concat_arrays(
        [each.column("activity_id").combine_chunks() for each in (these, those)]
    )
    codes = reading.coded(pa.chunked_array([activities]))
    owners = np.concatenate([these.owners, those.owners])
    messages = np.unique(owners * (len(codes.words.values) + 1) + codes.codes, return_inverse=True)
    moments, rank = np.unique(np.concatenate([these.at, those.at]), return_inverse=True)
    numbers = np.where(codes.known, messages[1] * len(moments) + rank, -1)
    others = numbers[these.size :]
    return numbers[: these.size], np.sort(others[others >= 0]), moments
