"""Holds membership to what other systems answered, where records of that are at hand.

`python -m tests.peers.membership [FOLDER]` reads `cases/peer_membership.jsonl` from a folder
that is not part of this repository (or the one that SEGMENTRY_PEERS names). Each case has
people, what they did, a moment, a condition in a neutral form and who met it. Here people
become customers, their attributes metafields, what they did events, and the condition a query;
a workspace is asked. Printed are how many agree; those that differ, with the rule of ours that
decides; and those that cannot be written, by what is missing. Ends with 1 where one differs
without a rule. Without the folder that is said, and is no fault.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import segmentry as sg
from segmentry.base.quoting import name_part, quote

CASES = Path("cases/peer_membership.jsonl")

Json = dict[str, Any]

_COMPARISONS = {"eq": "=", "ne": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TEXTS = {"contains": "CONTAINS TEXT", "starts_with": "STARTS WITH", "ends_with": "ENDS WITH"}
_DATES = {"after": ">", "before": "<", "on_or_after": ">=", "on_day": "=", "not_on_day": "!="}
_LISTS = {"has_item": "CONTAINS", "has_all": "CONTAINS ALL"}


class NotWritten(Exception):
    """A condition that no query says; the message names what is missing."""


@dataclass
class Writing:
    """A condition as a query, and what was needed of the records to write it."""

    now: datetime
    people: Mapping[str, Json]
    metafields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)

    # -- conditions -----------------------------------------------------------------

    def condition(self, wanted: Json) -> str:
        """The text of a condition. Raises NotWritten."""
        match wanted:
            case {"and": parts} | {"or": parts}:
                word = " AND " if "and" in wanted else " OR "
                return f"({word.join(self.condition(part) for part in parts)})"
            case {"not": part}:
                return f"NOT ({self.condition(part)})"
            case {"segment": name}:
                return f"segments CONTAINS {quote(name)}"
            case {"list": name}:
                negation = "NOT " if wanted.get("op") == "not_in" else ""
                return f"customer_tags {negation}CONTAINS {quote(name)}"
            case {"static": ids}:
                name = f"list {len(self.lists)}"
                self.lists[name] = frozenset(ids)
                return f"customer_tags CONTAINS {quote(name)}"
            case {"attr": name}:
                return self.attribute(name, wanted)
            case {"first_event": name}:
                return self.first(name, wanted)
            case {"event": name, "agg": asked}:
                return self.aggregate(name, wanted, asked)
            case {"event": name, "count": count}:
                return self.events(name, wanted, _compared("count", count), count)
        raise NotWritten(next(iter(wanted)))

    # -- attributes -----------------------------------------------------------------

    def attribute(self, name: str, wanted: Json) -> str:
        """A condition on what is known of a person."""
        operation: str = wanted["op"]
        value: Any = wanted.get("value")
        metafield = f"metafields.peer.{name_part(name)}"
        self.metafields[name] = self._type(name, operation, value)
        match operation:
            case "exists" | "not_exists":
                return f"{metafield} IS {'NOT ' * (operation == 'exists')}NULL"
            case "in_days":
                return f"{metafield} BETWEEN {value[0]} AND {value[1]}"
            case "within_last":
                ends = [self.now - timedelta(seconds=value), self.now]
                return f"{metafield} BETWEEN {' AND '.join(map(_instant, ends))}"
            case "not_contains":
                return f"{metafield} NOT CONTAINS TEXT {quote(value)}"
            case _ if operation in _DATES:
                date = value[:10] if operation.endswith("day") else _instant(_moment(value))
                return f"{metafield} {_DATES[operation]} {date}"
        return _compared(metafield, wanted)

    def _type(self, name: str, operation: str, value: Any) -> str:
        """The type that a metafield must have, by what it is compared with."""
        if operation in (*_DATES, "in_days", "within_last"):
            return "date"
        if operation in _LISTS:
            return "list"
        if operation in ("exists", "not_exists"):
            found = (_at(person, name) for person in self.people.values())
            value = next((each for each in found if each is not None), "")
            if isinstance(value, dict):
                raise NotWritten("an attribute that is an object")
        return _type_of(value[0] if isinstance(value, list) and operation.endswith("in") else value)

    # -- events ---------------------------------------------------------------------

    def events(self, name: str, wanted: Json, counted: str = "", count: Json | None = None) -> str:
        """A condition on events of a name, in a window, with these properties."""
        parameters = [f"name = {quote(name)}", *self._window(wanted), *self._where(wanted)]
        some = f"events MATCHES ({', '.join(parameters)})"
        if not counted:
            return some
        text = f"events MATCHES ({', '.join([*parameters, counted])})"
        never = (count or {}).get("no_events") == "no_match"
        return f"({text} AND {some})" if never else text

    def first(self, name: str, wanted: Json) -> str:
        """The first event of a name is in the window: one is, and none is before."""
        match wanted["window"]:
            case {"last_seconds": seconds}:
                start = self.now - timedelta(seconds=seconds)
            case {"from": moment}:
                start = _moment(moment)
            case _:
                raise NotWritten("first_event in a window of another form")
        before = [f"name = {quote(name)}", f"date < {_instant(start)}", *self._where(wanted)]
        return f"({self.events(name, wanted)} AND events NOT MATCHES ({', '.join(before)}))"

    def aggregate(self, name: str, wanted: Json, asked: Json) -> str:
        """A sum, least, largest or average of a property."""
        path = _path(asked["path"])
        match asked["fn"]:
            case "sum":
                return self.events(name, wanted, _compared(f"sum_{path}", asked), asked)
            case "max" if asked["op"] == "gte":
                return self.events(name, _also(wanted, asked))
            case "min" if asked["op"] == "gte":
                less = _also(wanted, asked | {"op": "lt"})
                return f"({self.events(name, wanted)} AND NOT {self.events(name, less)})"
            case "avg" if name == "order" and asked["path"] == "total":
                paid = [
                    "status = 'PAID'",
                    *self._window(wanted),
                    _compared("average_amount", asked),
                ]
                return f"orders_placed MATCHES ({', '.join(paid)})"
        raise NotWritten(f"{asked['fn']} of a property")

    def _window(self, wanted: Json) -> Iterator[str]:
        match wanted.get("window", {}):
            case {"last_seconds": seconds} if seconds % 60 == 0:
                yield f"date >= -{seconds // 60}min"
            case {"last_seconds": seconds}:
                yield f"date >= {_instant(self.now - timedelta(seconds=seconds))}"
            case {"from": start, "to": end, **more}:
                last = _moment(end) - timedelta(seconds=not more.get("to_inclusive", True))
                yield f"date BETWEEN {_instant(_moment(start))} AND {_instant(last)}"
            case {"from": start, **more}:
                sign = ">=" if more.get("from_inclusive", True) else ">"
                yield f"date {sign} {_instant(_moment(start))}"
            case {"to": end, **more}:
                sign = "<=" if more.get("to_inclusive", True) else "<"
                yield f"date {sign} {_instant(_moment(end))}"

    def _where(self, wanted: Json) -> Iterator[str]:
        seen: set[str] = set()
        for each in wanted.get("where", ()):
            if each["path"] in seen:
                raise NotWritten("two conditions on one property of one event")
            seen.add(each["path"])
            yield _compared(f"property.{_path(each['path'])}", each)


def _also(wanted: Json, asked: Json) -> Json:
    """A condition on events with one more on a property."""
    more = {"path": asked["path"], "op": asked["op"], "value": asked["value"]}
    return wanted | {"where": [*wanted.get("where", ()), more]}


def _compared(name: str, wanted: Json) -> str:
    """One comparison of anything that has a name."""
    operation: str = wanted["op"]
    value: Any = wanted.get("value")
    match operation:
        case "exists" | "not_exists":
            return f"{name} IS {'NOT ' * (operation == 'exists')}NULL"
        case "between":
            return f"{name} BETWEEN {_written(value[0])} AND {_written(value[1])}"
        case "in" | "not_in":
            values = ", ".join(map(_written, value))
            return f"{name} {'NOT ' * (operation == 'not_in')}IN ({values})"
        case "has_all":
            return f"{name} CONTAINS ALL ({', '.join(map(_written, value))})"
        case _ if operation in _TEXTS | _LISTS | _COMPARISONS:
            sign = (_TEXTS | _LISTS | _COMPARISONS)[operation]
            return f"{name} {sign} {_written(value)}"
    raise NotWritten(operation)


def _written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"{value:.10f}".rstrip("0").rstrip(".")
        case str():
            return quote(value)
    raise NotWritten(f"a {type(value).__name__} as a value")


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", list: "list"}
    return names.get(type(value), "text")


def _path(path: str) -> str:
    return ".".join(map(name_part, path.split(".")))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _instant(moment: datetime) -> str:
    if moment.microsecond:
        raise NotWritten("a moment with fractions of a second")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


# -- records ----------------------------------------------------------------------------


def _people(case: Json, now: datetime) -> dict[str, Json]:
    """Everybody with what is known of them by now, the latest of each."""
    people = {each["id"]: dict(each.get("attrs", {})) for each in case.get("profiles", ())}
    for event in sorted(case["events"], key=lambda event: _moment(event["at"])):
        known = people.setdefault(event["profile"], {})
        if event["type"] == "identify" and _moment(event["at"]) <= now:
            known |= event["attrs"]
    return people


def _at(attributes: Any, path: str) -> Any:
    """What stands at the end of a way through objects and lists."""
    for key in path.split("."):
        if isinstance(attributes, list) and key.isdigit():
            attributes = attributes[int(key)] if int(key) < len(attributes) else None
        else:
            attributes = attributes.get(key) if isinstance(attributes, dict) else None
    return attributes


def _records(case: Json, writing: Writing) -> dict[str, list[Json]]:
    rows: dict[str, list[Json]] = defaultdict(list)
    for person, attributes in writing.people.items():
        rows["customers"].append({"customer_id": person, "created_at": "1990-01-01T00:00:00Z"})
        for name, kind in writing.metafields.items():
            value = {"namespace": "peer", "key": name, "type": kind}
            found = json.dumps(_at(attributes, name))
            rows["attributes"].append({"customer_id": person, "value": found, **value})
        inside = (name for name, ids in writing.lists.items() if person in ids)
        rows["customer_tags"] += [{"customer_id": person, "tag": name} for name in inside]
    for profile in case.get("profiles", ()):
        for name in profile.get("lists", ()):
            rows["customer_tags"].append({"customer_id": profile["id"], "tag": name})
    for number, event in enumerate(case["events"]):
        arrived = _moment(event.get("received_at", "0001-01-01T00:00:00Z")) <= writing.now
        if event["type"] == "track" and "deleted_at" not in event and arrived:
            _happened(event, event.get("id", f"event {number}"), rows)
    return rows


def _happened(event: Json, key: str, rows: dict[str, list[Json]]) -> None:
    """An event; one that is an order is an order as well."""
    who = {"customer_id": event["profile"]}
    properties = event.get("props", {})
    if all(row["event_id"] != key for row in rows["events"]):
        at = {"occurred_at": event["at"], "properties": json.dumps(properties)}
        rows["events"].append({"event_id": key, "name": event["name"], **who, **at})
        if event["name"] == "order" and "total" in properties:
            paid = properties.get("status") in ("completed", "processing")
            order = {"order_id": key, "ordered_at": event["at"], "paid": str(properties["total"])}
            rows["orders"].append({**who, **order, "state": "PAID" if paid else "PENDING"})


# -- cases ------------------------------------------------------------------------------


@dataclass
class Sorted:
    """The cases by how they ended."""

    agrees: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    not_written: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def compare(case: Json, into: Sorted) -> None:
    """Ask a case, and put it where it belongs."""
    try:
        query, members, writing = _asked(case)
    except NotWritten as missing:
        into.not_written[str(missing)].append(case["id"])
        return
    expected = set(case["expected_members"])
    if members == expected and not members & set(case.get("expected_non_members", ())):
        into.agrees.append(case["id"])
        return
    rule = _deciding(members - expected, expected - members, writing)
    told = f"{case['id']}: {query}\n    ours {sorted(members)}, theirs {sorted(expected)}"
    (into.undecided if rule is None else into.differs).append(f"{told}\n    {rule or 'no rule'}")


def _deciding(only_ours: set[str], only_theirs: set[str], writing: Writing) -> str | None:
    """The rule of ours by which memberships differ, if one decides them all."""
    values = [_at(writing.people[each], name) for each in only_ours for name in writing.metafields]
    if only_theirs or not writing.metafields or any(each is not None for each in values):
        return None
    return "N-01: who has no value is in every negation"


def _asked(case: Json) -> tuple[str, set[str], Writing]:
    """The query of a case, who is in it, and how it was written."""
    if case["kind"] != "membership":
        raise NotWritten("a definition in another system's own form")
    if "profiles_ref" in case:
        raise NotWritten("its people are in a file that is not at hand")
    now = _moment(case["now"])
    writing = Writing(now, _people(case, now))
    query = writing.condition(case["segment"]["cond"])
    others = {name: writing.condition(each) for name, each in case.get("segments", {}).items()}
    with sg.Workspace.create(None, timezone="UTC", currency="EUR") as workspace:
        for name, kind in writing.metafields.items():
            workspace.metafields.add(f"metafields.peer.{name_part(name)}", kind)
        workspace.load(_records(case, writing), source="peer")
        for name, text in reversed(others.items()):
            workspace.segments.add(name, text)
        try:
            return query, set(workspace.query(query, as_of=now).ids), writing
        except sg.QueryError as error:
            raise NotWritten(f"refused: {error.problems[0].code}") from error


def main(folder: Path | None) -> int:
    """Compare all there are; returns how many differ without a rule of ours."""
    if folder is None or not (folder / CASES).exists():
        print("No records of others' memberships here; nothing was compared.")
        return 0
    found = Sorted()
    for line in (folder / CASES).read_text(encoding="utf-8").splitlines():
        compare(json.loads(line), found)
    written = len(found.agrees) + len(found.differs) + len(found.undecided)
    print(f"{len(found.agrees)} of {written} that can be written agree")
    print(f"    {', '.join(found.agrees)}")
    print("\n".join([f"{len(found.differs)} differ by a rule", *found.differs]))
    print("\n".join([f"{len(found.undecided)} differ without a rule", *found.undecided]))
    print(f"{sum(map(len, found.not_written.values()))} cannot be written")
    for missing, cases in sorted(found.not_written.items(), key=lambda each: -len(each[1])):
        print(f"    {len(cases)}: {missing} ({', '.join(cases)})")
    return len(found.undecided)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SEGMENTRY_PEERS")
    sys.exit(bool(main(Path(given) if given else None)))
