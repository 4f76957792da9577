"""What is done at the command line is in the audit log, as what is done over HTTP is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from argon2 import profiles

import segmentry as sg
from segmentry.access import open_access, passwords
from segmentry.access.audit import EntriesWanted, Entry
from segmentry.cli import commands
from segmentry.cli.app import app
from segmentry.jobs import Wanted

from .command import run_here, well

EMAIL = "ann@example.com"
READS = {
    *("user list", "token list", "token scopes", "secrets list"),
    *("job list", "job show", "webhook list", "webhook show", "webhook deliveries"),
    *("settings show", "erasures list", "erasures export", "verify"),
}
"""Commands of these groups that change nothing."""

DUE = {"webhook send"}
"""What the server does by itself, done by hand."""

APART = {"user drop-code"}
"""What needs somebody who has a second factor; access writes that down by itself."""

GROUPS = ("user", "token", "secrets", "job", "webhook", "settings", "erasures")
ALONE = ("backup", "restore", "verify")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with somebody in it, and a job that waits."""
    monkeypatch.setattr(passwords, "PARAMETERS", profiles.CHEAPEST)
    folder = tmp_path / "shop"
    with sg.Workspace.create(folder, timezone="UTC", currency="EUR") as workspace:
        workspace.load({"customers": [{"customer_id": "a"}]}, source="shop")
        workspace.jobs.enqueue(Wanted("check-members", {}))
        workspace.set_allow_private(["127.0.0.1"])
    return folder


def _latest(shop: Path) -> list[Entry]:
    with open_access(shop) as access:
        return access.audit.entries(EntriesWanted(limit=500))


def _commands(shop: Path) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Commands in order, each with the verb and the thing that the log must name then."""
    place = shop.parent
    yield ("user", "setup"), "setup.token", ""
    yield ("user", "add", EMAIL, "--role", "viewer"), "user.add", ""
    yield ("user", "role", EMAIL, "admin"), "user.role", ""
    yield ("user", "add", "bo@example.com", "--role", "admin"), "user.add", ""
    yield ("user", "password", EMAIL), "user.password", ""
    yield ("user", "sessions", EMAIL, "--end", "all"), "session.end_all", ""
    yield ("user", "disable", EMAIL), "user.disable", ""
    yield ("user", "enable", EMAIL), "user.enable", ""
    yield ("user", "remove", EMAIL, "--yes"), "user.remove", ""
    yield ("token", "add", "T", "--scope", "jobs:read"), "token.add", ""
    yield ("secrets", "rotate"), "secrets.rotate", ""
    yield ("job", "cancel", "1"), "cancel_job", "1"
    yield ("job", "retry", "1"), "retry_job", "1"
    yield ("backup", str(place / "shop.tar")), "backup", ""
    yield ("settings", "set", "order_rules", "shopify"), "change_store", ""
    yield ("settings", "retention", "--own", "30d"), "change_retention", ""
    yield ("settings", "retention", "--apply"), "apply_retention", ""
    yield ("webhook", "add", "http://127.0.0.1:1025/in"), "add_webhook", ""
    yield ("customer", "erase", "a", "--yes"), "erase_customer", "ER-000001"
    yield ("erasures", "export", str(place / "erasures")), "erase_customer", "ER-000001"
    yield ("erasures", "replay", str(place / "erasures")), "replay_erasures", ""


def test_what_commands_change_is_written_down(shop: Path) -> None:
    """By the name of whoever typed them, and each once."""
    count = 0
    for words, verb, thing in _commands(shop):
        ended = run_here("-w", shop, *words, stdin="tall grass by the sea\n")
        assert ended.code == 0, (words, ended.err)
        latest = _latest(shop)
        assert (latest[0].verb, latest[0].who_kind) == (verb, "command"), words
        if thing:
            assert latest[0].object_id == thing
        assert len(latest) == count + (words[:2] != ("erasures", "export")), words
        count = len(latest)


def test_what_is_done_to_webhooks_and_tokens_is_written_down(shop: Path) -> None:
    """By the id of the thing, whatever came of a sending."""
    made = well("-w", shop, "webhook", "add", "http://127.0.0.1:1025/in", "--json").json["id"]
    for words, verb in (
        (("edit", made, "--description", "x"), "change_webhook"),
        (("pause", made), "change_webhook"),
        (("resume", made), "change_webhook"),
        (("rotate", made), "rotate_webhook_secret"),
        (("ping", made), "ping_webhook"),
        (("replay", made, "--since", "2026-01-01"), "replay_webhook"),
        (("remove", made, "--yes"), "remove_webhook"),
    ):
        run_here("-w", shop, "webhook", *words)
        (latest, *_) = _latest(shop)
        assert (latest.verb, latest.object_id) == (verb, made), words
    token = well("-w", shop, "token", "add", "T", "--scope", "jobs:read", "--json").json["id"]
    well("-w", shop, "token", "revoke", token)
    assert _latest(shop)[0].object_id == token


def test_a_restored_workspace_says_so(shop: Path, tmp_path: Path) -> None:
    """In its own log, with the moment it is of."""
    made = well("-w", shop, "backup", tmp_path / "shop.tar", "--with-key", "--json").json
    well("restore", tmp_path / "shop.tar", "--into", tmp_path / "again")
    latest = _latest(tmp_path / "again")[0]
    assert (latest.verb, latest.who_kind) == ("restore", "command")
    assert latest.details == {"as_of": made["as_of"], "erased": 0}
    assert datetime.fromisoformat(latest.details["as_of"]) < datetime.now(UTC)


def test_no_command_is_forgotten() -> None:
    """A new command of these groups is named here, or among those that change nothing."""
    assert commands.__all__
    tested = {" ".join(words[:2]) for words, _, _ in _commands(Path("shop"))}
    tested |= {words.split()[0] for words in tested}
    tested |= {f"webhook {each}" for each in ("edit", "pause", "resume", "rotate", "ping")}
    tested |= {"webhook replay", "webhook remove", "token revoke", "restore"} | APART
    command: Any = typer.main.get_command(app)
    names = {f"{group} {name}" for group in GROUPS for name in command.commands[group].commands} | {
        name for name in ALONE if name in command.commands
    }
    assert names - READS - DUE - tested == set()
