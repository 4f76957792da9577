"""A command that is asked to end does so soon, and leaves a workspace that is well."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .command import arguments, environment, well
from .killing import FIRST, SEGMENTS, SOURCE, create, load

_SLOW = """
import time
from {module} import {owner}
before = {owner}.{name}
def slow(*given, **named):
    print("begun", flush=True)
    time.sleep(1)
    return before(*given, **named)
{owner}.{name} = slow
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace's folder, to be copied."""
    folder = tmp_path_factory.mktemp("whole") / "shop"
    create(folder)
    load(folder, FIRST)
    for name, query in SEGMENTS.items():
        well("-w", folder, "segment", "add", name, query)
    return folder


@pytest.fixture
def shop(whole: Path, tmp_path: Path) -> Path:
    """A workspace's folder."""
    return shutil.copytree(whole, tmp_path / "shop")


def _end(command: list[str], begun: Callable[[str], bool]) -> tuple[int, str]:
    """Its code, and what it said, asked to end once it has begun."""
    with subprocess.Popen(
        command,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        assert any(begun(line) for line in running.stdout), running.stderr and running.stderr.read()
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=120)
        return running.returncode, out + err


def _is_well(folder: Path) -> None:
    """Stored members are those of a fresh evaluation, and nothing is damaged or left."""
    assert well("-w", folder, "--json", "refresh", "--check").json["drift"] == []
    assert well("-w", folder, "--json", "doctor").json["well"]


def test_watching_ends_well(shop: Path) -> None:
    """ENG-16: `refresh --watch` ends with 0 when it is asked to, and says nothing of it."""
    command = arguments("-w", shop, "--json", "refresh", "--watch")
    code, said = _end(command, lambda line: "as_of" in json.loads(line))
    assert (code, said) == (0, "")
    _is_well(shop)


@pytest.mark.parametrize(
    ("module", "owner", "name"),
    [
        ("segmentry.storage.facts_db", "FactsDb", "take"),
        ("segmentry.storage.touched", "Touching", "after"),
        ("segmentry.membership.stored", "StoredMembers", "write"),
    ],
)
def test_an_import_ended_half_way(shop: Path, module: str, owner: str, name: str) -> None:
    """ENG-16: wherever an import is when it is asked to end, it does not go on to its end; all
    is well, and the same import completes it."""
    orders = shop.with_name("orders.csv")
    rows = (f"{n},ann,2024-03-{n % 28 + 1:02}T10:00:00Z,{n}\n" for n in range(100, 300))
    orders.write_text("order_id,customer_id,ordered_at,total\n" + "".join(rows))
    words = ("-w", shop, "--json", "import", "csv", orders, "--source", SOURCE, "--yes")
    slow = _SLOW.format(module=module, owner=owner, name=name)
    code, said = _end(arguments(*words, before=slow), lambda line: "begun" in line)
    assert code != 0
    assert "Traceback" not in said
    _is_well(shop)
    well(*words)
    _is_well(shop)
    assert well("-w", shop, "--json", "query", "number_of_orders = 201").json["count"] == 1


def test_a_refresh_ended_half_way(shop: Path) -> None:
    """ENG-16: members are those of before or of after it, and the next refresh makes it good."""
    slow = _SLOW.format(module="segmentry.membership.answers", owner="Answers", name="due")
    words = ("-w", shop, "segment", "edit", "Recent", "amount_spent > 1")
    code, said = _end(arguments(*words, before=slow), lambda line: "begun" in line)
    assert code != 0
    assert "Traceback" not in said
    _is_well(shop)
