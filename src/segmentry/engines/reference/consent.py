"""A person's state of consent on one channel, from the acts on record.

Acts hold in the order people made them, whenever they became known; at one moment a
withdrawal is the later. An import can lower consent, and can raise it only where
nothing is on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.reference.rows import Consent

UNKNOWN = "NOT_SUBSCRIBED"


@dataclass(frozen=True, slots=True)
class ConsentState:
    """The state, and since when they are subscribed if they are."""

    state: str
    subscribed_at: datetime | None


def consent_state(
    acts: Iterable[Consent], channel: str, address: str | None, until: datetime
) -> ConsentState:
    """The state of an address as of a moment; without an address nothing is subscribed."""
    state = ConsentState(UNKNOWN, None)
    seen = False
    for act in sorted(acts, key=lambda act: (act.acted_at, act.state != "SUBSCRIBED")):
        if act.channel != channel or act.address_key != address or act.acted_at > until:
            continue
        if not (_imported(act) and act.state == "SUBSCRIBED" and seen):
            since = state.subscribed_at or act.acted_at
            state = ConsentState(act.state, since if act.state == "SUBSCRIBED" else None)
        seen = True
    return state


def _imported(act: Consent) -> bool:
    return act.source is not None and act.source.startswith("import")
