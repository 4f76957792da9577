"""`segmentry segment …`, `presets …` and `query` on a small store of its own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import segmentry as sg

from .command import arguments, environment, run_here, well

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three customers: ann ordered twice, `=bob` once, cid never."""
    folder = tmp_path_factory.mktemp("store") / "shop"
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", stands_at=END
    ) as workspace:
        workspace.load(
            {
                "customers": [
                    {"customer_id": name, "created_at": "2026-01-01T00:00:00"}
                    for name in ("ann", "=bob", "cid")
                ],
                "orders": [
                    _order(1, "ann", "2026-05-01T10:00:00", "50.00"),
                    _order(2, "ann", "2026-06-01T10:00:00", "70.25"),
                    _order(3, "=bob", "2026-01-15T10:00:00", "5.00"),
                ],
            },
            source="shop",
        )
        workspace.segments.add("Buyers", "number_of_orders >= 1", description="Bought once.")
        workspace.segments.add("Loyal", "segments CONTAINS 'Buyers' AND number_of_orders >= 2")
    return folder


def _order(number: int, customer: str, ordered_at: str, paid: str) -> dict[str, object]:
    return {
        "order_id": number,
        "customer_id": customer,
        "ordered_at": ordered_at,
        "paid": paid,
    }


@pytest.fixture
def shop(store: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(store, tmp_path / "shop")
    return tmp_path / "shop"


# -- asking -----------------------------------------------------------------------------


def test_query_counts_and_lists(store: Path) -> None:
    """The number alone, ids one a line, and both for a program."""
    assert well("-w", store, "query", "number_of_orders >= 1", "--count").out == "2\n"
    assert well("-w", store, "query", "number_of_orders >= 1", "--members").out == "=bob\nann\n"
    data = well("-w", store, "query", "number_of_orders >= 1", "--members", "--json").json
    assert (data["count"], data["live"], data["members"]) == (2, 3, ["=bob", "ann"])


def test_query_explains_every_part(store: Path) -> None:
    """Each condition and each group has a count of its own, as an indented tree."""
    text = "number_of_orders >= 1 AND NOT (amount_spent > 100 OR amount_spent < 1)"
    printed = well("-w", store, "query", text, "--explain").out
    assert "all of these" in printed
    assert "   ├─ any of these" in printed or "   └─ any of these" in printed
    root = well("-w", store, "--json", "query", text, "--explain").json["explained"]
    assert root["count"] == 1
    assert [part["count"] for part in root["parts"]] == [2, 1]
    (inner,) = root["parts"][1]["parts"]
    assert [part["text"] for part in inner["parts"]] == ["amount_spent > 100", "amount_spent < 1"]
    assert [part["count"] for part in inner["parts"]] == [1, 1]


def test_query_shows_its_plan(store: Path) -> None:
    """Equal conditions are one test."""
    text = "number_of_orders >= 1 AND (amount_spent > 9 OR NOT number_of_orders >= 1)"
    printed = well("-w", store, "query", text, "--plan").out
    assert printed.splitlines()[-1] == "members: 1 and (2 or not 1)"
    assert len(well("-w", store, "--json", "query", text, "--plan").json["tests"]) == 2


def test_query_takes_one_question_at_a_time(store: Path) -> None:
    """Two ways to answer are a wrong usage."""
    ended = run_here("-w", store, "query", "number_of_orders = 0", "--count", "--plan")
    assert ended.code == 2
    assert "--count and --plan" in ended.err


def test_check_with_a_workspace_knows_its_segments(store: Path, tmp_path: Path) -> None:
    """Without one a reference is taken with a remark; with one it is looked up."""
    text = "segments CONTAINS 'Nobody'"
    assert "not checked" in well("-w", tmp_path, "check", text).out
    ended = run_here("-w", store, "check", text)
    assert ended.code == 1
    assert "There is no segment 'nobody'" in ended.err


# -- segments ---------------------------------------------------------------------------


def test_list_shows_members_and_sentences(store: Path) -> None:
    """For a person and for a program."""
    printed = well("-w", store, "segment", "list").out
    assert "Buyers  |       2 | 66.7% | Customers whose number of orders is at least 1." in printed
    assert "as of 30 June 2026, 23:59:59 (Europe/London)" in printed
    data = well("-w", store, "segment", "list", "--json").json
    assert [(s["name"], s["members"]) for s in data["segments"]] == [("Buyers", 2), ("Loyal", 1)]


def test_list_of_a_past_day(store: Path) -> None:
    """`--as-of` holds for every segment."""
    data = well("-w", store, "--json", "segment", "list", "--as-of", "2026-05-15").json
    assert [s["members"] for s in data["segments"]] == [2, 0]


def test_list_without_segments_says_how_to_start(tmp_path: Path) -> None:
    """An empty table would help nobody."""
    well("init", tmp_path / "new", "--timezone", "Europe/Paris", "--currency", "EUR")
    assert "segmentry segment add" in well("-w", tmp_path / "new", "segment", "list").out


def test_show_tells_what_uses_it(store: Path) -> None:
    """Query, meaning, count, origin and who refers to it."""
    printed = well("-w", store, "segment", "show", "buyers").out
    for part in (
        "Bought once.",
        "number_of_orders >= 1",
        "2 of 3 customers",
        "the segment 'Loyal'",
    ):
        assert part in printed
    assert well("-w", store, "--json", "segment", "show", "buyers").json["used_by"] == ["Loyal"]


def test_add_saves_the_one_written_form(shop: Path) -> None:
    """What is saved is what `check` prints; the answer says who belongs."""
    ended = well("-w", shop, "segment", "add", "Big", "amount_spent>100")
    assert "Saved 'Big': 1 of 3 customers." in ended.out
    assert well("-w", shop, "--json", "segment", "show", "Big").json["query"] == (
        "amount_spent > 100"
    )


def test_add_refuses_a_taken_name_and_a_faulty_query(shop: Path) -> None:
    """A free name is proposed; a fault is shown where it stands; nothing is saved."""
    ended = run_here("-w", shop, "segment", "add", "BUYERS", "number_of_orders = 1")
    assert (ended.code, "A free name is 'BUYERS (2)'" in ended.err) == (1, True)
    ended = run_here("-w", shop, "segment", "add", "New", "number_of_order = 1", "--json")
    assert ended.code == 1
    assert json.loads(ended.err)["problems"][0]["suggestion"] == "number_of_orders"
    assert len(well("-w", shop, "segment", "list", "--json").json["segments"]) == 2


def test_edit_says_who_joins_and_leaves(shop: Path) -> None:
    """A dry run says it and changes nothing."""
    words = ("-w", shop, "segment", "edit", "Buyers", "number_of_orders = 0")
    assert "Members: 2 before, 1 after; 1 joins, 2 leave." in well(*words, "--dry-run").out
    assert well("-w", shop, "query", "segments CONTAINS 'Buyers'", "--count").out == "2\n"
    assert well(*words, "--json").json["change"] == {
        "before": 2,
        "after": 1,
        "joined": 1,
        "left": 2,
        "joining": ["cid"],
        "leaving": ["=bob", "ann"],
    }
    assert well("-w", shop, "query", "segments CONTAINS 'Buyers'", "--count").out == "1\n"


def test_edit_refuses_a_circle(shop: Path) -> None:
    """QRY-15: segments never refer to each other in a circle."""
    ended = run_here("-w", shop, "segment", "edit", "Buyers", "segments CONTAINS 'Loyal'")
    assert ended.code == 1
    assert "in a circle" in ended.err


def test_rename_carries_references_along(shop: Path) -> None:
    """What refers to it goes on working, under the new name."""
    well("-w", shop, "segment", "rename", "buyers", "Kåfer's")
    data = well("-w", shop, "--json", "segment", "show", "Loyal").json
    assert data["query"] == "segments CONTAINS 'Kåfer\\'s' AND number_of_orders >= 2"
    assert data["count"] == 1


def test_duplicate_proposes_a_name(shop: Path) -> None:
    """The second copy of the copy is the third."""
    assert "'Buyers (2)'" in well("-w", shop, "segment", "duplicate", "Buyers").out
    assert "'Buyers (3)'" in well("-w", shop, "segment", "duplicate", "Buyers (2)").out
    assert well("-w", shop, "segment", "duplicate", "Buyers", "Other", "--json").json["name"] == (
        "Other"
    )


def test_delete_asks_and_refuses_what_is_used(shop: Path) -> None:
    """Nobody there to answer means no; a user of the segment is named."""
    ended = run_here("-w", shop, "segment", "delete", "Loyal")
    assert (ended.code, "--yes" in ended.err) == (1, True)
    ended = run_here("-w", shop, "segment", "delete", "Buyers", "--yes")
    assert (ended.code, "used by the segment 'Loyal'" in ended.err) == (1, True)
    well("-w", shop, "segment", "delete", "Loyal", "--yes")
    well("-w", shop, "segment", "delete", "Buyers", "--yes")
    assert well("-w", shop, "--json", "segment", "list").json["segments"] == []


def test_an_unknown_name_is_an_error_with_the_likely_one(store: Path) -> None:
    """In every command that takes one."""
    for verb in ("show", "members", "duplicate", "delete"):
        ended = run_here("-w", store, "segment", verb, "Buyer")
        assert (ended.code, "Did you mean 'Buyers'?" in ended.err) == (1, True), verb


# -- members ----------------------------------------------------------------------------


def test_members_with_fields_are_csv(store: Path) -> None:
    """Money is exact, moments are the store's, and no cell is a formula."""
    fields = "amount_spent,last_order_date,segments"
    out = well("-w", store, "segment", "members", "Buyers", "--fields", fields).out
    assert out.splitlines() == [
        "customer_id,amount_spent,last_order_date,segments",
        "'=bob,5.0000,2026-01-15T10:00:00+00:00,Buyers",
        'ann,120.2500,2026-06-01T10:00:00+01:00,"Buyers, Loyal"',
    ]


def test_members_of_a_past_day(store: Path) -> None:
    """Values are of the same moment as the members."""
    out = well(
        *("-w", store, "segment", "members", "Buyers", "--fields", "amount_spent"),
        *("--as-of", "2026-05-15"),
    ).out
    assert "ann,50.0000" in out


def test_members_refuse_other_endings_and_unknown_fields(store: Path, tmp_path: Path) -> None:
    """And leave no file."""
    ended = run_here("-w", store, "segment", "members", "Buyers", "--out", tmp_path / "m.pdf")
    assert (ended.code, ".parquet" in ended.err) == (1, True)
    words = ("-w", store, "segment", "members", "Buyers", "--fields", "amount_spnt")
    ended = run_here(*words, "--out", tmp_path / "m.csv")
    assert (ended.code, "Did you mean amount_spent?" in ended.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


# -- files ------------------------------------------------------------------------------


def test_export_and_apply_are_each_others_reverse(store: Path, shop: Path, tmp_path: Path) -> None:
    """What was exported is unchanged when applied, and makes an empty store the same."""
    folder = tmp_path / "definitions"
    assert "2 written" in well("-w", shop, "segment", "export", folder).out
    assert "0 written" in well("-w", shop, "segment", "export", folder).out
    assert (folder / "buyers.toml").read_text() == (
        'name = "Buyers"\ndescription = "Bought once."\nquery = "number_of_orders >= 1"\n'
    )
    steps = well("-w", shop, "--json", "segment", "apply", folder).json["segments"]
    assert [step["action"] for step in steps] == ["unchanged", "unchanged"]
    well("init", tmp_path / "new", "--timezone", "Europe/London", "--currency", "GBP")
    well("-w", tmp_path / "new", "segment", "apply", folder)
    well("-w", tmp_path / "new", "segment", "export", tmp_path / "again")
    assert _texts(tmp_path / "again") == _texts(folder)


def _texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_apply_says_how_members_move(shop: Path, tmp_path: Path) -> None:
    """Also those of a segment that only refers to a changed one; a dry run does nothing."""
    folder = tmp_path / "definitions"
    well("-w", shop, "segment", "export", folder)
    (folder / "buyers.toml").write_text('name = "Buyers"\nquery = "amount_spent < 10"\n')
    (folder / "more.toml").write_text('name = "More"\nquery = "segments CONTAINS \'Loyal\'"\n')
    ended = well("-w", shop, "segment", "apply", folder, "--dry-run", "--json")
    moved = {step["name"]: step for step in ended.json["segments"]}
    assert moved["Buyers"]["action"] == "changed"
    assert moved["Loyal"]["action"] == "unchanged"
    assert moved["Loyal"]["members"]["leaving"] == ["ann"]
    assert (moved["Loyal"]["members"]["before"], moved["Loyal"]["members"]["after"]) == (1, 0)
    assert moved["More"]["action"] == "added"
    assert "More" not in well("-w", shop, "segment", "list").out
    assert "1 added, 1 changed, 0 removed, 1 unchanged" in (
        well("-w", shop, "segment", "apply", folder).out
    )
    assert "More" in well("-w", shop, "segment", "list").out


def test_apply_is_all_or_nothing(shop: Path, tmp_path: Path) -> None:
    """One faulty file, or one circle among them, and nothing changes; all faults are told."""
    folder = tmp_path / "definitions"
    well("-w", shop, "segment", "export", folder)
    (folder / "a.toml").write_text('name = "A"\nquery = "number_of_orders = 5"\n')
    (folder / "b.toml").write_text('name = "B"\nquery = "nothing = 5"\n')
    (folder / "buyers.toml").write_text('name = "Buyers"\nquery = "segments CONTAINS \'Loyal\'"\n')
    ended = run_here("-w", shop, "segment", "apply", folder)
    assert ended.code == 1
    assert "'B': Line 1 Column 0: 'nothing' filter cannot be found." in ended.err
    assert "in a circle" in ended.err
    names = [s["name"] for s in well("-w", shop, "--json", "segment", "list").json["segments"]]
    assert names == ["Buyers", "Loyal"]


def test_apply_removes_only_when_told(shop: Path, tmp_path: Path) -> None:
    """A segment without a file stays; with --delete it goes, unless one that stays needs it."""
    folder = tmp_path / "definitions"
    well("-w", shop, "segment", "export", folder)
    (folder / "loyal.toml").unlink()
    assert "1 without a file, kept" in well("-w", shop, "segment", "apply", folder).out
    ended = run_here("-w", shop, "segment", "apply", folder, "--delete")
    assert (ended.code, "--yes" in ended.err) == (1, True)
    well("-w", shop, "segment", "apply", folder, "--delete", "--yes")
    assert "Loyal" not in well("-w", shop, "segment", "list").out
    (folder / "loyal.toml").write_text('name = "Loyal"\nquery = "segments CONTAINS \'Buyers\'"\n')
    (folder / "buyers.toml").unlink()
    assert run_here("-w", shop, "segment", "apply", folder, "--delete", "--yes").code == 1


def test_export_tells_of_files_whose_segments_are_gone(shop: Path, tmp_path: Path) -> None:
    """They stay until --delete; files that define nothing are never touched."""
    folder = tmp_path / "definitions"
    well("-w", shop, "segment", "export", folder)
    (folder / "README.md").write_text("ours")
    well("-w", shop, "segment", "delete", "Loyal", "--yes")
    assert "loyal.toml" in well("-w", shop, "segment", "export", folder).out
    assert (folder / "loyal.toml").exists()
    well("-w", shop, "segment", "export", folder, "--delete")
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "buyers.toml"]


# -- presets ----------------------------------------------------------------------------


def test_presets_list_says_what_each_waits_for(store: Path) -> None:
    """Presets without data are shown with the reason, not hidden."""
    printed = well("-w", store, "presets", "list", "--category", "guide").out
    assert "needs storefront events" in printed
    data = well("-w", store, "presets", "list", "--json").json
    by_id = {each["id"]: each for each in data}
    assert by_id["vip-top-10-percent"]["query"] == "amount_spent IN TOP 10%"
    assert by_id["email-subscribers"]["needs"] == ["e-mail consent"]
    assert run_here("-w", store, "presets", "list", "--category", "none").code == 1


def test_presets_add_saves_and_says_why_not(shop: Path) -> None:
    """One that cannot be added does not keep the others from it, and the exit code tells."""
    ended = run_here("-w", shop, "presets", "add", "vip-top-10-percent", "viewed-not-bought")
    assert ended.code == 1
    assert "Added 'VIP, top 10% by spend': 1 members." in ended.out
    assert "Not added: viewed-not-bought needs storefront events" in ended.out
    assert "There already" in well("-w", shop, "presets", "add", "vip-top-10-percent").out


# -- a terminal -------------------------------------------------------------------------


def test_a_terminal_gets_a_fitted_table(store: Path) -> None:
    """Lines fit the width, and nothing of a value is cut off."""
    printed = _on_terminal("-w", str(store), "segment", "list")
    lines = printed.replace("\r\n", "\n").splitlines()
    assert "─" * 20 in printed
    assert max(map(len, lines)) <= 60 + len("\x1b[1m") * 20
    assert "Customers whose" in printed
    assert "…" not in printed


def _on_terminal(*words: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        arguments(*words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(COLUMNS="60", TERM="xterm"),
    ) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:
                break
            if not part:
                break
            parts.append(part)
    os.close(ours)
    assert process.returncode == 0
    return b"".join(parts).decode()


# -- from Python ------------------------------------------------------------------------


def test_a_segment_answers_for_itself(store: Path) -> None:
    """The library's way to the same members."""
    with sg.Workspace.open(store) as workspace:
        vip = workspace.segments["loyal"]
        assert vip.members().to_pylist() == [{"customer_id": "ann"}]
        past = vip.members(as_of=datetime(2026, 5, 2, tzinfo=UTC), fields=["number_of_orders"])
        assert past.num_rows == 0
        assert vip.result().count == 1
        assert workspace.segments.names == ("Buyers", "Loyal")
        assert "LOYAL" in workspace.segments
        assert len(workspace.segments) == 2
