"""`segmentry user`, `token`, `audit` and `secrets`."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
import typer
from argon2 import profiles
from sqlalchemy import create_engine

import segmentry as sg
from segmentry.access import passwords
from segmentry.cli import access as access_commands
from segmentry.cli.session import Session

from .command import Ended, run_here, well

PASSWORD = "tall grass by the sea"
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without users, made once."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    sg.Workspace.create(folder, timezone="UTC", currency="EUR").close()
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose passwords cost nothing to hash."""
    monkeypatch.setattr(passwords, "PARAMETERS", profiles.CHEAPEST)
    shutil.copytree(made, tmp_path / "shop")
    return tmp_path / "shop"


def user(shop: Path, *words: str, stdin: str = f"{PASSWORD}\n") -> Ended:
    """Run `segmentry user` as eve."""
    return run_here("-w", shop, "user", *words, stdin=stdin, SEGMENTRY_AUTHOR="eve")


@pytest.fixture
def staffed(shop: Path) -> Path:
    """With an admin and a viewer."""
    assert user(shop, "add", ANN, "--role", "admin", "--name", "Ann Lee").code == 0
    assert user(shop, "add", BOB, "--role", "viewer").code == 0
    return shop


def test_the_set_up_token_is_printed_until_there_is_a_user(shop: Path) -> None:
    """A new one each time, on a line of its own."""
    first, second = (user(shop, "setup") for _ in range(2))
    assert first.out != second.out
    assert len(first.out.strip()) == 52
    assert "It works once, until" in first.err
    assert "no users" in user(shop, "list").out
    user(shop, "add", ANN, "--role", "admin")
    refused = user(shop, "setup")
    assert (refused.code, refused.out) == (1, "")
    assert "has users already" in refused.err


def test_users_are_made_listed_and_changed(staffed: Path) -> None:
    """By their addresses; a password is never printed."""
    listed = user(staffed, "list", "--json")
    assert [(u["email"], u["name"], u["role"]) for u in listed.json] == [
        (ANN, "Ann Lee", "admin"),
        (BOB, "bob", "viewer"),
    ]
    assert user(staffed, "role", BOB, "marketer").out == f"{BOB} is marketer now.\n"
    assert user(staffed, "disable", BOB).code == 0
    assert "disabled" in user(staffed, "list").out
    assert user(staffed, "enable", "BOB@example.com", "--json").json["disabled_at"] is None
    changed = user(staffed, "password", BOB, stdin="another tall grass\n")
    assert (changed.code, "another tall" in changed.out + changed.err) == (0, False)
    assert user(staffed, "remove", BOB).code == 1
    assert user(staffed, "remove", BOB, "--yes").out == f"Removed {BOB}.\n"
    assert [u["email"] for u in user(staffed, "list", "--json").json] == [ANN]


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("add", "c@example.com", "--role", "viewer"), "", "one line of standard input"),
        (("add", "c@example.com", "--role", "viewer"), "short\n", "too short"),
        (("add", "c@example.com", "--role", "owner"), PASSWORD, "viewer, marketer, admin"),
        (("add", BOB, "--role", "admin"), PASSWORD, "already"),
        (("role", ANN, "viewer"), "", "no admin"),
        (("disable", ANN), "", "no admin"),
        (("remove", ANN, "--yes"), "", "no admin"),
        (("role", "zoe@example.com", "viewer"), "", "There is no user 'zoe@example.com'"),
        (("password", BOB), "bob\n", "too short"),
        (("sessions", BOB, "--end", "xyz"), "", "no session 'xyz'"),
        (("drop-code", BOB), "", "no second factor"),
    ],
)
def test_what_cannot_be_done_is_told(
    staffed: Path, words: tuple[str, ...], stdin: str, said: str
) -> None:
    """And changes nothing."""
    before = user(staffed, "list", "--json").out
    refused = user(staffed, *words, stdin=stdin)
    assert (refused.code, refused.out) == (1, "")
    assert said in refused.err
    assert user(staffed, "list", "--json").out == before


