"""One event as the spec tells it, checked: who, what, when, with which properties.

What is kept of it is a row of the table `events`, from which the same message can be read
again. So profiles, checkouts and orders can always be made from all messages there ever
were, and neither their order nor their arrival matters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

ABOUT = "$message"
"""The property under which a row keeps what the spec has beside the properties."""

BEGINNING = f'{{"{ABOUT}": '
"""How the properties of a kept message begin."""


@dataclass(frozen=True, slots=True)
class Message:
    """A checked message. `id`, `user` and `device` are without the source's name.

    `about` has what the spec gives beside properties, by our names: type, email, group_id,
    previous_id; only what the message has.
    """

    id: str
    name: str
    user: str | None
    device: str | None
    at: datetime
    properties: Mapping[str, Any]
    about: Mapping[str, str]

    @property
    def order(self) -> tuple[datetime, str]:
        """When it happened; of two at one moment the id decides."""
        return self.at, self.id

    def kept(self) -> str:
        """The properties as JSON, always written alike, who it was about first."""
        who = {"anonymous_id": self.device, "user_id": self.user}
        about = {key: value for key, value in {**self.about, **who}.items() if value is not None}
        first = json.dumps(about, sort_keys=True)
        rest = json.dumps(self.properties, sort_keys=True, default=_number)
        return f"{BEGINNING}{first}{', ' if self.properties else ''}{rest[1:]}"


def is_kept(properties: str | None) -> bool:
    """Whether the properties of a row are those of a message, and not another import's."""
    return properties is not None and properties.startswith(BEGINNING)


def read_again(id: str, name: str, at: datetime, kept: str) -> Message:
    """The message that a row was made of."""
    properties = json.loads(kept, parse_float=Decimal)
    about = properties.pop(ABOUT)
    user, device = about.pop("user_id", None), about.pop("anonymous_id", None)
    return Message(id, name, user, device, at, properties, about)


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
