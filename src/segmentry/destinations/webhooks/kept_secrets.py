"""The secrets of endpoints: made, changed, and kept where others cannot read them.

How they are kept is not decided here: whatever keeps bytes by names will do.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Protocol

from segmentry.base.errors import UserError
from segmentry.destinations.webhooks.signing import new_secret

OLD_VALID = timedelta(hours=24)
"""So long messages are signed with the old secret as well, after it was changed."""


class Secrets(Protocol):
    """Keeps bytes under names."""

    def get(self, name: str) -> bytes:
        """What is kept. Raises UserError where there is nothing or it cannot be read."""
        ...

    def set(self, name: str, value: bytes) -> None:
        """Keep something, in place of what had its name."""
        ...

    def remove(self, name: str) -> None:
        """Forget something."""
        ...


class SecretsInMemory:
    """Keeps secrets as long as the process lasts: for workspaces that last no longer, and for
    tests."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, name: str) -> bytes:
        """What is kept."""
        if name not in self._kept:
            raise UserError(f"There is no secret '{name}'.")
        return self._kept[name]

    def set(self, name: str, value: bytes) -> None:
        """Keep something."""
        self._kept[name] = value

    def remove(self, name: str) -> None:
        """Forget something."""
        self._kept.pop(name, None)


class EndpointSecrets:
    """The secrets of endpoints. That which is valid and the one before it are kept as one
    thing, so that they change together."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def make(self, endpoint: str) -> str:
        """The first secret of an endpoint."""
        secret = new_secret()
        self._keep(endpoint, {"secret": secret})
        return secret

    def rotate(self, endpoint: str, now: datetime) -> str:
        """A new secret; the old one stays valid for a while. One that cannot be read is gone."""
        new: dict[str, Any] = {"secret": new_secret()}
        try:
            old = self._kept(endpoint)
        except UserError:
            old = {}
        if old:
            new |= {"old": old["secret"], "until": (now + OLD_VALID).isoformat()}
        self._keep(endpoint, new)
        return str(new["secret"])

    def valid(self, endpoint: str, now: datetime) -> list[str]:
        """The secrets to sign with at a moment, the newest first."""
        kept = self._kept(endpoint)
        found = [str(kept["secret"])]
        if "old" in kept and now < datetime.fromisoformat(kept["until"]):
            found.append(str(kept["old"]))
        return found

    def remove(self, endpoint: str) -> None:
        """Forget the secrets of an endpoint that is gone."""
        self._secrets.remove(_name(endpoint))

    def _kept(self, endpoint: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._secrets.get(_name(endpoint)))
        return found

    def _keep(self, endpoint: str, kept: dict[str, Any]) -> None:
        self._secrets.set(_name(endpoint), json.dumps(kept).encode())


def _name(endpoint: str) -> str:
    return f"webhooks/{endpoint}"
