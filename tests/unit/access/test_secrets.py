"""Secrets at rest, the key file they need, and what of it all is in the database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from segmentry.access import Access, Caller
from segmentry.access.idempotency import Reply, Request
from segmentry.access.key_file import KeyFile
from segmentry.access.setup import FirstAdmin
from segmentry.base.errors import NotFoundError, SecretError
from segmentry.storage.app_db import clear_remains, open_app_db

from .conftest import HERE, OPERATOR, PASSWORD, THERE, Clock, add, opened, sign_in

SMTP = b"the relay's own password"


def bytes_of(folder: Path) -> bytes:
    """All that is in the database and the files beside it, the key file's content left out."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("app.sqlite*")))


def test_the_database_gives_no_secret_away(access: Access, tmp_path: Path) -> None:
    """Tokens and sessions as SHA-256, passwords as argon2id, all else encrypted with a key that
    is in another file (API-06)."""
    setup, _ = access.setup.new_token(OPERATOR)
    before = bytes_of(tmp_path)
    first = access.setup.use(setup, FirstAdmin("ann@example.com", "Ann", PASSWORD, HERE))
    admin = first.signed_in.caller
    session = sign_in(access, "ann", address=THERE)
    token = access.tokens.add(admin, "T", ["segments:read"]).text
    access.tokens.find(token, HERE)
    enrolment = access.second_factors.begin(admin)
    access.secrets.set("smtp", SMTP)
    found = before + bytes_of(tmp_path)
    key = (tmp_path / "secret.key").read_bytes()
    material = KeyFile(tmp_path / "secret.key").read()
    assert material is not None
    root = access.keys.derive("audit")
    plain = (PASSWORD, session.secret, session.signed_in.csrf, token, token[20:], setup)
    for secret in (*map(str.encode, plain), SMTP, enrolment.secret.encode(), root):
        assert secret not in found
    for address in (HERE, THERE):
        assert address.encode() not in found
    assert material.material not in found
    assert key.split()[-1] not in found
    with closing(sqlite3.connect(tmp_path / "app.sqlite")) as database:
        hashes = dict(database.execute("SELECT 'user', password FROM users"))
        lengths = list(
            database.execute(
                "SELECT length(hash) FROM sessions UNION ALL SELECT length(hash) FROM api_tokens"
            )
        )
    assert hashes["user"].startswith("$argon2id$v=19$")
    assert set(lengths) == {(32,)}


def test_the_key_file_is_for_its_owner_alone(access: Access, tmp_path: Path) -> None:
    """Made when it is first needed, beside the database or where SEGMENTRY_KEY_FILE says."""
    assert not (tmp_path / "secret.key").exists()
    access.secrets.set("smtp", SMTP)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.glob("*key*")) == ["secret.key"]


def test_the_key_file_elsewhere(
    app: Engine, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the variable says."""
    (tmp_path / "keys").mkdir()
    monkeypatch.setenv("SEGMENTRY_KEY_FILE", str(tmp_path / "keys" / "shop"))
    opened(app, tmp_path, clock).secrets.set("smtp", SMTP)
    assert (tmp_path / "keys" / "shop").exists()
    assert not (tmp_path / "secret.key").exists()
    assert opened(app, tmp_path, clock).secrets.get("smtp") == SMTP


def test_secrets_are_bound_to_their_names(access: Access, app: Engine) -> None:
    """One put in another's place in the database, or altered there, cannot be read."""
    access.secrets.set("smtp", SMTP)
    access.secrets.set("other", b"")
    assert (access.secrets.get("smtp"), access.secrets.get("other")) == (SMTP, b"")
    with app.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE secrets SET ciphertext = "
            "(SELECT ciphertext FROM secrets WHERE name = 'smtp') WHERE name = 'other'"
        )
    with pytest.raises(SecretError, match="'other' was changed"):
        access.secrets.get("other")
    with app.begin() as connection:
        connection.exec_driver_sql("UPDATE secrets SET ciphertext = x'00' WHERE name = 'smtp'")
    with pytest.raises(SecretError, match="'smtp' was changed"):
        access.secrets.get("smtp")


def test_secrets_are_replaced_and_removed(access: Access) -> None:
    """By name; the root is none of them."""
    access.secrets.set("smtp", b"old")
    access.secrets.set("smtp", SMTP)
    assert access.secrets.get("smtp") == SMTP
    assert access.secrets.names() == ["smtp"]
    access.secrets.remove("smtp")
    access.secrets.remove("root")
    with pytest.raises(NotFoundError, match="'smtp'"):
        access.secrets.get("smtp")
    for name in ("root", ""):
        with pytest.raises(SecretError, match="cannot be called"):
            access.secrets.set(name, b"mine")
    assert access.secrets.trouble() is None


def lost(key: Path) -> None:
    """The key file is gone."""
    key.unlink()


def of_another(key: Path) -> None:
    """It is that of another workspace."""
    key.unlink()
    KeyFile(key).make()


def nonsense(key: Path) -> None:
    """Something else is in its place."""
    key.write_text("hello")


