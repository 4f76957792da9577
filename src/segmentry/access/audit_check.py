"""Walks the audit log from the first entry to the last, and says what somebody did to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from segmentry.access.chain import BEGINNING, entry_hash, head_text, is_sealed
from segmentry.storage.access_tables import ApiToken, AuditEntry, AuditHead, User

Fault: TypeAlias = Literal["removed", "edited", "moved", "added", "forged", "head"]
_MEANINGS: dict[Fault, str] = {
    "removed": "was removed",
    "edited": "was edited",
    "moved": "is not where it was written",
    "added": "was added by somebody else",
    "forged": "is not sealed with the workspace's key: somebody has written the log anew",
    "head": "is the last, and the record of which entry is the last was removed or edited",
}
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not as it was written, and what was done to it."""

    number: int
    fault: Fault

    def __str__(self) -> str:
        return f"Entry {self.number} {_MEANINGS[self.fault]}."


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What became of the log: the number and hash of the last entry up to which all fit
    together, and the first one broken.

    `unsealed` are entries written while the key file was missing, or by somebody without it;
    `clock_back` those whose time is before that of the entry they follow. Without the key
    `sealed` is false: that entries fit together is all that can be said.
    """

    last: int
    hash: str
    broken: Broken | None
    unsealed: tuple[int, ...]
    clock_back: tuple[int, ...]
    sealed: bool

    @property
    def good(self) -> bool:
        """Whether the whole log is certain to be as it was written."""
        return self.broken is None and self.sealed and not self.unsealed


@dataclass(slots=True)
class _Walk:
    """Where in the log one is."""

    key: bytes | None
    number: int = 0
    hash: str = BEGINNING
    at: datetime | None = None
    unsealed: list[int] = field(default_factory=list)
    clock_back: list[int] = field(default_factory=list)

    def fault_of(self, entry: AuditEntry) -> Fault | None:
        """What is wrong with the next entry, as far as it and those before tell."""
        if entry_hash(entry) != entry.hash:
            return "edited"
        if entry.previous != self.hash:
            return "moved"
        if entry.number != self.number + 1:
            return "removed"
        if self.key and entry.seal and not is_sealed(self.key, entry.hash, entry.seal):
            return "forged"
        return None

    def go_on(self, entry: AuditEntry) -> None:
        """Take an entry as good."""
        if entry.seal is None:
            self.unsealed.append(entry.number)
        if self.at is not None and entry.at < self.at:
            self.clock_back.append(entry.number)
        self.number, self.hash, self.at = entry.number, entry.hash, entry.at


def checked(
    session: Session, key: bytes | None, number: int | None, hash: str | None
) -> AuditCheck:
    """What became of the log. `number` and `hash` are what an entry is known to be."""
    walk = _Walk(key)
    broken = _walked(session, walk, number, hash) or _head_fault(session, walk)
    if broken is None and number is not None and number > walk.number:
        broken = Broken(walk.number + 1, "removed")
    return AuditCheck(
        *(walk.number, walk.hash, broken),
        *(tuple(walk.unsealed), tuple(walk.clock_back), key is not None),
    )


def _walked(session: Session, walk: _Walk, number: int | None, hash: str | None) -> Broken | None:
    for entry in _entries(session):
        fault = walk.fault_of(entry)
        if fault is not None:
            return _first_broken(session, walk, entry, fault)
        walk.go_on(entry)
        if entry.number == number and entry.hash != hash:
            return Broken(number, "forged")
    return None


def _entries(session: Session) -> Iterable[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.number)
    return session.scalars(query.execution_options(yield_per=_AT_ONCE))


def _first_broken(session: Session, walk: _Walk, entry: AuditEntry, fault: Fault) -> Broken:
    """What that means: an entry that does not follow shows that another is gone, was put
    elsewhere or, where no seal speaks for the one before, that this one was written anew."""
    expected = walk.number + 1
    if entry.number == expected and fault != "moved":
        return Broken(expected, fault)
    if session.scalar(select(exists().where(AuditEntry.previous == walk.hash))):
        return Broken(expected, "moved")
    if entry.number == expected and walk.unsealed[-1:] == [walk.number]:
        return Broken(walk.number, "edited")
    return Broken(expected, "removed")


def _head_fault(session: Session, walk: _Walk) -> Broken | None:
    """Whether the log ends where it ended."""
    head = session.get(AuditHead, 1)
    if head is None:
        return _fault_without_head(session, walk)
    if head.number > walk.number:
        return Broken(walk.number + 1, "removed")
    if head.number < walk.number:
        return Broken(head.number + 1, "added")
    genuine = walk.key is None or (
        head.seal is not None and is_sealed(walk.key, head_text(head.number, head.hash), head.seal)
    )
    unsealed_end = head.seal is None and walk.unsealed[-1:] == [walk.number]
    if head.hash != walk.hash or not (genuine or unsealed_end):
        return Broken(walk.number, "head")
    return None


def _fault_without_head(session: Session, walk: _Walk) -> Broken | None:
    if walk.number:
        return Broken(walk.number, "head")
    begun = session.scalar(select(exists(select(User.id)) | exists(select(ApiToken.id))))
    return Broken(1, "removed") if begun else None
