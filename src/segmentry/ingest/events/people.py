"""What messages tell of people: profiles, addresses, traits, companies, merges, consent.

Each value is that of the latest message that has it, whichever arrived last. A profile
that another import brought keeps what no message tells of.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from segmentry.base.text import email_key
from segmentry.facts.tables import CUSTOMERS
from segmentry.ingest.events import values
from segmentry.ingest.events.message import Message
from segmentry.ingest.events.vocabulary import ALIASED, GROUPED, IDENTIFIED
from segmentry.ingest.files.places import country_code

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]

NAMESPACE = "traits"
"""The namespace of traits that profiles have no column for."""


@dataclass(frozen=True, slots=True)
class Told:
    """All messages that matter, which of them are new, and how ids and values are read."""

    messages: tuple[Message, ...]
    new: frozenset[str]
    source: str
    zone: ZoneInfo
    currency: str
    country: str | None

    def id(self, own: str) -> str:
        """An id with the source's name before it."""
        return f"{self.source}:{own}"

    def named(self, *names: str) -> Iterator[Message]:
        """The messages of these names, earliest first."""
        return (each for each in self.messages if each.name in names)

    def is_new(self, message: Message) -> bool:
        """Whether a message arrived with this import."""
        return message.id in self.new


# -- profiles ---------------------------------------------------------------------------


def _name(traits: Mapping[str, Any]) -> str | None:
    parts = (values.text(traits.get(each)) for each in ("firstName", "lastName"))
    return values.text(traits.get("name")) or " ".join(filter(None, parts)) or None


def _email(traits: Mapping[str, Any]) -> str | None:
    written = values.text(traits.get("email"))
    return written if written and email_key(written) else None


_Read = Callable[[Told, Mapping[str, Any]], Any]

_PROFILE: dict[str, _Read] = {
    "email": lambda told, traits: _email(traits),
    "phone": lambda told, traits: (
        values.phone(traits["phone"], told.country) if traits.get("phone") else None
    ),
    "name": lambda told, traits: _name(traits),
    "language": lambda told, traits: values.first_text(traits, "language", "locale"),
    "birth_date": lambda told, traits: values.day(traits.get("birthday")),
    "age": lambda told, traits: values.whole(traits.get("age")),
    "gender": lambda told, traits: values.text(traits.get("gender")),
}
_TOLD_ELSEWHERE = {
    *("email", "phone", "name", "firstName", "lastName", "language", "locale", "birthday"),
    *("age", "gender", "createdAt", "address"),
}


def users(told: Told) -> list[str]:
    """The users that new messages name, in order."""
    return sorted({each.user for each in told.messages if each.user and told.is_new(each)})


def profiles(told: Told, known: Mapping[str, Row]) -> Rows:
    """The profiles that are new or that new messages change."""
    said = _said(told)
    since: dict[str, list[Any]] = defaultdict(list)
    for each in told.messages:
        if each.user:
            since[each.user].append(each.at)
    found = []
    for user in users(told):
        row = known.get(told.id(user)) or dict.fromkeys(CUSTOMERS.schema.names)
        changed = row | _values(said[user], told) | {"customer_id": told.id(user)}
        changed["email_key"] = email_key(changed["email"]) if changed["email"] else None
        asked = (values.moment(each.properties.get("createdAt"), told.zone) for each in said[user])
        moments = [row["created_at"], *since[user], *asked]
        changed["created_at"] = min(filter(None, moments))
        if changed != known.get(told.id(user)):
            found.append(changed)
    return found


def _said(told: Told) -> dict[str, list[Message]]:
    """What was said of each user, the latest first."""
    said: dict[str, list[Message]] = defaultdict(list)
    for each in told.named(IDENTIFIED):
        if each.user:
            said[each.user].insert(0, each)
    return said


def _values(said: list[Message], told: Told) -> Row:
    """The columns whose latest value is new; others stand as they are."""
    return {
        column: value
        for column, read in _PROFILE.items()
        for value, by in _latest(said, partial(read, told))
        if told.is_new(by)
    }


def _latest(
    said: list[Message], read: Callable[[Mapping[str, Any]], Any]
) -> Iterator[tuple[Any, Message]]:
    """The latest value that there is, with the message it is from; or nothing."""
    for each in said:
        if (value := read(each.properties)) is not None:
            yield value, each
            return


def addresses(told: Told, known: Mapping[str, Rows]) -> Rows:
    """The postal addresses that new messages tell, in place of the one held as main."""
    found = []
    for user, said in sorted(_said(told).items()):
        for address, by in _latest(said, _address):
            if told.is_new(by):
                others = [each for each in known.get(told.id(user), ()) if not each["is_default"]]
                found += [address | {"customer_id": told.id(user)}, *others]
    return found


def _address(traits: Mapping[str, Any]) -> Row | None:
    given = traits.get("address")
    if not isinstance(given, dict):
        return None
    country = country_code(values.text(given.get("country")) or "")
    state = values.text(given.get("state"))
    region = f"{country}-{state.upper()}" if country and state and len(state) <= 3 else None
    return {
        "country": country,
        "region": region,
        "city": values.text(given.get("city")),
        "postal_code": values.first_text(given, "postalCode", "postal_code"),
        "latitude": None,
        "longitude": None,
        "is_default": True,
    }