@pytest.mark.parametrize(
    ("harm", "said"),
    [(lost, "is missing"), (of_another, "key of another workspace"), (nonsense, "holds no key")],
)
def test_without_its_key_all_else_works(
    access: Access,
    admin: Caller,
    app: Engine,
    tmp_path: Path,
    clock: Clock,
    harm: Callable[[Path], None],
    said: str,
) -> None:
    """Users sign in, tokens are made and used, entries are written; what needs a secret says
    what is missing; with the key back all is as before (OPS-10)."""
    access.secrets.set("smtp", SMTP)
    key = tmp_path / "secret.key"
    kept = key.read_bytes()
    harm(key)
    after = opened(app, tmp_path, clock)
    for needing in (
        lambda: after.secrets.get("smtp"),
        lambda: after.secrets.set("other", b"x"),
        lambda: after.secrets.rotate(OPERATOR),
        lambda: after.keys.derive("links"),
        lambda: after.second_factors.begin(admin),
    ):
        with pytest.raises(SecretError, match=said):
            needing()
    assert said in str(after.secrets.trouble())
    assert access.secrets.trouble() is not None  # also where the keys are still in memory
    assert after.secrets.names() == ["smtp"]
    signed_in = sign_in(after, "ann", address=THERE).signed_in
    text = after.tokens.add(signed_in.caller, "T", ["segments:read"]).text
    assert after.tokens.find(text)
    add(after, signed_in.caller, "bob", "viewer")
    check = after.audit.verify()
    assert (check.broken, check.sealed, check.good) == (None, False, False)
    key.write_bytes(kept)
    assert after.secrets.trouble() is None
    assert opened(app, tmp_path, clock).secrets.get("smtp") == SMTP
    found = after.audit.verify()
    assert (found.broken, found.unsealed) == (None, (3, 4, 5))


def test_where_no_key_can_be_made(app: Engine, tmp_path: Path, clock: Clock) -> None:
    """Users can be, and who wants to keep a secret is told (OPS-10)."""
    access = opened(app, tmp_path / "nowhere", clock)
    add(access, OPERATOR, "ann", "admin")
    assert sign_in(access, "ann")
    with pytest.raises(SecretError, match=r"nowhere.*cannot be written"):
        access.secrets.set("smtp", SMTP)


def test_rotating_encrypts_all_anew(
    access: Access, admin: Caller, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """The old key opens nothing; what was sealed before still holds, also for a process that
    was running all the while (OPS-10)."""
    access.secrets.set("smtp", SMTP)
    running = opened(app, tmp_path, clock)
    links, old = running.keys.derive("links"), (tmp_path / "secret.key").read_bytes()
    rows = "SELECT name, ciphertext, key_id FROM secrets"
    with app.connect() as connection:
        before = connection.exec_driver_sql(rows).all()
    assert access.secrets.rotate(OPERATOR) == 1
    with app.connect() as connection:
        after = connection.exec_driver_sql(rows).all()
    assert not {each[1:] for each in before} & {each[1:] for each in after}
    assert len({each[2] for each in after}) == 1
    running.secrets.set("other", b"x")
    for each in (access, running, opened(app, tmp_path, clock)):
        assert (each.secrets.get("smtp"), each.secrets.get("other")) == (SMTP, b"x")
        assert each.keys.derive("links") == links
        assert each.audit.verify().good
    assert [path.name for path in tmp_path.glob("secret.key*")] == ["secret.key"]
    (tmp_path / "secret.key").write_bytes(old)
    with pytest.raises(SecretError, match="another workspace"):
        opened(app, tmp_path, clock).secrets.get("smtp")


def test_rotating_needs_the_right(access: Access) -> None:
    """As whoever could rotate keys could lock everybody out."""
    with pytest.raises(Exception, match="settings:write"):
        access.secrets.rotate(Caller.nobody(HERE))


class Ended(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("committed", [False, True])
def test_rotating_that_is_broken_off(
    access: Access,
    app: Engine,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    committed: bool,
) -> None:
    """Before or after the database has the new key: the secrets can be read, and rotated
    again (OPS-10)."""
    access.secrets.set("smtp", SMTP)

    def end(*given: object, **named: object) -> None:
        raise Ended

    with monkeypatch.context() as patched:
        if committed:
            patched.setattr(KeyFile, "replace", end)
        else:
            patched.setattr("segmentry.access.audit.Audit.add", end)
        with pytest.raises(Ended):
            access.secrets.rotate(OPERATOR)
    assert (tmp_path / "secret.key.next").exists()
    after = opened(app, tmp_path, clock)
    assert after.secrets.get("smtp") == SMTP
    assert (tmp_path / "secret.key.next").exists() is not committed
    after.secrets.rotate(OPERATOR)
    assert opened(app, tmp_path, clock).secrets.get("smtp") == SMTP


def test_keys_for_purposes_have_nothing_in_common(access: Access) -> None:
    """Each is its own, the same each time, and other in each workspace."""
    purposes = ("audit", "links", "suppression", "csrf")
    keys = {purpose: access.keys.derive(purpose) for purpose in purposes}
    assert len(set(keys.values())) == len(purposes)
    assert all(access.keys.derive(purpose) == key for purpose, key in keys.items())
    assert all(access.keys.find(purpose) == key for purpose, key in keys.items())


def test_a_workspace_in_memory_has_its_key_there(clock: Clock) -> None:
    """And secrets as any other."""
    app = open_app_db(None)
    access = Access(app, None, clock)
    access.secrets.set("smtp", SMTP)
    access.secrets.rotate(OPERATOR)
    assert access.secrets.get("smtp") == SMTP
    app.dispose()


def test_replies_are_gone_with_their_time(
    access: Access, app: Engine, tmp_path: Path, clock: Clock
) -> None:
    """A reply that was kept leaves nothing in the file once it is forgotten (API-06)."""
    request = Request.of("u", "k", "POST", "/", b"")
    access.idempotency.begin(request)
    access.idempotency.finish(request, Reply(200, {}, b"a reply of long ago"))
    assert b"a reply of long ago" in bytes_of(tmp_path)
    clock.go_on(hours=24)
    access.idempotency.release_ended()
    clear_remains(app)
    assert not re.search(b"a reply of long ago", bytes_of(tmp_path))
