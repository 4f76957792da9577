"""A command says the same whether it opens the workspace itself or a server owns it."""

from __future__ import annotations

import re
import shutil
import socket
import stat
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.serving.wire import SOCKET

from .command import run_here
from .serving import serving

_MOMENT = re.compile(r"\d{1,2} \w+ 20\d\d, \d\d:\d\d:\d\d|20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*")

COMMANDS = (
    ("query", "number_of_orders >= 1"),
    ("query", "number_of_orders >= 1", "--members", "--fields", "amount_spent"),
    ("query", "number_of_order >= 1"),
    ("--json", "query", "amount_spent IN TOP 50%"),
    ("query", "number_of_orders > 0", "--explain"),
    ("check", "number_of_orders > 3"),
    ("complete", "number_of"),
    ("segment", "add", "Big", "amount_spent > 50", "--tag", "retention"),
    ("segment", "add", "big", "amount_spent > 60"),
    ("segment", "add", "Small", "NOT (segments CONTAINS 'Big')"),
    ("segment", "edit", "Big", "amount_spent > 60", "--dry-run"),
    ("segment", "edit", "Big", "amount_spent > 60"),
    ("segment", "show", "Big"),
    ("segment", "versions", "Big"),
    ("segment", "rename", "Big", "Bigger"),
    ("segment", "list"),
    ("--json", "segment", "list"),
    ("segment", "include", "Bigger", "a"),
    ("segment", "lists", "Bigger"),
    ("segment", "members", "Bigger", "--fields", "number_of_orders"),
    ("segment", "members", "Bigger", "--fields", "number_of_orders", "--out", "here.csv"),
    ("segment", "export", "definitions"),
    ("segment", "apply", "definitions", "--dry-run"),
    ("segment", "why", "Bigger", "a"),
    ("segment", "why", "Bigger", "nobody"),
    ("segment", "history", "Bigger"),
    ("segment", "sizes", "Bigger", "--since", "2024-02-01"),
    ("segment", "overlap"),
    ("segment", "partition", "Bigger", "Small"),
    ("segment", "compare", "Bigger", "Small"),
    ("segment", "health"),
    ("segment", "snapshot", "Bigger"),
    ("segment", "duplicate", "Bigger"),
    ("segment", "archive", "Bigger (2)"),
    ("segment", "delete", "Bigger", "--yes"),
    ("presets", "list"),
    ("attribute", "list"),
    ("attribute", "add", "metafields.custom.size", "--type", "text"),
    ("import", "csv", "customers.csv"),
    ("import", "csv", "missing.csv"),
    ("customer", "export", "a"),
    ("settings", "show"),
    ("settings", "set", "--order-rules", "shopify"),
    ("rfm",),
    ("lifecycle",),
    ("changes",),
    ("refresh",),
    ("refresh", "--check"),
    ("rebuild",),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small store that stands still."""
    from datetime import date

    with sg.Workspace.create(
        tmp_path / "direct", timezone="Europe/London", currency="GBP", stands_at=date(2024, 3, 1)
    ) as workspace:
        workspace.load(
            {
                "customers": [{"customer_id": each, "name": each} for each in "abcd"],
                "orders": [
                    {
                        "order_id": str(number),
                        "customer_id": "abc"[number % 3],
                        "ordered_at": f"2024-02-{number + 1:02}T10:00:00",
                        "paid": f"{number * 10}.50",
                        "total": f"{number * 10}.50",
                    }
                    for number in range(12)
                ],
            },
            source="shop",
        )
    (tmp_path / "customers.csv").write_text("Email,First name\nann@example.com,Ann\n")
    return tmp_path / "direct"


def test_every_command_says_the_same(folder: Path) -> None:
    """Output, errors and exit codes are the same, and so are the files that are written; those
    are named from where the command is typed."""
    served = folder.with_name("served")
    shutil.copytree(folder, served)
    with serving(served):
        for words in COMMANDS:
            ended = []
            for workspace in (folder, served):
                here = folder.with_name(f"in-{workspace.name}")
                here.mkdir(exist_ok=True)
                shutil.copy(folder.with_name("customers.csv"), here)
                done = run_here("-w", workspace, *words, cwd=here)
                told = f"{done.code}\n{done.out}\n{done.err}".replace(workspace.name, "W")
                ended.append(_MOMENT.sub("(moment)", told))
            assert ended[0] == ended[1], words
            assert not ended[0].startswith("3"), ended[0]
    ours, theirs = (folder.with_name(f"in-{name}") / "here.csv" for name in ("direct", "served"))
    assert ours.read_bytes() == theirs.read_bytes()


def test_only_its_owner_may_use_the_socket(folder: Path) -> None:
    """The socket has the mode 0600, and is gone when the server is."""
    with serving(folder):
        path = folder / SOCKET
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()


def test_the_socket_of_a_server_that_was_ended_is_no_hindrance(folder: Path) -> None:
    """A command opens the workspace itself where nobody listens."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / SOCKET))
    assert run_here("-w", folder, "query", "number_of_orders > 0", "--count").out == "3\n"


def test_a_second_server_is_refused(folder: Path) -> None:
    """ING-32: one process owns a workspace; the first goes on."""
    with serving(folder):
        second = run_here("-w", folder, "serve", "--port", "0")
        assert second.code == 1
        assert "in use by another process" in second.err
        assert run_here("-w", folder, "query", "number_of_orders > 0", "--count").out == "3\n"


def test_whoever_has_another_version_is_told(folder: Path) -> None:
    """What is pickled is understood by the same version alone."""
    other = "import importlib.metadata as m; m.version = lambda name: '9.9'"
    with serving(folder, before=other):
        asked = run_here("-w", folder, "query", "number_of_orders > 0")
        assert asked.code == 1
        assert "Restart the server" in asked.err