def test_a_password_is_typed_twice_on_a_terminal(
    staffed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not seen while it is."""
    asked: list[dict[str, object]] = []

    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    def prompt(text: str, **how: object) -> str:
        asked.append(how)
        return PASSWORD

    monkeypatch.setattr("sys.stdin", Terminal)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert access_commands.password(Session(staffed, as_json=False)) == PASSWORD
    assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]


def test_sessions_are_shown_and_ended(staffed: Path) -> None:
    """One by its id, or all."""
    from segmentry.access.signing_in import Credentials

    with sg.Workspace.open(staffed) as workspace:
        for label in ("Laptop", "Phone", "Tablet"):
            given = Credentials(BOB, PASSWORD, "192.0.2.1", label=label)
            workspace.access.signing_in.sign_in(given)
    shown = user(staffed, "sessions", BOB, "--json").json
    assert {each["label"] for each in shown} == {"Laptop", "Phone", "Tablet"}
    phone = next(each["id"] for each in shown if each["label"] == "Phone")
    left = user(staffed, "sessions", BOB, "--end", phone).out
    assert "Laptop" in left
    assert "Phone" not in left
    assert user(staffed, "sessions", BOB, "--end", "all").out == "Signed in nowhere.\n"


def test_tokens_are_made_listed_and_revoked(staffed: Path) -> None:
    """The token itself is printed once, alone on its line."""
    token = ("-w", staffed, "token")
    assert well(*token, "list").out == "There are no tokens.\n"
    made = well(*token, "add", "Nightly", "--scope", "segments:read", "--expires", "90d")
    assert made.out.startswith("sgm_")
    with sg.Workspace.open(staffed) as workspace:
        assert workspace.access.tokens.find(made.out.strip()).may("segments:read")
    (listed,) = well(*token, "list", "--json").json
    assert (listed["name"], listed["scopes"], listed["user_id"]) == (
        *("Nightly", ["segments:read"]),
        None,
    )
    assert listed["used_on"] is not None
    assert made.out.strip() not in well(*token, "list").out
    assert well(*token, "revoke", listed["id"]).out == "'Nightly' is refused from now on.\n"
    assert "revoked" in well(*token, "list").out
    with sg.Workspace.open(staffed) as workspace, pytest.raises(sg.UserError):
        workspace.access.tokens.find(made.out.strip())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "T", "--scope", "all"), "There is no scope 'all'. There are: segments:read, "),
        (("add", "T", "--scope", "jobs:read", "--expires", "soon"), "Write 90d or 12h"),
        (("add", "T", "--scope", "jobs:read", "--expires", "0d"), "Write 90d or 12h"),
        (("revoke", "nothing"), "There is no token 'nothing'"),
    ],
)
def test_wrong_tokens_are_told(shop: Path, words: tuple[str, ...], said: str) -> None:
    """And none is made."""
    refused = run_here("-w", shop, "token", *words)
    assert (refused.code, said in refused.err) == (1, True)
    assert well("-w", shop, "token", "list", "--json").json == []


def test_scopes_are_explained(shop: Path) -> None:
    """With the roles that have them."""
    found = {each["name"]: each for each in well("token", "scopes", "--json").json}
    assert found["customers:pii"]["roles"] == ["marketer", "admin"]
    assert "Ask read-only SQL" in well("token", "scopes").out


def test_the_log_tells_who_ran_what(staffed: Path) -> None:
    """By the name of whoever runs commands, and about whom."""
    user(staffed, "role", BOB, "marketer")
    audit = ("-w", staffed, "audit")
    latest = well(*audit, "list", "--limit", "1", "--json").json[0]
    assert latest["who"] == {"kind": "command", "id": "eve", "user_id": None}
    assert (latest["verb"], latest["details"]) == (
        *("user.role",),
        {"from": "viewer", "to": "marketer"},
    )
    shown = well(*audit, "list", "--verb", "user.").out
    assert BOB in shown
    assert "command eve" in shown
    assert "from: viewer; to: marketer" in shown
    well("-w", staffed, "token", "add", "T", "--scope", "jobs:read", "--scope", "audit:read")
    assert "scopes: audit:read, jobs:read" in well(*audit, "list", "--limit", "1").out
    assert well(*audit, "list", "--about", "nothing").out == "There are no such entries.\n"
    assert well(*audit, "list", "--user", BOB, "--json").json == []


def test_the_log_is_verified(staffed: Path) -> None:
    """What was removed is named, and the command fails (API-19)."""
    audit = ("-w", staffed, "audit", "verify")
    good = well(*audit).out.splitlines()
    assert good[0] == "All 2 entries are as they were written."
    known = good[1].removeprefix("Good so far: ")
    user(staffed, "disable", BOB)
    assert well(*audit, "--entry", known, "--json").json["last"] == 3
    assert run_here(*audit, "--entry", "3").code == 1
    (staffed / "secret.key").rename(staffed / "elsewhere")
    unproven = run_here(*audit)
    assert (unproven.code, "The key file is missing" in unproven.out) == (1, True)
    user(staffed, "enable", BOB)
    (staffed / "elsewhere").rename(staffed / "secret.key")
    unsealed = run_here(*audit)
    assert (unsealed.code, "Entry 4 is the first of 1 without" in unsealed.out) == (1, True)
    engine = create_engine(f"sqlite:///{staffed / 'app.sqlite'}")
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("DELETE FROM audit_entries WHERE number = 2")
        connection.commit()
    engine.dispose()
    broken = run_here(*audit)
    assert (broken.code, broken.out.splitlines()[0]) == (1, "Entry 2 was removed.")


def test_secrets_are_listed_and_get_another_key(staffed: Path) -> None:
    """Names alone are shown; without the key file it says what is missing (OPS-10)."""
    secrets = ("-w", staffed, "secrets")
    assert well(*secrets, "list").out == "Nothing is kept encrypted.\n"
    with sg.Workspace.open(staffed) as workspace:
        workspace.access.secrets.set("smtp", b"password")
    key = (staffed / "secret.key").read_text()
    assert well(*secrets, "rotate").out.startswith("Encrypted 1 secret(s) with a new key.")
    assert (staffed / "secret.key").read_text() != key
    assert well(*secrets, "list").out == "smtp\n"
    (staffed / "secret.key").unlink()
    listed = well(*secrets, "list")
    assert (listed.out, "is missing" in listed.err) == ("smtp\n", True)
    assert run_here(*secrets, "rotate").code == 1
    with sg.Workspace.open(staffed) as workspace:  # all else works
        assert workspace.query("number_of_orders = 0").count == 0


def test_they_work_while_a_server_has_the_workspace(staffed: Path) -> None:
    """As they need none of its facts; another process may have these."""
    with sg.Workspace.open(staffed) as workspace:
        assert user(staffed, "disable", BOB).code == 0
        assert workspace.access.users.named(BOB).disabled_at is not None


def test_another_folder_is_no_workspace(tmp_path: Path) -> None:
    """And none is made of it."""
    refused = user(tmp_path, "list")
    assert (refused.code, "is not a workspace" in refused.err) == (1, True)
    assert list(tmp_path.iterdir()) == []
