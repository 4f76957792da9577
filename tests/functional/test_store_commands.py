"""`segmentry init`, `import`, `settings`, `attribute`, `rebuild`, `doctor`, and what holds
for every command."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import typer

import segmentry as sg
import segmentry.cli.commands
from segmentry.cli import store as store_commands
from segmentry.cli.app import app

from .command import environment, run_here, well

ORDERS = """Order No,Date,Total,Email,State
1,2026-01-01 10:00,50.00,ann@example.com,paid
2,2026-02-01 10:00,60.00,ann@example.com,cancelled
3,2026-02-02 10:00,5.00,bob@example.com,paid
4,2026-02-03,a lot,cid@example.com,paid
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace, made once."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    well("init", folder, "--timezone", "Europe/London", "--currency", "GBP")
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Path:
    """A new workspace, to change."""
    shutil.copytree(made, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file whose mapping has to be guessed, with one row to refuse."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path / "orders.csv"


# -- init -------------------------------------------------------------------------------


def test_init_makes_a_workspace(tmp_path: Path) -> None:
    """It says what it made; the same folder twice is refused."""
    words = ("init", tmp_path / "s", "--timezone", "Asia/Tokyo", "--currency", "JPY", "--json")
    assert well(*words).json["order_rules"] == "net"
    with sg.Workspace.open(tmp_path / "s") as workspace:
        assert workspace.store.zone.key == "Asia/Tokyo"
    assert run_here(*words).code == 1


def test_init_in_the_present_folder(tmp_path: Path) -> None:
    """An empty folder that somebody is in becomes the workspace and stays the same folder."""
    before = tmp_path.stat().st_ino
    words = ("--timezone", "Asia/Tokyo", "--currency", "JPY")
    assert run_here("init", ".", *words, cwd=tmp_path).code == 0
    assert run_here("query", "number_of_orders = 0", "--count", cwd=tmp_path).out == "0\n"
    assert tmp_path.stat().st_ino == before
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}.*"))


def test_init_takes_the_zone_of_the_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is one of a region; a server's UTC is nobody's day."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    assert well("init", tmp_path / "a", "--currency", "EUR", "--json").json["timezone"] == (
        "Europe/Madrid"
    )
    for unclear in ("UTC", "Etc/GMT+3", "EST5EDT"):
        monkeypatch.setenv("TZ", unclear)
        ended = run_here("init", tmp_path / "b", "--currency", "EUR")
        assert (ended.code, "--timezone" in ended.err) == (1, True), unclear


def test_zone_is_read_from_the_link(tmp_path: Path) -> None:
    """The file most systems have points into the folder of zones."""
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/America/Argentina/Salta")
    assert store_commands._linked_zone(link) == "America/Argentina/Salta"
    assert store_commands._linked_zone(tmp_path / "none") == ""


def test_init_refuses_what_is_no_currency_and_no_rules(tmp_path: Path) -> None:
    """Wrong words are the user's error, a missing option is wrong usage; nothing is made."""
    words = ("init", tmp_path / "s", "--timezone", "Europe/Paris")
    assert run_here(*words, "--currency", "EURO").code == 1
    assert run_here(*words, "--currency", "EUR", "--order-rules", "mine").code == 1
    assert run_here(*words).code == 2
    assert not (tmp_path / "s").exists()


# -- import -----------------------------------------------------------------------------


def test_import_asks_before_it_uses_a_guess(shop: Path, orders: Path) -> None:
    """Where nobody can answer it stops, having shown the guess."""
    ended = run_here("-w", shop, "import", "csv", orders)
    assert ended.code == 1
    assert "Order No | order_name" in ended.out
    assert "--yes" in ended.err
    assert well("-w", shop, "query", "number_of_orders >= 0", "--count").out == "0\n"


