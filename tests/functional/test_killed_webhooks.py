"""A process killed at any moment loses no message and makes none twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from segmentry.storage.app_db import open_app_db
from segmentry.storage.webhook_tables import WebhookMessage
from tests.unit.destinations.receiving import receiver
from tests.unit.destinations.telling import Telling, data_of

from .command import environment

ROOT = Path(__file__).parents[2]
CHANGES = 11


def test_webhooks_killed_anywhere(tmp_path: Path) -> None:
    """Each change is one message; each message gets there at least once, and once more only if
    somebody was killed between its sending and the note of it, with the same id."""
    path = tmp_path / "app.sqlite"
    telling = Telling(open_app_db(path))
    segment = telling.segment("VIP")
    with receiver() as server:
        telling.webhooks.add(server.url())
        for number in range(CHANGES):
            telling.turn(segment, joined=[f"c{number}"])
        telling.app.dispose()
        command = [sys.executable, "-m", "tests.functional.killing_webhooks", str(path)]
        env = environment() | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        done = subprocess.run(
            command, env=env, cwd=ROOT, check=True, timeout=200, capture_output=True
        )
    killed = Counter(json.loads(done.stdout))
    assert killed["commit"] > 5
    assert killed["sent"] > 1
    app = open_app_db(path)
    with Session(app) as session:
        made = session.scalars(select(WebhookMessage.id)).all()
    app.dispose()
    assert len(made) == CHANGES
    told: dict[str, set[str]] = {}
    for each in server.received:
        told.setdefault(each.headers["webhook-id"], set()).update(data_of(each)["customers"])
    assert told.keys() == set(made)
    assert sorted(map(sorted, told.values())) == sorted([f"c{n}"] for n in range(CHANGES))
    # Others that are on their way when one is killed are sent again as well.
    assert len(server.received) - CHANGES <= 4 * killed.total()
