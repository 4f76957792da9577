"""The time zones a store can have."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from segmentry.base.errors import WorkspaceError


@lru_cache
def _names() -> frozenset[str]:
    """The regional names of the IANA database: Area/Place, and UTC."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone(name: str) -> ZoneInfo:
    """The zone of that name. Refuses names that are no regional IANA name."""
    if name not in _names():
        close = get_close_matches(name, _names(), n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise WorkspaceError(
            f"'{name[:60]}' is not a time zone. Zones look like Europe/London.{hint}"
        )
    return ZoneInfo(name)
