"""What is written of files that were read, is what was read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.base.errors import DataError
from segmentry.ingest.apart import Asked, Kind, read_parts
from segmentry.ingest.apart.child import read
from segmentry.ingest.apart.parts import write_parts
from segmentry.ingest.events import Gathered
from segmentry.ingest.from_files import FilesRead

NOW = datetime(2026, 3, 1, tzinfo=UTC)

ORDERS = """order_id,customer_id,email,ordered_at,paid,refund_amount
1,17,ann@example.com,2026-01-10T10:00:00,40.00,
2,,bo@example.com,2026-01-20T11:00:00,25.00,5.00
3,17,ann@example.com,never,60.00,
4,18,no address,2026-02-14T09:30:00,60.00,
"""
CUSTOMERS = "Email,First name,Accepts Email Marketing\nann@example.com,Ann,yes\nbo@x.com,,no\n"


def asked(kind: Kind, *paths: Path) -> Asked:
    """Files that are to be read for a store in London."""
    names = tuple(str(path) for path in paths)
    return Asked(kind, names, "shop", "Europe/London", "GBP", "GB", None, NOW, {})


def same(one: FilesRead, other: FilesRead) -> bool:
    """Whether two readings came to the same."""
    ours, theirs = one.found, other.found
    tables = ours.tables == theirs.tables and list(ours.tables) == list(theirs.tables)
    report = ours.report == theirs.report
    return (tables, ours.if_new, ours.whole, report, one.plan, one.sha256) == (
        *(True, theirs.if_new, theirs.whole, True),
        *(other.plan, other.sha256),
    )


def _there_and_back(folder: Path, wanted: Asked) -> tuple[Any, Any]:
    folder.mkdir(parents=True)
    found = read(wanted, lambda share, what: None)
    write_parts(folder, wanted, found)
    said, again = read_parts(folder)
    assert said == wanted
    return found, again


def test_files_come_back_as_they_were_read(tmp_path: Path) -> None:
    """Tables in their order, those for whom nobody knows, refused rows, notes, hashes."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    wanted = asked("files", tmp_path / "orders.csv", tmp_path / "customers.csv")
    found, again = _there_and_back(tmp_path / "parts", wanted)
    assert found.found.report.refused_rows
    assert found.found.if_new
    assert found.found.tables
    assert same(again, found)


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.decimals(-(10**12), 10**12, places=4).map(float)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
_EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["track", "identify", "page", "group", "alias", "wrong"]),
        "messageId": st.sampled_from("abcdefgh"),
        "userId": st.sampled_from(["1", "2", ""]),
        "anonymousId": st.sampled_from(["d", "e"]),
    },
    optional={
        "event": st.sampled_from(["Order Completed", "Product Viewed", "Own"]),
        "properties": st.dictionaries(_TEXT, _VALUES, max_size=4),
        "traits": st.dictionaries(_TEXT, _VALUES, max_size=3),
        "timestamp": st.sampled_from(["2026-01-01T10:00:00Z", "2026-01-01T10:00:00", "never"]),
        "previousId": st.just("0"),
        "groupId": st.just("g"),
    },
)


@settings(max_examples=30)
@given(events=st.lists(_EVENTS, max_size=8))
def test_events_come_back_as_they_were_read(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]]
) -> None:
    """Messages with all they have, refusals and remarks with their places."""
    place = tmp_path_factory.mktemp("events")
    exact = '{"type":"track","event":"Own","userId":"1","messageId":"x","properties":{"n":%s}'
    exact += ',"timestamp":"2026-01-01T10:00:00Z"}'
    texts = [*map(json.dumps, events), exact % "1.00000000000000000000000000000001", "{", "[]"]
    (place / "events.jsonl").write_text("\n".join(texts))
    found, again = _there_and_back(place / "parts", asked("events", place / "events.jsonl"))
    assert isinstance(again, Gathered)
    assert (again, list(again.messages)) == (found, list(found.messages))
    assert "x" in again.messages


def _read_files(tmp_path: Path) -> Path:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    parts = tmp_path / "parts"
    _there_and_back(parts, asked("files", tmp_path / "customers.csv"))
    return parts


def test_parts_that_are_gone_or_damaged(tmp_path: Path) -> None:
    """They are refused in words, whatever is wrong with them."""
    parts = _read_files(tmp_path)
    table, told = parts / "tables" / "customers", parts / "told.json"
    whole, said = table.read_bytes(), told.read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], b"ARROW1\0\0" + whole[8:200]):
        table.write_bytes(damaged)
        with pytest.raises(DataError):
            read_parts(parts)
    with pa.OSFile(str(table), "wb") as file:
        other = pa.table({"customer_id": ["1"]})
        with pa.ipc.new_file(file, other.schema) as out:
            out.write_table(other)
    with pytest.raises(DataError, match="cannot be used"):
        read_parts(parts)
    table.write_bytes(whole)
    for damaged in (b"", b"{}", said[:50], said.replace(b"customers", b"../../../secret")):
        told.write_bytes(damaged)
        with pytest.raises(DataError):
            read_parts(parts)
    told.unlink()
    with pytest.raises(DataError, match="not there any more"):
        read_parts(parts)
