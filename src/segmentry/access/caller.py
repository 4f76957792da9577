"""Who asks for something: what they may do, and what the audit log calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from segmentry.access.scopes import ALL_SCOPES
from segmentry.base.errors import NotAllowed

CallerKind: TypeAlias = Literal["user", "token", "command", "system", "nobody"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in, a program with a token, whoever runs commands on the workspace, the
    product itself, or nobody known (who is about to sign in).

    `id` is that of the user or token, or the machine's name for who runs commands; `user_id`
    is whose the token is. `address` is where they are, and is kept nowhere as it is.
    """

    kind: CallerKind
    id: str
    name: str
    scopes: frozenset[str] = frozenset()
    user_id: str | None = None
    address: str | None = None

    @classmethod
    def command_line(cls, name: str) -> Self:
        """Whoever may read the workspace's files may do everything."""
        return cls("command", name, name, ALL_SCOPES)

    @classmethod
    def system(cls, part: str) -> Self:
        """A part of the product that does something by itself."""
        return cls("system", part, part, ALL_SCOPES)

    @classmethod
    def nobody(cls, address: str | None) -> Self:
        """Somebody of whom only the address is known."""
        return cls("nobody", "", "", address=address)

    def may(self, scope: str) -> bool:
        """Whether a scope is theirs."""
        return scope in self.scopes

    def require(self, *scopes: str) -> None:
        """Refuse where one of the scopes is not theirs, naming it."""
        for scope in scopes:
            if scope not in self.scopes:
                raise NotAllowed(f"That needs the scope {scope}, which you do not have.")