def test_import_takes_rows_and_reports_the_others(shop: Path, orders: Path, tmp_path: Path) -> None:
    """Customers that only orders tell of are there; the refused row is in the file; the
    first import adds the presets that the data serve."""
    refused = tmp_path / "refused.csv"
    words = ("-w", shop, "import", "csv", orders, "--yes", "--refused", refused)
    printed = well(*words).out
    assert "3 rows of the files taken, 1 refused." in printed
    assert "orders.csv, line 5, column 'Total'" in printed
    assert "Ready-made segments added: " in printed
    assert refused.read_text().splitlines()[1].startswith("orders.csv,5,Total,a lot,")
    assert well("-w", shop, "query", "number_of_orders = 1", "--count").out == "2\n"
    again = well(*words, "--json").json
    assert (again["imported"], again["again"]) == (False, True)


def test_import_dry_run_changes_nothing(shop: Path, orders: Path) -> None:
    """It reports what would be."""
    ended = well("-w", shop, "import", "csv", orders, "--dry-run", "--json")
    assert ended.json["report"]["tables"]["orders"] == 3
    assert well("-w", shop, "query", "number_of_orders >= 0", "--count").out == "0\n"


def test_import_with_a_mapping_that_was_written_and_edited(
    shop: Path, orders: Path, tmp_path: Path
) -> None:
    """--write-map gives a file that --map takes, and then nobody is asked."""
    mapping = tmp_path / "map.toml"
    well("-w", shop, "import", "csv", orders, "--write-map", mapping)
    ended = well("-w", shop, "import", "csv", orders, "--map", mapping, "--json")
    assert ended.json["files"][0]["origin"] == "given"
    assert ended.json["imported"]


def test_import_with_the_rules_of_a_platform(shop: Path, orders: Path) -> None:
    """As Shopify counts, the cancelled order counts too."""
    well("-w", shop, "import", "csv", orders, "--yes", "--order-rules", "shopify")
    assert well("-w", shop, "query", "number_of_orders = 2", "--count").out == "1\n"
    assert well("-w", shop, "--json", "settings", "show").json["order_rules"] == "shopify"


# -- settings, attributes ---------------------------------------------------------------


def test_settings_change_what_counts(shop: Path, orders: Path) -> None:
    """For every moment at once; zone (TIM-11) and currency are refused with the reason."""
    well("-w", shop, "import", "csv", orders, "--yes")
    assert well("-w", shop, "query", "number_of_orders = 2", "--count").out == "0\n"
    well("-w", shop, "settings", "set", "order_rules", "woocommerce")
    assert well("-w", shop, "query", "number_of_orders = 2", "--count").out == "1\n"
    assert "order_rules    woocommerce" in well("-w", shop, "settings", "show").out
    for key, reason in (("timezone", "import again"), ("currency", "import again")):
        ended = run_here("-w", shop, "settings", "set", key, "EUR")
        assert (ended.code, reason in ended.err) == (1, True)
    assert run_here("-w", shop, "settings", "set", "order_rules", "mine").code == 1
    assert run_here("-w", shop, "settings", "set", "colour", "red").code == 1


def test_attributes_are_listed_and_shown(tmp_path: Path) -> None:
    """Without a workspace too: type, operators, meaning, example."""
    names = [
        a["name"] for a in well("-w", tmp_path, "attribute", "list", "--json").json["attributes"]
    ]
    assert "amount_spent" in names
    assert "Functions over records" in well("-w", tmp_path, "attribute", "list").out
    shown = well("-w", tmp_path, "attribute", "show", "amount_spent").out
    assert "IN TOP" in shown
    assert "count" in well("-w", tmp_path, "attribute", "show", "orders_placed").out
    ended = run_here("-w", tmp_path, "attribute", "show", "amount_spend")
    assert (ended.code, "amount_spent" in ended.err) == (1, True)


def test_a_metafield_is_declared_and_then_answered(shop: Path) -> None:
    """Before it is declared a query that names it is refused."""
    text = "metafields.custom.size = 'L'"
    assert run_here("-w", shop, "query", text).code == 1
    well("-w", shop, "attribute", "add", "metafields.custom.size", "--type", "text")
    assert well("-w", shop, "query", text, "--count").out == "0\n"
    assert "metafields.custom.size" in well("-w", shop, "attribute", "list").out
    assert run_here("-w", shop, "attribute", "add", "size", "--type", "text").code == 1


# -- rebuild, doctor --------------------------------------------------------------------


