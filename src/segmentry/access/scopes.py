"""What can be allowed, and which of it each role has.

A scope is the right to one kind of thing; a role is a set of scopes that a user has, a token
has some of its maker's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from segmentry.base.errors import AccessError


@dataclass(frozen=True, slots=True)
class Scope:
    """One right, and what it means in a sentence."""

    name: str
    meaning: str


SCOPES: Final = (
    Scope("segments:read", "See segments, their counts, versions, history and comparisons."),
    Scope("segments:write", "Add, change, archive and delete segments and their lists."),
    Scope("customers:read", "See members by their ids, with values that are no personal data."),
    Scope("customers:pii", "See names, addresses, phone numbers and notes of customers."),
    Scope("customers:erase", "Erase a customer, and export everything known of one."),
    Scope("records:write", "Send customers, orders, events and other records."),
    Scope("imports:read", "See imports and what they refused."),
    Scope("imports:write", "Import files."),
    Scope("exports:read", "Write members to files, and fetch these."),
    Scope("settings:read", "See the store's settings."),
    Scope("settings:write", "Change the store's settings, attributes and retention."),
    Scope("users:admin", "Add, change and remove users, and see and revoke everybody's tokens."),
    Scope("tokens:write", "Make and revoke tokens of one's own."),
    Scope("audit:read", "Read and verify the audit log."),
    Scope("sql:read", "Ask read-only SQL of all facts, personal data included."),
    Scope("jobs:read", "See jobs and how far they are."),
    Scope("jobs:write", "Start, cancel and repeat jobs."),
    Scope("backups:write", "Have the whole workspace backed up where the server is."),
    Scope("webhooks:read", "See outgoing webhooks and their deliveries."),
    Scope("webhooks:write", "Add, change and remove outgoing webhooks, and send again."),
    Scope("system:read", "See metrics and the state of the server."),
)
ALL_SCOPES: Final = frozenset(scope.name for scope in SCOPES)


@dataclass(frozen=True, slots=True)
class Role:
    """What a user is, in a word, with what that allows."""

    name: str
    meaning: str
    scopes: frozenset[str]


_VIEWER = frozenset(
    {
        *("segments:read", "customers:read", "imports:read", "settings:read", "jobs:read"),
        *("webhooks:read", "tokens:write"),
    }
)
_MARKETER = _VIEWER | {
    *("segments:write", "customers:pii", "imports:write", "exports:read", "jobs:write"),
    *("sql:read",),
}
ROLES: Final = {
    role.name: role
    for role in (
        Role("viewer", "Sees segments and numbers, but no names or addresses.", _VIEWER),
        Role("marketer", "Makes segments, sees and exports members, imports files.", _MARKETER),
        Role("admin", "May do everything, users, webhooks and settings included.", ALL_SCOPES),
    )
}


def role_named(name: str) -> Role:
    """The role of that name. Refuses an unknown one."""
    if name not in ROLES:
        raise AccessError(f"There is no role '{name}'. There are: {', '.join(ROLES)}.")
    return ROLES[name]


def scopes_named(names: Iterable[str]) -> frozenset[str]:
    """The scopes of those names. Refuses none at all, and an unknown one."""
    wanted = frozenset(names)
    unknown = sorted(wanted - ALL_SCOPES)
    if unknown:
        known = ", ".join(scope.name for scope in SCOPES)
        raise AccessError(f"There is no scope '{unknown[0]}'. There are: {known}.")
    if not wanted:
        raise AccessError("Name at least one scope, such as segments:read.")
    return wanted
