"""A JSON object -> the message it is, or what is wrong with it and where."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from segmentry.facts.tables import EVENTS
from segmentry.ingest.cells import cell
from segmentry.ingest.events.message import ABOUT, Message
from segmentry.ingest.events.reading import digest
from segmentry.ingest.events.vocabulary import (
    ALIASED,
    GROUPED,
    IDENTIFIED,
    ORDER_EVENTS,
    event_name,
    with_own_names,
)

_LONGEST_ID = 255
_LONGEST_NAME = 200
_FUTURE = timedelta(minutes=5)
_FARTHEST = timedelta(hours=24)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
(_OCCURRED_AT,) = (column for column in EVENTS.columns if column.name == "occurred_at")

NO_ID = "events without a messageId are known by their contents"
NO_ZONE = "times without a zone are read on the store's clock"
IN_FUTURE = "events from the future are dated when they were received"


class Refused(ValueError):
    """A field that makes a message unusable, and its value."""

    def __init__(self, field: str, value: Any, reason: str) -> None:
        super().__init__(reason)
        self.field, self.value = field, value


@dataclass(frozen=True, slots=True)
class Checking:
    """How messages are checked: on which clock, at which moment; `remark` is told what was
    done with one that was taken nevertheless."""

    zone: ZoneInfo
    now: datetime
    remark: Callable[[str], None]

    def message(self, found: Mapping[str, Any]) -> Message:
        """The message. Raises Refused with the field at fault."""
        kind = _kind(found)
        user, device = _id(found, "userId"), _id(found, "anonymousId")
        if user is None and device is None:
            raise Refused("userId", None, "has neither a userId nor an anonymousId")
        name, properties, about = _KINDS[kind](found)
        if ABOUT in properties:
            raise Refused(f"properties.{ABOUT}", None, "is a name that is used here; rename it")
        return Message(self._id(found), name, user, device, self._moment(found), properties, about)

    def _id(self, found: Mapping[str, Any]) -> str:
        given = _id(found, "messageId")
        if given is None:
            self.remark(NO_ID)
            return f"of-{digest(json.dumps(found, sort_keys=True, default=str))}"
        return given

    def _moment(self, found: Mapping[str, Any]) -> datetime:
        """When it happened: as stated, or by the sender's clock held against the receiver's."""
        times = {name: self._time(found, name) for name in _TIMES}
        received = times["receivedAt"]
        at = times["timestamp"] or _corrected(times) or received
        if at is None:
            raise Refused("timestamp", None, "has no timestamp")
        if at < _FIRST:
            raise Refused("timestamp", found.get("timestamp"), "lies before 1970")
        if at > self.now + _FUTURE:
            self.remark(IN_FUTURE)
            return min(received or self.now, self.now)
        return at

    def _time(self, found: Mapping[str, Any], name: str) -> datetime | None:
        value = found.get(name)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise TypeError("a time is a text such as 2026-05-01T10:30:00Z")
            at: datetime | None = cell("events", _OCCURRED_AT, value.strip(), "", self.zone)
        except (ValueError, TypeError) as error:
            raise Refused(name, value, str(error)) from error
        if "T" not in value or not (value.endswith("Z") or value[-6:-5] in ("+", "-")):
            self.remark(NO_ZONE)
        return at


_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")


def _corrected(times: Mapping[str, datetime | None]) -> datetime | None:
    """The sender's time, moved by what its clock was wrong when it sent, a day at most."""
    original, sent, received = (times[name] for name in _TIMES[1:])
    if original is None or sent is None or received is None:
        return original
    wrong = received - sent
    return original + max(-_FARTHEST, min(wrong, _FARTHEST))


def _kind(found: Mapping[str, Any]) -> str:
    kind = found.get("type")
    if not isinstance(kind, str) or kind.lower() not in _KINDS:
        raise Refused("type", kind, f"the type is not one of {', '.join(_KINDS)}")
    return kind.lower()


def _id(found: Mapping[str, Any], name: str) -> str | None:
    """An id as text; none where it is absent or blank."""
    value = found.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, str):
        raise Refused(name, value, "an id is a text or a whole number")
    if len(value) > _LONGEST_ID:
        raise Refused(name, value, f"an id has at most {_LONGEST_ID} characters")
    return value.strip()


def _object(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(name, value, f"{name} are an object with a value for each name")
    return dict(value)


def _inner(found: Mapping[str, Any], *names: str) -> Any:
    """A value inside the context; none where there is none."""
    value: Any = found.get("context")
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


_Read = tuple[str, dict[str, Any], dict[str, str]]


def _identify(found: Mapping[str, Any]) -> _Read:
    return IDENTIFIED, _object(found, "traits"), {"type": "identify"}


def _track(found: Mapping[str, Any]) -> _Read:
    written = found.get("event")
    if not isinstance(written, str) or not written.strip():
        raise Refused("event", written, "a track call needs the name of its event")
    if len(written) > _LONGEST_NAME:
        raise Refused("event", written, f"a name has at most {_LONGEST_NAME} characters")
    name = event_name(written)
    about = {"type": "track"}
    properties = _object(found, "properties")
    email = _inner(found, "traits", "email") or properties.get("email")
    if isinstance(email, str) and (name.startswith("email.") or name in ORDER_EVENTS):
        about["email"] = email
    return name, with_own_names(name, properties), about


def _page(found: Mapping[str, Any]) -> _Read:
    """A page or a screen: `page_viewed`, with where the visit came from."""
    properties = _object(found, "properties")
    context = {
        "url": _inner(found, "page", "url"),
        "referrer": _inner(found, "page", "referrer"),
        "utm_source": _inner(found, "campaign", "source"),
        "name": found.get("name"),
    }
    for name, value in context.items():
        if isinstance(value, str) and value.strip():
            properties.setdefault(name, value)
    return "page_viewed", properties, {"type": str(found["type"]).lower()}


def _group(found: Mapping[str, Any]) -> _Read:
    group = _id(found, "groupId")
    if group is None:
        raise Refused("groupId", None, "a group call needs a groupId")
    return GROUPED, _object(found, "traits"), {"type": "group", "group_id": group}


def _alias(found: Mapping[str, Any]) -> _Read:
    previous = _id(found, "previousId")
    if previous is None or _id(found, "userId") is None:
        raise Refused("previousId", None, "an alias call needs a userId and a previousId")
    return ALIASED, {}, {"type": "alias", "previous_id": previous}


_KINDS: dict[str, Callable[[Mapping[str, Any]], _Read]] = {
    "identify": _identify,
    "track": _track,
    "page": _page,
    "screen": _page,
    "group": _group,
    "alias": _alias,
}
