"""`segmentry segment …`: details, versions, lists by hand, snapshots and uses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import segmentry as sg

from .command import arguments, environment, run_here, well


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """ann ordered twice, bob once, cid never; ann has an address."""
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR", author="eve") as workspace:
        workspace.load(
            {
                "customers": [
                    {"customer_id": "ann", "email": "ann@example.com", "created_at": "2026-01-01"},
                    {"customer_id": "bob", "created_at": "2026-01-01"},
                    {"customer_id": "cid", "created_at": "2026-01-01"},
                ],
                "orders": [
                    {"order_id": n, "customer_id": who, "ordered_at": "2026-02-01", "paid": "9"}
                    for n, who in enumerate(("ann", "ann", "bob"))
                ],
            },
            source="shop",
        )
        workspace.segments.add("Buyers", "number_of_orders >= 1", note="Be kind")
        workspace.segments.add("Loyal", "segments CONTAINS 'Buyers' AND number_of_orders >= 2")
        workspace.segments.uses.register("Loyal", "series", "Welcome", "draft", blocking=False)
    return folder


def test_details_are_given_shown_and_taken_away(shop: Path) -> None:
    """By every command that makes or changes a segment."""
    segment = ("-w", shop, "segment")
    details = ("--goal", "G", "--strategy", "S", "--owner", "O", "--tag", "b", "--tag", "A")
    well(*segment, "add", "New", "number_of_orders = 0", *details, "--folder", "x/y")
    printed = well(*segment, "show", "New").out
    for line in ("goal      G", "strategy  S", "owner     O", "folder    x/y", "tags      A, b"):
        assert line in printed
    assert "Be kind" in well(*segment, "show", "Buyers").out
    changed = well(*segment, "edit", "New", "--tag", "", "--note", "N", "--json").json
    assert (changed["tags"], changed["note"], changed["goal"]) == ([], "N", "G")
    listed = well(*segment, "list", "--folder", "X", "--json").json["segments"]
    assert [each["name"] for each in listed] == ["New"]
    assert well(*segment, "list", "--search", "nothing like it").out == "No segment fits.\n"
    assert run_here(*segment, "edit", "New").code == 2


def test_versions_are_shown_and_gone_back_to(shop: Path) -> None:
    """With who changed what; an edit of an old version is refused."""
    segment = ("-w", shop, "segment")
    edit = (*segment, "edit", "Buyers", "amount_spent > 5", "--if-version", "1")
    assert run_here(*edit, SEGMENTRY_AUTHOR="bo").code == 0
    refused = run_here(*edit)
    assert (refused.code, "edited by bo" in refused.err) == (1, True)
    printed = well(*segment, "versions", "Buyers").out
    assert printed.startswith("1  added by eve, ")
    assert "   query: number_of_orders >= 1 -> amount_spent > 5\n" in printed
    assert well(*segment, "revert", "Buyers", "1", "--json").json["version"] == 3
    told = well(*segment, "versions", "Buyers", "--json").json
    assert [each["action"] for each in told] == ["added", "edited", "reverted to version 1"]
    assert told[2]["definition"]["query"] == "number_of_orders >= 1"


def test_a_dry_run_names_who_moves_and_what_it_concerns(shop: Path) -> None:
    """And changes nothing."""
    edit = ("-w", shop, "segment", "edit", "Buyers", "number_of_orders = 0", "--dry-run")
    assert well(*edit).out.splitlines()[1:] == [
        "joining: cid",
        "leaving: ann, bob",
        "This concerns the segment 'Loyal', the series 'Welcome' (draft).",
    ]
    assert [use["name"] for use in well(*edit, "--json").json["uses"]] == ["Loyal", "Welcome"]
    assert well("-w", shop, "query", "segments CONTAINS 'Buyers'", "--count").out == "2\n"


def test_customers_are_listed_by_hand(shop: Path, tmp_path: Path) -> None:
    """Typed, pasted or from a file; said where they are explained."""
    segment = ("-w", shop, "segment")
    assert well(*segment, "include", "Buyers", "cid").out.startswith("1 put in. ")
    (tmp_path / "out.csv").write_text("name,email\nAnn,ANN@example.com\nZoe,zoe@example.com\n")
    exclude = (*segment, "exclude", "Buyers", "--file", tmp_path / "out.csv")
    refused = run_here(*exclude)
    assert (refused.code, "'zoe@example.com'" in refused.err) == (1, True)
    assert "Skipped 1 that name no customer" in well(*exclude, "--skip-unknown").out
    assert well(*segment, "lists", "Buyers", "--json").json == {
        "included": ["cid"],
        "excluded": ["ann"],
    }
    assert "ann was kept out by hand" in well(*segment, "why", "Buyers", "ann").out
    assert well(*segment, "why", "Buyers", "cid", "--json").json["by_hand"] == "included"
    pasted = arguments(*segment, "unlist", "Buyers", "-")
    subprocess.run(pasted, input=b"ann, cid\n", env=environment(), check=True)
    assert well(*segment, "lists", "Buyers").out == "0 put in by hand\n0 kept out by hand\n"
    for words in ((), ("cid", "--file", tmp_path / "out.csv")):
        assert run_here(*segment, "include", "Buyers", *words).code == 2
    assert run_here(*segment, "include", "Buyers", "--file", tmp_path / "no.csv").code == 1


def test_a_snapshot_is_shown_as_one(shop: Path) -> None:
    """With its moment."""
    segment = ("-w", shop, "segment")
    assert well(*segment, "snapshot", "Buyers", "Then").out.startswith("Saved 'Then': 2 of 3 cust")
    well(*segment, "edit", "Buyers", "number_of_orders = 0")
    printed = well(*segment, "show", "Then").out
    assert "snapshot of " in printed
    assert "2 of 3 customers" in printed
    assert "Then" not in well(*segment, "export", shop.parent / "files", "--json").out


def test_what_is_put_away_is_listed_apart(shop: Path) -> None:
    """And doctor looks at it too."""
    segment = ("-w", shop, "segment")
    well(*segment, "archive", "Loyal")
    assert "Loyal" not in well(*segment, "list").out
    assert "Loyal" in well(*segment, "list", "--archived").out
    assert "Loyal (archived)" in well(*segment, "show", "Loyal").out
    assert "2 of 2 can be answered" in well("-w", shop, "doctor").out
    well(*segment, "restore", "Loyal")
    ended = well(*segment, "delete", "Loyal", "--yes")
    assert "Without a segment now: the series 'Welcome' (draft)." in ended.out
