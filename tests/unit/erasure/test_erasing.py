"""Erasing a person: from every file, for good, whatever arrives later."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.base.errors import NotFoundError, SecretError
from segmentry.erasure.erasing import Erased
from segmentry.exports.unfinished import Unfinished
from segmentry.facts.tables import TABLES
from segmentry.ingest import erasures as erasing
from segmentry.storage.app_db import Import

NOW = datetime(2026, 6, 15, tzinfo=UTC)
NAME, EMAIL, OLD_EMAIL, PHONE = (
    *("Augusta Quillfeather", "augusta.q@example.com", "quill@old.example.org"),
    "+442079460958",
)
ID, FORMER = "person-7f31", "former-88c2"
BEFORE = "before@older.example.net"
"""An address of theirs that their profile had once."""
WORDS = (NAME, EMAIL, OLD_EMAIL, BEFORE, PHONE, ID, FORMER)

EARLY: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {"customer_id": FORMER, "email": OLD_EMAIL, "name": NAME, "created_at": "2026-01-01"},
        {"customer_id": "ben", "email": "ben@example.com", "name": "Benedict"},
        {"customer_id": ID, "email": BEFORE},
    ],
    "orders": [
        {"order_id": 1, "customer_id": FORMER, "ordered_at": "2026-02-01", "paid": "10"},
        {"order_id": 9, "customer_id": "ben", "ordered_at": "2026-02-01", "paid": "90"},
        # Nobody's account: these are of guests whom the addresses make.
        {
            "order_id": 2,
            "guest": True,
            "ordered_at": "2026-02-02",
            "paid": "20",
            "email_key": OLD_EMAIL,
        },
        {
            "order_id": 8,
            "guest": True,
            "ordered_at": "2026-02-03",
            "paid": "80",
            "email_key": BEFORE,
        },
    ],
}
PERSON: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {
            "customer_id": ID,
            "email": EMAIL.upper(),
            "email_key": EMAIL,
            "phone": PHONE,
            "name": NAME,
            "note": f"call {NAME}",
            "created_at": "2026-01-05",
        }
    ],
    "customer_merges": [{"customer_id": FORMER, "merged_into": ID}],
    "customer_tags": [{"customer_id": ID, "tag": f"friend of {NAME}"}],
    "addresses": [{"customer_id": ID, "country": "GB"}],
    "orders": [
        {
            "order_id": 3,
            "customer_id": ID,
            "ordered_at": "2026-03-01",
            "paid": "30",
            "email_key": EMAIL,
            "phone": PHONE,
        },
        {"order_id": 4, "guest": True, "ordered_at": "2026-03-02", "paid": "40", "phone": PHONE},
    ],
    "order_lines": [{"order_id": 3, "line_number": 1, "title": "Cup", "amount": "30"}],
    "checkouts": [{"checkout_id": 5, "customer_id": ID, "last_active_at": "2026-03-03"}],
    "checkout_lines": [{"checkout_id": 5, "line_number": 1, "sku": "A"}],
    "events": [
        {
            "event_id": 6,
            "customer_id": ID,
            "name": "searched",
            "occurred_at": "2026-03-04",
            "properties": f'{{"term": "{NAME}"}}',
        },
        {"event_id": 7, "customer_id": "ben", "name": "searched", "occurred_at": "2026-03-04"},
    ],
    "consents": [
        {
            "customer_id": ID,
            "channel": "EMAIL",
            "address_key": EMAIL,
            "state": "UNSUBSCRIBED",
            "acted_at": "2026-04-01",
        }
    ],
}
MESSAGES = [
    {
        "message_id": f"of-{ID}",
        "at": "2026-05-01",
        "records": {
            "events": [
                {
                    "event_id": "l1",
                    "customer_id": ID,
                    "name": "page_viewed",
                    "occurred_at": "2026-05-01",
                },
                {
                    "event_id": "l2",
                    "customer_id": "ben",
                    "name": "page_viewed",
                    "occurred_at": "2026-05-01",
                },
            ]
        },
    },
    {
        "message_id": "second",
        "at": "2026-05-02",
        "records": {"customer_tags": [{"customer_id": ID, "tag": f"likes {EMAIL}"}]},
    },
]


def opened(folder: Path) -> sg.Workspace:
    """The workspace, at a moment of our choice."""
    return sg.Workspace.open(folder, clock=lambda: NOW)


def make(folder: Path) -> Path:
    """A workspace with the person in imports, in messages and in a file of them, in a segment,
    in saved columns."""
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as store:
        store.load(EARLY, source="shop")
        store.load(PERSON, source="shop", report={"refused": [f"line 7: {EMAIL} twice"]})
        store.segments.add("Everybody", "number_of_orders >= 0")
        store.accept(MESSAGES[:1], source="shop")
        store.apply_accepted()
        store.compact_journal(days=-1)
        store.accept(MESSAGES[1:], source="shop")
        store.apply_accepted()
        store.access.keys.derive("any")
        assert store.live_count() == 3, "a person and a guest that are one, and another"
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a workspace, to be copied."""
    return make(tmp_path_factory.mktemp("made") / "shop")


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """The workspace's folder."""
    return shutil.copytree(made, tmp_path / "shop")