@pytest.fixture(scope="module")
def imported(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an import and segments, made once."""
    folder = tmp_path_factory.mktemp("imported")
    shutil.copytree(made, folder / "shop")
    (folder / "orders.csv").write_text(ORDERS)
    well("-w", folder / "shop", "import", "csv", folder / "orders.csv", "--yes")
    return folder / "shop"


@pytest.fixture
def filled(imported: Path, tmp_path: Path) -> Path:
    """A workspace with an import and segments, to change."""
    shutil.copytree(imported, tmp_path / "shop")
    return tmp_path / "shop"


def test_rebuild_gives_the_same_answers(filled: Path) -> None:
    """From the archive alone."""
    before = well("-w", filled, "query", "amount_spent > 10", "--members").out
    assert well("-w", filled, "rebuild").out == "Facts made anew from 1 import(s).\n"
    assert well("-w", filled, "rebuild", "--json").json == {"imports": 1}
    assert well("-w", filled, "query", "amount_spent > 10", "--members").out == before


def test_facts_that_are_deleted_come_back(filled: Path) -> None:
    """The next command makes them from the archive."""
    before = well("-w", filled, "query", "amount_spent > 10", "--members").out
    (filled / "facts.duckdb").unlink()
    assert well("-w", filled, "query", "amount_spent > 10", "--members").out == before != ""


def test_doctor_finds_nothing_in_a_sound_workspace(filled: Path) -> None:
    """And names the versions that answers depend on."""
    printed = well("-w", filled, "doctor").out
    assert "All is well." in printed
    assert "wrong" not in printed
    data = well("-w", filled, "doctor", "--json").json
    assert data["well"]
    assert {"python", "duckdb", "sqlite", "tz database"} <= data["versions"].keys()


def test_doctor_finds_what_is_wrong(filled: Path, tmp_path: Path) -> None:
    """Each fault alone: what is wrong, what to do, exit code 1, and nothing repaired."""

    def damage_archive(folder: Path) -> None:
        max((folder / "journal").iterdir()).write_bytes(b"nothing")

    def lose_facts(folder: Path) -> None:
        (folder / "facts.duckdb").unlink()

    def leave_something(folder: Path) -> None:
        (folder / "journal" / "x.tmp").touch()

    def break_a_segment(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "app.sqlite")) as connection, connection:
            connection.execute("UPDATE segments SET query = 'nothing = 1' WHERE id = 1")

    def forget_an_import(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "app.sqlite")) as connection, connection:
            connection.execute("DELETE FROM import_files")
            connection.execute("DELETE FROM imports")

    faults = {
        damage_archive: "archive of imports",
        lose_facts: "facts.duckdb",
        leave_something: "leftover files",
        break_a_segment: "segment 'Not purchased yet'",
        forget_an_import: "journal",
    }
    for number, (fault, what) in enumerate(faults.items()):
        folder = tmp_path / f"copy-{number}"
        shutil.copytree(filled, folder)
        fault(folder)
        for _ in range(2):
            ended = run_here("-w", folder, "doctor", "--json")
            wrong = [check["what"] for check in ended.json["checks"] if check["problem"]]
            assert (ended.code, wrong) == (1, [what]), fault.__name__


def test_doctor_finds_a_damaged_database(filled: Path) -> None:
    """Which no other command opens."""
    path = filled / "app.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\x55" * 8192)
    ended = run_here("-w", filled, "doctor")
    assert ended.code == 1
    assert "wrong  app.sqlite" in ended.out
    assert run_here("-w", filled, "segment", "list").code == 1


# -- every command ----------------------------------------------------------------------


def _commands(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield (*before, command.name or command.callback.__name__)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(inner.typer_instance, (*before, str(inner.name)))


@pytest.mark.parametrize("words", sorted(_commands(app)), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    """The example is one line that can be copied, and of that command."""
    lines = [line.strip() for line in well(*words, "--help").out.splitlines()]
    (example,) = [line for line in lines if line.startswith("Example: segmentry ")]
    assert all(word in example.split() for word in words)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(option: str) -> None:
    """Each with a line about it."""
    lines = [line.split() for line in well(option).out.splitlines()]
    listed = {line[0] for line in lines if len(line) > 1}
    assert {words[0] for words in _commands(app)} <= listed


def test_help_needs_no_database_and_no_terminal_library() -> None:
    """What takes long to import is imported when it is needed, so that help comes at once."""
    program = "import sys; from segmentry.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program, "--help"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "segmentry.cli.segments" in imported
    for heavy in ("rich", "pyarrow", "duckdb", "sqlalchemy", "numpy", "segmentry.workspace"):
        assert heavy not in imported, heavy


@pytest.mark.parametrize("place", [0, 2, 5])
def test_json_may_stand_anywhere(filled: Path, place: int) -> None:
    """Before the command, within it and after it; what follows -- is taken as it is."""
    words = ["-w", str(filled), "query", "number_of_orders >= 0", "--count"]
    words.insert(place, "--json")
    assert well(*words).json["count"] == 2
    ended = run_here("-w", filled, "query", "--", "--json")
    assert ended.code == 1
    assert "Line 1" in ended.err


def test_exit_codes(tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 well, 1 the user's to mend, 2 wrong usage, 3 ours; an error is JSON where asked."""
    assert run_here("-w", tmp_path / "none", "segment", "list").code == 1
    assert run_here("-w", filled, "segment", "lits").code == 2
    assert run_here("-w", filled, "query").code == 2
    monkeypatch.setattr(sg.Workspace, "check", lambda *_: 1 / 0)
    ended = run_here("-w", filled, "check", "number_of_orders = 1", "--json")
    assert ended.code == 3
    assert json.loads(ended.err)["error"] == "division by zero"


def offered(line: str, at: int, **env: str) -> list[str]:
    """The words of what the shell is told to offer for word `at` of a line."""
    return " ".join(whole_lines(line, at, **env)).split()


def whole_lines(line: str, at: int, **env: str) -> list[str]:
    """What the shell is told to offer for word `at` of a line."""
    done = subprocess.run(
        [sys.executable, "-c", "from segmentry.cli import main; main()"],
        env=environment(
            _SEGMENTRY_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(at), **env
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_completion_offers_metafields(shop: Path) -> None:
    """Those declared by hand and by the data, in the form a query takes."""
    with sg.Workspace.open(shop) as workspace:
        workspace.metafields.add("metafields.custom.size", "text")
        value = {"customer_id": "ann", "namespace": "custom", "key": "tier-", "type": "text"}
        workspace.load({"attributes": [value | {"value": '"gold"'}]}, source="shop")
    words = f"segmentry -w {shop} attribute show meta"
    assert offered(words, 5) == ["metafields.custom.'tier-'", "metafields.custom.size"]


def test_completion_offers_names(filled: Path, tmp_path: Path) -> None:
    """Segments of the workspace, presets and attributes; silence where there are none."""
    here = {"SEGMENTRY_WORKSPACE": str(filled)}
    assert offered("segmentry segment show Rep", 3, **here) == ["Repeat", "customers"]
    assert offered(f"segmentry -w {filled} segment show Rep", 5) == ["Repeat", "customers"]
    assert offered(f"segmentry -w {tmp_path} segment show Rep", 5) == []
    assert offered("segmentry presets add vip-t", 3) == ["vip-top-10-percent"]
    assert offered("segmentry attribute show gross", 3) == ["gross_spent"]
    assert offered("segmentry segment members x --fields city,gross", 5) == ["city,gross_spent"]


def test_completion_goes_on_with_a_query(filled: Path) -> None:
    """Within its quotes, with names of the catalogue and of the store, and its values."""
    here = {"SEGMENTRY_WORKSPACE": str(filled)}
    line = 'segmentry query "number_of_orders > 1 AND last_a'
    whole = "number_of_orders > 1 AND last_active_date"
    assert f"{whole} >=" in whole_lines(line, 2, **here)
    line = "segmentry check \"segments CONTAINS 'Rep"
    assert whole_lines(line, 2, **here) == ["segments CONTAINS 'Repeat customers'"]
    line = "segmentry segment add x \"customer_source CONTAINS '"
    assert whole_lines(line, 4, **here) == ["customer_source CONTAINS 'shop'"]
    assert whole_lines('segmentry query "sms.fai', 2) == [
        "sms.failed MATCHES (",
        "sms.failed NOT MATCHES (",
    ]
