"""`make faults`: a workspace's files cut, changed in one bit and taken away; never a wrong answer.

    python -m tests.faults.damage [--times N] [--seed N]

The workspace was left by a process that was killed, so that a part of the facts stands only
in the file beside them that DuckDB writes first. Each kind of damage is done so many times
to a copy. Then either everything is answered as before, or an error for users says what is
wrong; where that is the facts, moving them away and making them anew gives what was before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

import segmentry as sg
from segmentry.storage.checks import check_files
from tests.generative.crowds import make_crowd
from tests.generative.stores import SOURCE, halves

SIZE = 60
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SEGMENTS = {
    "Often": "number_of_orders > 3",
    "Best": "amount_spent IN TOP 10%",
    "Lapsed": "NOT (last_order_date >= -90d)",
    "Reachable": "email_subscription_status = 'SUBSCRIBED' OR number_of_orders = 0",
}
FACTS, LOG, RECORD = "facts.duckdb", "facts.duckdb.wal", "app.sqlite"

Damage: TypeAlias = Callable[[Path, Random], None]


def start(folder: Path) -> None:
    """Make the workspace, in a child that is gone before it could close it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            _fill(folder)
            os._exit(0)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status == 0, "the workspace was made"
    assert (folder / LOG).stat().st_size > 0, "a part of the facts is in the log alone"


def _fill(folder: Path) -> None:
    made = make_crowd(1, SIZE)
    before, after = halves(made.records, lambda owner: ord(owner[-1]) % 2 == 0)
    create = sg.Workspace.create(folder, timezone=made.zone, currency="EUR", clock=lambda: NOW)
    with create as store:
        store.load(before, source=SOURCE)
    store = sg.Workspace.open(folder, clock=lambda: NOW)
    for name, query in SEGMENTS.items():
        store.segments.add(name, query)
    store.load(after, source=SOURCE)


def seen(folder: Path) -> str:
    """A hash over all that can be asked: members stored and fresh, money, rows, and the
    changes that memberships note."""
    with sg.Workspace.open(folder, clock=lambda: NOW) as store:
        assert store.drift() == [], "stored members are those of the facts"
        found = {
            "fresh": {each.name: sorted(each.result().ids) for each in store.segments},
            "stored": {each.name: store.memberships.members(each.name) for each in store.segments},
            "spend": sorted(store.spend().items()),
            "rows": store.row_counts(),
            "changes": store.changes(limit=100_000).num_rows,
        }
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


# -- kinds of damage --------------------------------------------------------------------


def _gone(*names: str) -> Damage:
    def damage(folder: Path, random: Random) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def _cut(name: str) -> Damage:
    def damage(folder: Path, random: Random) -> None:
        os.truncate(folder / name, random.randrange((folder / name).stat().st_size))

    return damage


def _flipped(name: str, beginning: int | None = None) -> Damage:
    """One bit is another, of the whole file or of its beginning."""

    def damage(folder: Path, random: Random) -> None:
        path = folder / name
        at = random.randrange(beginning or path.stat().st_size)
        with path.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1 << random.randrange(8)]))

    return damage


def _read_only(folder: Path, random: Random) -> None:
    (folder / FACTS).chmod(0o444)


_MOST = "bit of the facts"
_HEADERS = 3 * 4096
"""So many bytes at the beginning of DuckDB's file say what it is and where its blocks are."""

OF_FACTS: dict[str, Damage] = {
    "facts gone, their log left": _gone(FACTS),
    "facts and their log gone": _gone(FACTS, LOG),
    "log gone": _gone(LOG),
    "log cut": _cut(LOG),
    "bit of the log": _flipped(LOG),
    "facts cut": _cut(FACTS),
    _MOST: _flipped(FACTS),
    "facts read-only": _read_only,
    "bit of their headers": _flipped(FACTS, _HEADERS),
}
"""Never a wrong answer; after an error they are made anew."""

OF_RECORD: dict[str, Damage] = {
    "index of the record's log gone": _gone(f"{RECORD}-shm"),
    "record's log gone": _gone(f"{RECORD}-wal", f"{RECORD}-shm"),
    "record's log cut": _cut(f"{RECORD}-wal"),
    "bit of the record's log": _flipped(f"{RECORD}-wal"),
    "bit of the record": _flipped(RECORD),
}
"""The system of record: what it says is believed, so that a bit of a query is not noticed."""

ALWAYS_THE_SAME = {"facts and their log gone", "index of the record's log gone"}


# -- what comes of it -------------------------------------------------------------------


def outcome(whole: Path, kind: str, random: Random, expected: str) -> str:
    """What a copy says after a damage: `same`, `refused` with what to do, or something else."""
    of_facts, damage = kind in OF_FACTS, (OF_FACTS | OF_RECORD)[kind]
    with TemporaryDirectory() as place:
        folder = Path(place) / "shop"
        shutil.copytree(whole, folder)
        damage(folder, random)
        try:
            found = seen(folder)
        except sg.WorkspaceError as error:
            return _refused(folder, str(error), expected if of_facts else None)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return "same" if found == expected else _noticed(folder)


def _refused(folder: Path, said: str, expected: str | None) -> str:
    """Facts that cannot be read are made anew as it says; what is expected of a record is
    that a backup is asked for."""
    if expected is None:
        return "refused" if "backup" in said else f"refused without a way: {said}"
    if "rebuild" not in said:
        return f"refused without a way: {said}"
    (folder / FACTS).unlink()
    with sg.Workspace.open(folder, clock=lambda: NOW) as store:
        store.rebuild()
    return "refused" if seen(folder) == expected else "other after a rebuild"


def _noticed(folder: Path) -> str:
    found = [each.what for each in check_files(folder) if each.problem]
    return f"noticed: {found[0]}" if found else "not noticed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do each damage so many times; 1 where one of the facts led to a wrong answer."""
    parser = argparse.ArgumentParser(prog="damage", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=200, help="of each kind")
    parser.add_argument("--quick", action="store_true", help="some once, facts at 3 places")
    parser.add_argument("--seed", type=int, default=0, help="where the damage begins from")
    asked = parser.parse_args(arguments)
    wrong = 0
    with TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        start(whole)
        shutil.copytree(whole, Path(place) / "asked")
        expected = seen(Path(place) / "asked")
        for kind in OF_FACTS | OF_RECORD:
            random = Random(f"{asked.seed} {kind}")
            times = asked.times if not asked.quick else 3 if kind == _MOST else 1
            counted = Counter(outcome(whole, kind, random, expected) for _ in range(times))
            shares = "; ".join(f"{count} {what}" for what, count in counted.most_common())
            print(f"{kind}: {shares}", flush=True)
            allowed = {"same"} if kind in ALWAYS_THE_SAME else {"same", "refused"}
            if kind in OF_FACTS or kind in ALWAYS_THE_SAME:
                wrong += sum(counted.values()) - sum(counted[what] for what in allowed)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
