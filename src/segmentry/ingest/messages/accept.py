"""Takes a batch of messages into the journal: each is accepted, known already, or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segmentry.base.errors import BatchError
from segmentry.ingest.messages.check import Checking, Problem
from segmentry.storage.journal import Entry, Journal, Receipt, Status

_ID_REUSED = Problem(
    "id_reused", "This id stands for another message, which was taken first.", "/message_id"
)


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """What became of one message of a batch, the `index`th from 0.

    `position` is its place in the sequence, a duplicate's that of the message it repeats; one
    that is refused has a problem instead.
    """

    index: int
    message_id: str | None
    status: Status
    position: int | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch, message by message. Those accepted are on disk."""

    receipts: tuple[MessageReceipt, ...]

    def count(self, status: Status) -> int:
        """How many messages have a status."""
        return sum(each.status == status for each in self.receipts)

    @property
    def position(self) -> int:
        """The last position of a message of the batch; when the facts have it, they have all."""
        return max((each.position or 0 for each in self.receipts), default=0)


def accept(journal: Journal, messages: Sequence[Any], checking: Checking) -> Accepted:
    """Have messages in the journal, each for itself."""
    checked = [checking.entry(each) for each in messages]
    written = iter(journal.write([each for each in checked if isinstance(each, Entry)]))
    return Accepted(tuple(_receipts(messages, checked, written)))


def _receipts(
    messages: Sequence[Any], checked: Sequence[Entry | Problem], written: Iterator[Receipt]
) -> Iterator[MessageReceipt]:
    for index, (message, found) in enumerate(zip(messages, checked, strict=True)):
        if isinstance(found, Problem):
            id = message.get("message_id") if isinstance(message, Mapping) else None
            known = id if isinstance(id, str) else None
            yield MessageReceipt(index, known, "refused", None, _placed(found, index))
            continue
        receipt = next(written)
        if receipt.status == "refused":
            problem = _placed(_ID_REUSED, index)
            yield MessageReceipt(index, found.message_id, "refused", None, problem)
        else:
            yield MessageReceipt(index, found.message_id, receipt.status, receipt.position)


def _placed(problem: Problem, index: int) -> Problem:
    return replace(problem, pointer=f"/messages/{index}{problem.pointer}")


def source_of(named: str | None, given: str | None) -> str:
    """The source of a batch: that which is given, or named in it."""
    if given is not None and named is not None and given != named:
        raise BatchError("source", f"The batch names another source than {given}.", "/source")
    found = given or named
    if found is None:
        raise BatchError("source", "Name the source of the messages, such as shop.", "/source")
    return found
