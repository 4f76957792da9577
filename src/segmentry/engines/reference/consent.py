"""The state of consent of one address on one channel, from the acts on record for it.

Acts hold in the order people made them, to the second, whenever they became known; in
one second the one that allows least is the last. An import can lower consent, and can
raise it only where nothing is on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segmentry.engines.reference.rows import Consent
from segmentry.facts.consent import BY_ALLOWANCE, SUBSCRIBED, UNKNOWN


@dataclass(frozen=True, slots=True)
class ConsentState:
    """The state, and since when they are subscribed if they are."""

    state: str
    subscribed_at: datetime | None


def consent_state(acts: Iterable[Consent], until: datetime) -> ConsentState:
    """The state as of a moment of an address with these acts."""
    state = ConsentState(UNKNOWN, None)
    seen = False
    for act in sorted(acts, key=_order):
        if act.acted_at > until:
            continue
        if not (_imported(act) and act.state == SUBSCRIBED and seen):
            since = state.subscribed_at or act.acted_at
            state = ConsentState(act.state, since if act.state == SUBSCRIBED else None)
        seen = True
    return state


def _order(act: Consent) -> tuple[datetime, int, datetime]:
    return act.acted_at.replace(microsecond=0), BY_ALLOWANCE.index(act.state), act.acted_at


def _imported(act: Consent) -> bool:
    return act.source is not None and act.source.startswith("import")
