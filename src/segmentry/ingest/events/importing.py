"""Lines of events -> canonical tables and the report of what was taken and what was not.

Reads, checks and maps; keeps nothing and changes nothing. Profiles, checkouts and orders
are made from the messages that arrive together with those that `Known` still has, so the
outcome is that of all messages at once, in whatever order they came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.facts.tables import TABLES
from segmentry.ingest.arrow_tables import looked_over
from segmentry.ingest.events import people, shopping, values
from segmentry.ingest.events.checking import Checking, Refused
from segmentry.ingest.events.devices import Devices, devices, devices_of
from segmentry.ingest.events.message import Message, is_kept, read_again
from segmentry.ingest.events.parsing import parse
from segmentry.ingest.events.people import Row, Rows, Told
from segmentry.ingest.events.reading import LONGEST_LINE, Line, Sources
from segmentry.ingest.events.vocabulary import ALIASED, ORDER_EVENTS
from segmentry.ingest.files.report import LONGEST_SHOWN, REFUSED, FileReport, Note

_REPEATED = "events stand more than once; one of each is kept"
_REUSED = "another event with this messageId is known; the first stays"
_ELSEWHERE = "orders that another import tells of stay as that import has them"
Refusal = tuple[int, int, str | None, str | None, str]


class Known(Protocol):
    """What the facts hold already; ids with their source."""

    def events(self, by: str, wanted: Iterable[str]) -> Rows:
        """Events whose `by` is among those wanted: event_id, name, user (as customer, of what
        tells of people), device (by its own name), or one of the KEYS of checkouts and orders.
        """

    def rows(self, table: str, ids: Iterable[str]) -> Rows:
        """Rows of a table by its first key column, as they were imported."""

    def merges(self) -> Mapping[str, str]:
        """Every profile that is gone, and what it was merged into."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How events are read: whose ids they name, on which clock, in which currency, where
    phone numbers without a country belong, and when."""

    source: str
    zone: ZoneInfo
    currency: str
    country: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class EventImport:
    """Canonical tables of what is new or changed, how many events were known already, and
    the report."""

    tables: dict[str, pa.Table]
    same: int
    report: FileReport


@dataclass
class Gathered:
    """What came of the lines: messages by id, refusals, remarks, by the numbers of the sources
    that have these `names`."""

    names: tuple[str, ...]
    messages: dict[str, tuple[Message, int, int]] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    remarks: Counter[tuple[int, str]] = field(default_factory=Counter)
    taken: int = 0


def read_events(
    sources: Sources, reading: Reading, known: Known, progress: Callable[[float], None]
) -> EventImport:
    """Read every line, and make tables of the good ones. Refuses files that are no text."""
    return made_of(gather(sources, reading, progress), reading, known)


def made_of(found: Gathered, reading: Reading, known: Known) -> EventImport:
    """The tables of messages that were gathered."""
    stored, same = _stored(found, reading, known)
    new = {own: each for own, (each, _, _) in found.messages.items() if own not in stored}
    messages = sorted([*stored.values(), *new.values()], key=lambda each: each.order)
    told = Told(
        tuple(messages),
        frozenset(new),
        reading.source,
        reading.zone,
        reading.currency,
        reading.country,
    )
    tables = _tables(told, known, found)
    report = _report(found, tables)
    return EventImport(tables, same, report)


# -- reading ----------------------------------------------------------------------------


def gather(sources: Sources, reading: Reading, progress: Callable[[float], None]) -> Gathered:
    """Read and check every line; needs nothing of the store. Refuses files that are no text."""
    found = Gathered(tuple(sources.name(number) for number in range(len(sources.given))))
    for line in sources.lines(progress):
        try:
            message = _message(line, reading, found)
        except Refused as error:
            value = None if error.value is None else _shown(str(error.value))
            found.refused.append((line.source, line.number, error.field, value, str(error)))
        except ValueError as error:
            shown = _shown((line.content or b"")[: 4 * LONGEST_SHOWN].decode(errors="replace"))
            found.refused.append((line.source, line.number, None, shown, str(error)))
        else:
            _take(found, message, line)
    return found


def _message(line: Line, reading: Reading, found: Gathered) -> Message:
    if line.content is None:
        raise ValueError(f"longer than {LONGEST_LINE:,} bytes, the most that is read of an event")

    def remark(what: str) -> None:
        found.remarks[line.source, what] += 1

    return Checking(reading.zone, reading.now, remark).message(parse(line.content))


def _take(found: Gathered, message: Message, line: Line) -> None:
    """Keep a message; of two with one id always the same one, whichever comes first."""
    before = found.messages.get(message.id)
    mine = (message, line.source, line.number)
    if before is None:
        found.messages[message.id] = mine
    elif _same(before[0], message):
        found.remarks[line.source, _REPEATED] += 1
    else:
        first, second = sorted((before, mine), key=lambda each: (each[0].at, _contents(each[0])))
        found.messages[message.id] = first
        found.refused.append((*second[1:], "messageId", message.id, _REUSED))
        found.taken -= 1
    found.taken += 1


def _contents(message: Message) -> tuple[str, str]:
    return message.name, message.kept()


def _same(one: Message, other: Message) -> bool:
    """Whether two messages say the same. Their moments may differ: one from the future is
    dated when it arrived."""
    return _contents(one) == _contents(other)


def _shown(text: str) -> str:
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable if len(printable) <= LONGEST_SHOWN else f"{printable[:LONGEST_SHOWN]}…"


def _stored(found: Gathered, reading: Reading, known: Known) -> tuple[dict[str, Message], int]:
    """The messages that are known already and matter, by id; and how many arrived again."""
    prefix = f"{reading.source}:"
    arriving = [each for each, _, _ in found.messages.values()]
    stored: dict[str, Message] = {}

    def recall(by: str, wanted: Iterable[str]) -> None:
        rows = known.events(by, {each for each in wanted if each})
        stored.update(_messages(rows, prefix))

    def devices_so_far() -> Iterator[str]:
        return (device for each in (*arriving, *stored.values()) for device in devices_of(each))

    recall("event_id", (f"{prefix}{each.id}" for each in arriving))
    recall("name", [ALIASED])
    recall("user", (f"{prefix}{each.user}" for each in arriving if each.user))
    # Whose the events on a device are, takes all that was ever seen on it; and where one of
    # them has a new owner, so may the checkout or order that it is of.
    recall("device", devices_so_far())
    keys = {key for each in (*arriving, *stored.values()) for key in shopping.keys(each)}
    for by in shopping.KEYS:
        recall(by, keys)
    recall("device", devices_so_far())
    same = 0
    for own in sorted(stored.keys() & found.messages.keys()):
        message, source, line = found.messages[own]
        if _same(stored[own], message):
            same += 1
        else:
            found.refused.append((source, line, "messageId", own, _REUSED))
            found.taken -= 1
    return stored, same


def _messages(rows: Rows, prefix: str) -> dict[str, Message]:
    """The messages of this source in rows of events, by their own ids."""
    return {
        own: read_again(own, row["name"], row["occurred_at"], row["properties"])
        for row in rows
        if row["event_id"].startswith(prefix) and is_kept(row["properties"])
        for own in [row["event_id"].removeprefix(prefix)]
    }


# -- making tables ----------------------------------------------------------------------


def _tables(told: Told, known: Known, found: Gathered) -> dict[str, pa.Table]:
    identities = devices(told.messages)
    moved = _moved(told, identities, known)
    own = {told.id(user) for user in people.users(told)}
    profiles = {row["customer_id"]: row for row in known.rows("customers", own)}
    made = people.profiles(told, profiles)
    homes = people.addresses(told, people.by_customer(known.rows("addresses", own)))
    rows: dict[str, Rows] = {
        "events": list(_events(told, identities, moved)),
        "customers": _with_address(made, homes, profiles),
        "addresses": homes and _all_addresses(made, homes, known),
        "attributes": people.traits(told),
        "companies": people.companies(told),
        "customer_merges": people.merges(told, known.merges()),
        "consents": people.consents(told, profiles, identities.owner),
        **shopping.checkouts(told, identities.owner, moved),
        **shopping.orders(told, identities.owner, moved, _elsewhere(told, known, found)),
    }
    return {name: _table(name, found) for name, found in rows.items() if found}


def _table(name: str, rows: Rows) -> pa.Table:
    table = TABLES[name]
    return looked_over(table, pa.Table.from_pylist(rows, schema=table.schema))


def _with_address(made: Rows, homes: Rows, known: Mapping[str, Row]) -> Rows:
    """The profiles that change and those of which only an address does: it is part of them."""
    there = {row["customer_id"] for row in made}
    moving = dict.fromkeys(row["customer_id"] for row in homes)
    return [*made, *(known[each] for each in moving if each not in there)]


def _all_addresses(made: Rows, homes: Rows, known: Known) -> Rows:
    """The new addresses, and those of profiles that come anew and would lose theirs."""
    moving = {row["customer_id"] for row in homes}
    others = {row["customer_id"] for row in made} - moving
    return [*homes, *known.rows("addresses", others)]


def _moved(told: Told, identities: Devices, known: Known) -> frozenset[str]:
    """The stored events that have another owner than they had before the new messages."""
    before = devices(each for each in told.messages if not told.is_new(each))
    return frozenset(
        each.id
        for each in told.messages
        if not told.is_new(each) and identities.owner(each) != before.owner(each)
    )


def _events(told: Told, identities: Devices, moved: frozenset[str]) -> Iterator[Row]:
    for each in told.messages:
        if told.is_new(each) or each.id in moved:
            owner = identities.owner(each)
            product = values.first_text(each.properties, "product_id")
            campaign = values.first_text(each.properties, "campaign_id", "activity_id")
            yield {
                "event_id": told.id(each.id),
                "customer_id": told.id(owner) if owner else None,
                "name": each.name,
                "occurred_at": each.at,
                "product_id": told.id(product) if product else None,
                "activity_id": told.id(campaign) if campaign else None,
                "properties": each.kept(),
            }


def _elsewhere(told: Told, known: Known, found: Gathered) -> frozenset[str]:
    """The orders named by new messages that are known, but from no message."""
    named: dict[str, bool] = {}
    for each in told.named(*ORDER_EVENTS):
        if key := shopping.order_key(each):
            named[told.id(key)] = named.get(told.id(key), True) and told.is_new(each)
    only_new = [key for key, new in named.items() if new]
    elsewhere = frozenset(row["order_id"] for row in known.rows("orders", only_new))
    if elsewhere:
        found.remarks[0, _ELSEWHERE] += len(elsewhere)
    return elsewhere


# -- reporting --------------------------------------------------------------------------


def _report(found: Gathered, tables: Mapping[str, pa.Table]) -> FileReport:
    refused = sorted(found.refused, key=lambda each: each[:2])
    rows = [
        dict(zip(REFUSED.names, (found.names[at], *rest), strict=True)) for at, *rest in refused
    ]
    notes = [
        Note(found.names[source], None, what, count)
        for (source, what), count in sorted(found.remarks.items())
    ]
    return FileReport(
        found.taken,
        len(found.refused),
        pa.Table.from_pylist(rows, schema=REFUSED),
        tuple(notes),
        {name: table.num_rows for name, table in tables.items()},
    )