def facts(store: sg.Workspace) -> dict[str, list[str]]:
    """All facts, in no order that matters."""
    return {name: sorted(map(repr, store.facts(name).to_pylist())) for name in TABLES}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """All that the files of a workspace say: their bytes, and what Parquet holds packed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            yield name, path.read_bytes().decode("latin-1")
            if path.suffix == ".parquet":
                yield name, repr(pq.read_table(path).to_pylist())
    with closing(sqlite3.connect(folder / "app.sqlite")) as database:
        yield "app.sqlite", "\n".join(database.iterdump())


def named(folder: Path) -> set[tuple[str, str]]:
    """Where the person is named, and how."""
    return {
        (name, word)
        for name, text in texts(folder)
        for word in WORDS
        if word.lower() in text.lower()
    }


@pytest.mark.parametrize("known_as", [ID, FORMER])
def test_nothing_is_left_in_any_file(folder: Path, known_as: str) -> None:
    """PRV-03: neither while the workspace is open nor after, under none of their names."""
    before = {name.partition("/")[0] for name, _ in named(folder)}
    assert before >= {"app.sqlite", "facts.duckdb", "journal", "columns"}
    with opened(folder) as store:
        store.live_count()
        done = store.erase(known_as, reason="asked by letter", requested_at=NOW)
        assert (done.certificate, done.reason, done.requested_at) == (
            *("ER-000001", "asked by letter", NOW),
        )
        assert named(folder) == set()
        assert store.segments["Everybody"].result().ids == ("ben",)
        assert store.erasures() == [done]
    assert named(folder) == set()
    with opened(folder) as store:
        assert store.values("number_of_orders") == {"ben": 1}
    assert named(folder) == set()


def test_compacted(folder: Path) -> None:
    """PRV-03: the database written anew names nobody either, and is whole."""
    with opened(folder) as store:
        store.erase(ID, compact=True)
    assert named(folder) == set()
    with closing(sqlite3.connect(folder / "app.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_orders_keep_their_money_and_others_all(folder: Path) -> None:
    """Orders, guests' too, are there without anybody; what is another's is as it was."""
    with opened(folder) as store:
        before = store.everything_about("ben")["records"]
        paid = [row["paid"] for row in store.facts("orders").to_pylist()]
        store.erase(ID)
        orders = store.facts("orders").to_pylist()
        assert sorted(row["paid"] for row in orders) == sorted(paid)
        assert {row["customer_id"] for row in orders} == {None, "shop:ben"}
        assert store.row_counts()["order_lines"] == 1
        assert store.row_counts()["checkout_lines"] == 0
        assert store.everything_about("ben")["records"] == before
        (deleted,) = {row["erased"] for row in store.facts("deletions").to_pylist()}
        assert deleted


def test_facts_made_anew_are_the_same(folder: Path) -> None:
    """The archive and the journal lost what the facts did."""
    with opened(folder) as store:
        store.erase(ID)
        erased = facts(store)
        store.rebuild()
        assert facts(store) == erased


def test_what_arrives_later_is_dropped(folder: Path) -> None:
    """PRV-05: imports and messages about them are dropped with a count, and resurrect nobody."""
    with opened(folder) as store:
        store.erase(ID)
        before = facts(store)
        loaded = store.load(PERSON, source="shop")
        assert loaded.dropped == {
            "customers": 1,
            "customer_merges": 1,
            "customer_tags": 1,
            "addresses": 1,
            "orders": 2,
            "checkouts": 1,
            "checkout_lines": 1,
            "events": 1,
            "consents": 1,
        }
        assert store.imports()[-1].report["about_erased_people"] == loaded.dropped
        store.accept(MESSAGES, source="shop")
        assert store.apply_accepted().dropped == 2
        assert facts(store) == before
        assert named(folder) == set()
        store.rebuild()
        assert facts(store) == before


def test_the_same_import_again_is_known() -> None:
    """What was imported before changes nothing, also where some of it is gone by now."""
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        ben = {"customers": EARLY["customers"][1:2]}
        store.load(PERSON, source="shop")
        known = {each.fingerprint for each in _imports(store)}
        store.erase(ID)
        anew, noted = (each.fingerprint for each in _imports(store))
        assert {anew, noted}.isdisjoint(known)
        store.load(PERSON, source="shop")
        assert [each.fingerprint for each in _imports(store)][2:] == [f"{anew}+2"]
        assert store.load(PERSON, source="shop").again
        assert not store.load(ben, source="shop").again


def _imports(store: sg.Workspace) -> list[Import]:
    with Session(store._stores.app) as session:
        return list(session.scalars(select(Import).order_by(Import.position)))


def test_an_opt_out_holds_for_the_address(folder: Path) -> None:
    """U-08, ENG-10: somebody with the address comes back under another id as somebody new, to
    whom the opt-out still applies, with its moment and the certificate as proof."""
    again = {"customer_id": "new-1", "email": EMAIL, "created_at": "2026-06-20"}
    subscribed = "email_subscription_status = 'UNSUBSCRIBED'"
    with opened(folder) as store:
        store.erase(ID)
        loaded = store.load({"customers": [again]}, source="shop")
        assert loaded.dropped == {}
        (act,) = store.facts("consents").to_pylist()
        assert (act["customer_id"], act["state"], act["proof"]) == (
            *("shop:new-1", "UNSUBSCRIBED", "ER-000001"),
        )
        assert act["acted_at"] == datetime(2026, 3, 31, 23, tzinfo=UTC)
        assert store.query(subscribed).ids == ("new-1",)
        assert store.query("number_of_orders >= 1").ids == ("ben",)
        by_phone = {"customer_id": "new-2", "phone": PHONE}
        store.load({"customers": [by_phone]}, source="shop")
        assert store.row_counts()["consents"] == 1


def test_an_opt_out_holds_for_an_address_in_a_message(folder: Path) -> None:
    """U-08: whichever way the address comes back."""
    record = {"customers": [{"customer_id": "new-1", "email": EMAIL}]}
    with opened(folder) as store:
        store.erase(ID)
        store.accept([{"message_id": "n", "at": "2026-06-10", "records": record}], source="shop")
        assert store.apply_accepted().dropped == 0
        (act,) = store.facts("consents").to_pylist()
        assert (act["customer_id"], act["state"]) == ("shop:new-1", "UNSUBSCRIBED")
        before = facts(store)
        store.rebuild()
        assert facts(store) == before


def test_an_address_that_two_people_have() -> None:
    """The other keeps it, and acts of consent by it."""
    shared = "both@example.com"
    people = [{"customer_id": each, "email": shared} for each in ("ann", "ben")]
    act = {"customer_id": "ann", "channel": "EMAIL", "address_key": shared}
    with sg.Workspace.create(None, timezone="Europe/London", currency="GBP") as store:
        store.load(
            {
                "customers": people,
                "consents": [act | {"state": "UNSUBSCRIBED", "acted_at": "2026-01-01"}],
            },
            source="shop",
        )
        store.erase("ann")
        assert store.query("email_subscription_status = 'UNSUBSCRIBED'").ids == ("ben",)
        before = facts(store)
        store.rebuild()
        assert facts(store) == before
        guest = {"order_id": 1, "guest": True, "email_key": shared, "ordered_at": "2026-01-02"}
        assert store.load({"orders": [guest]}, source="shop").dropped == {}
        assert store.query("number_of_orders = 1").ids == ("ben",)


def test_a_guest(tmp_path: Path) -> None:
    """Somebody known only by the address on orders is erased, and old orders bring nobody."""
    order = {"order_id": 1, "guest": True, "email_key": EMAIL, "ordered_at": "2026-01-02"}
    with sg.Workspace.create(
        tmp_path / "s", timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as store:
        store.load({"orders": [order]}, source="shop")
        store.erase(EMAIL)
        assert store.live_count() == 0
        store.load({"orders": [order, order | {"order_id": 2}]}, source="shop")
        assert (store.live_count(), store.row_counts()["orders"]) == (0, 2)
        assert named(tmp_path / "s") == set()
        store.load({"orders": [order | {"order_id": 3, "ordered_at": "2026-07-01"}]}, source="shop")
        assert store.live_count(as_of=datetime(2026, 7, 2, tzinfo=UTC)) == 1


def test_who_cannot_be_erased(folder: Path) -> None:
    """Nobody is refused; who was erased before stays so; a reason that names them is kept out."""
    with opened(folder) as store:
        with pytest.raises(NotFoundError, match="no customer"):
            store.erase("nobody")
        with pytest.raises(sg.UserError, match="names the person") as refused:
            store.erase(ID, reason=f"letter of {NAME}")
        assert NAME not in str(refused.value)
        assert store.erasures() == []
        done = store.erase(ID)
        assert store.erase(ID) == done == store.erase(FORMER)


def test_somebody_whose_erasure_a_source_told(folder: Path) -> None:
    """Whom a deletion took from the facts is taken from the archive as well."""
    gone = {"kind": "customer", "record_id": ID, "erased": True, "deleted_at": "2026-06-01"}
    with opened(folder) as store:
        store.load({"deletions": [gone]}, source="shop")
        assert {name.partition("/")[0] for name, _ in named(folder)} >= {"journal"}
        store.erase(f"shop:{ID}")
        left = named(folder)
        assert left == set()


def test_unfinished_exports_go(folder: Path) -> None:
    """PRV-04: what an export left that was ended has members in it."""
    unfinished = Unfinished(folder / "exports" / "members.csv")
    (folder / "exports").mkdir()
    unfinished.begin({"a": "b"})
    (unfinished.folder / "part").write_text(EMAIL)
    with opened(folder) as store:
        store.erase(ID)
    assert not unfinished.folder.exists()
    assert named(folder) == set()


def test_completion_offers_nothing_of_theirs(folder: Path) -> None:
    """PRV-04: values that were looked up before are not offered any more."""
    with opened(folder) as store:
        query = "customer_tags CONTAINS '"
        before = [each.text for each in store.complete(query, len(query))]
        assert any(NAME in each for each in before)
        store.erase(ID)
        after = [each.text for each in store.complete(query, len(query))]
        assert not any(NAME in each for each in after)


def test_without_the_key_nobody_slips_in(folder: Path) -> None:
    """PRV-05: whoever arrives cannot be compared with who was erased, so nothing is taken in."""
    with opened(folder) as store:
        store.erase(ID)
    (folder / "secret.key").rename(folder.parent / "away.key")
    with opened(folder) as store, pytest.raises(SecretError):
        store.load(PERSON, source="shop")


def test_messages_that_arrive_meanwhile(folder: Path) -> None:
    """PRV-05: what is accepted while somebody is erased is dropped when it is applied."""
    begun: list[Thread] = []
    with opened(folder) as store:

        def accept() -> None:
            store.accept(MESSAGES[1:] + [m | {"message_id": "x"} for m in MESSAGES], source="shop")

        real = erasing.finish_all

        def finish_all(*args: Any) -> int:
            begun.append(Thread(target=accept))
            begun[0].start()
            begun[0].join()
            return real(*args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(erasing, "finish_all", finish_all)
            store.erase(ID)
        store.apply_accepted()
        assert begun
        assert named(folder) == set()
        assert store.live_count() == 1


def test_two_stores_are_separate(tmp_path: Path) -> None:
    """PRV-01: with the same ids and addresses in both, erasing in one changes nothing in the
    other, neither who is there nor what is taken in."""
    one, other = make(tmp_path / "one"), make(tmp_path / "other")
    with opened(other) as store:
        before = facts(store)
    with opened(one) as store:
        store.erase(ID)
        store.export_erasures(tmp_path / "list")
    with opened(other) as store:
        assert facts(store) == before
        assert store.erasures() == []
        tag = {"customer_tags": [{"customer_id": ID, "tag": "new"}]}
        assert store.load(tag, source="shop").dropped == {}
        assert store.replay_erasures(tmp_path / "list") == 0
        assert store.load(tag, source="shop").dropped == {}, "hashes of another key"


def test_the_list_of_erasures(folder: Path, tmp_path: Path) -> None:
    """OPS-04: the list names nobody; by it who was erased after a backup is erased again, under
    the same certificate, with opt-outs, and who was not there is kept out."""
    backup = tmp_path / "backup"
    shutil.copytree(folder, backup)
    with opened(folder) as store:
        done = store.erase(ID, reason="asked")
        store.load({"customers": [{"customer_id": "late", "email": "l@x.example"}]}, source="shop")
        late = store.erase("late")
        assert store.export_erasures(tmp_path / "list") == 2
        erased = facts(store)
    assert not any(word in (tmp_path / "list").read_text() for word in WORDS)
    assert (tmp_path / "list").stat().st_mode & 0o077 == 0
    with opened(backup) as store:
        assert store.replay_erasures(tmp_path / "list") == 1
        assert _undated(store.erasures()) == _undated([done, late])
        assert named(backup) == set()
        assert facts(store)["orders"] == erased["orders"]
        assert store.load(PERSON, source="shop").dropped
        assert store.load({"customers": [{"customer_id": "late"}]}, source="shop").dropped
        again = {"customer_id": "new-1", "email": EMAIL}
        store.load({"customers": [again]}, source="shop")
        assert store.row_counts()["consents"] == 1
        assert store.replay_erasures(tmp_path / "list") == 0


def _undated(erased: list[Erased]) -> list[Mapping[str, Any]]:
    return [
        {"certificate": each.certificate, "at": each.erased_at, "reason": each.reason}
        for each in erased
    ]


@pytest.mark.parametrize("said", ["", "[]", '{"format": "other"}', '{"format": 1}'])
def test_other_files_are_no_lists(folder: Path, tmp_path: Path, said: str) -> None:
    """A file that is no list of erasures is refused and changes nothing."""
    (tmp_path / "list").write_text(said)
    with opened(folder) as store, pytest.raises(sg.UserError, match="no list of erasures"):
        store.replay_erasures(tmp_path / "list")