def traits(told: Told) -> Rows:
    """The traits that profiles have no column for, where the latest value is new."""
    found = []
    for user, said in sorted(_said(told).items()):
        keys = {key for each in said for key in each.properties} - _TOLD_ELSEWHERE
        for key in sorted(keys):
            for value, by in _latest(said, partial(_of_key, key)):
                if told.is_new(by) and (kind := _type(value)):
                    found.append(_trait(told.id(user), key, kind, value))
    return found


def _of_key(key: str, traits: Mapping[str, Any]) -> Any:
    return traits.get(key)


def _trait(customer: str, key: str, kind: str, value: Any) -> Row:
    written = json.dumps(value, default=float, sort_keys=True)
    return {
        "customer_id": customer,
        "namespace": NAMESPACE,
        "key": key,
        "type": kind,
        "value": written,
    }


def _type(value: Any) -> str | None:
    """The type of metafield that holds a value; none for an object."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "list"
    return None


# -- companies and merges ---------------------------------------------------------------


def companies(told: Told) -> Rows:
    """Who belongs to which group, with its latest name."""
    found: dict[tuple[str, str], Row] = {}
    touched = set()
    for each in told.named(GROUPED):
        if each.user:
            key = each.about["group_id"], each.user
            name = values.text(each.properties.get("name"))
            before = found.get(key, {}).get("name")
            found[key] = {
                "company_id": told.id(key[0]),
                "customer_id": told.id(key[1]),
                "name": name or before,
            }
            if told.is_new(each):
                touched.add(key)
    return [found[key] for key in sorted(touched)]


def merges(told: Told, known: Mapping[str, str]) -> Rows:
    """Which profile became another by an alias, the earliest holding; none that would lead
    back to itself, by way of `known` merges too."""
    into = dict(known)
    settled: set[str] = set()
    found = []
    for each in told.named(ALIASED):
        gone, survivor = told.id(each.about["previous_id"]), told.id(each.user or "")
        if gone in settled or _leads(survivor, gone, into):
            continue
        into[gone] = survivor
        settled.add(gone)
        if told.is_new(each):
            found.append({"customer_id": gone, "merged_into": survivor, "merged_at": each.at})
    return found


def _leads(start: str, end: str, into: Mapping[str, str]) -> bool:
    here: str | None = start
    seen = set()
    while here is not None and here not in seen:
        if here == end:
            return True
        seen.add(here)
        here = into.get(here)
    return False


# -- consent ----------------------------------------------------------------------------

_ACTS = {
    "email.unsubscribed": ("EMAIL", "UNSUBSCRIBED"),
    "email.marked_as_spam": ("EMAIL", "UNSUBSCRIBED"),
    "sms.unsubscribed": ("SMS", "UNSUBSCRIBED"),
}


ABOUT_PEOPLE = frozenset({IDENTIFIED, GROUPED, *_ACTS})
"""Events that are remembered of the people that new messages name."""


def consents(told: Told, known: Mapping[str, Row], owner: Callable[[Message], str | None]) -> Rows:
    """Acts that messages tell of: each for the address that it names, else for every one that
    its user was ever known by. They only ever take consent away."""
    reached = _reached(told, known)
    renewed = {each.user for each in told.named(IDENTIFIED) if told.is_new(each)}
    found = []
    for each in told.named(*_ACTS):
        channel, state = _ACTS[each.name]
        who = owner(each) or each.device or ""
        if not told.is_new(each) and who not in renewed:
            continue
        found += [
            {
                "customer_id": told.id(who),
                "channel": channel,
                "address_key": address,
                "state": state,
                "acted_at": each.at,
                "source": "event",
                "proof": f"event {each.id}",
            }
            for address in sorted(
                _addressed(each, channel, reached.get((channel, who), set()), told)
            )
        ]
    return found


def _addressed(each: Message, channel: str, reached: set[str], told: Told) -> set[str]:
    if channel == "SMS":
        number = values.phone(each.properties.get("phone"), told.country)
        return {number} if number else reached
    key = email_key(each.about.get("email", ""))
    return {key} if key else reached


def _reached(told: Told, known: Mapping[str, Row]) -> dict[tuple[str, str], set[str]]:
    """By channel and user, every address that there ever was."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for user, said in _said(told).items():
        for each in said:
            if key := email_key(_email(each.properties) or ""):
                found["EMAIL", user].add(key)
            if number := _PROFILE["phone"](told, each.properties):
                found["SMS", user].add(number)
    for customer, row in known.items():
        user = customer.partition(":")[2]
        for channel, column in (("EMAIL", "email_key"), ("SMS", "phone")):
            if row[column]:
                found[channel, user].add(row[column])
    return found


def by_customer(rows: Iterable[Row]) -> dict[str, Rows]:
    """Rows by the customer they are of."""
    found: dict[str, Rows] = defaultdict(list)
    for row in rows:
        found[row["customer_id"]].append(row)
    return found
