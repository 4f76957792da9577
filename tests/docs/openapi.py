"""The description of the HTTP interface that the web app's client is made from.

`web/openapi.json` is in git so that the screens are built without Python; nobody edits it.
`python -m tests.docs.manual` writes it, and with `--check` says whether it is stale.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path

import segmentry as sg
from segmentry.api.app import make_app
from segmentry.serving.served import Served

FILE = Path(__file__).parents[2] / "web" / "openapi.json"


def text() -> str:
    """The description as it would be written now."""

    def clock() -> datetime:
        return datetime(2024, 1, 1, tzinfo=UTC)

    workspace = sg.Workspace.create(None, timezone="UTC", currency="EUR", clock=clock)
    with Served(workspace, clock) as served:
        described = copy.deepcopy(make_app(served).openapi())
    for path in described["paths"].values():
        for operation in path.values():  # every error is a Problem, which the client knows anyway
            answers = operation["responses"]
            operation["responses"] = {status: answers[status] for status in answers if status < "4"}
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def stale() -> bool:
    """Whether the file is not there or says something else."""
    return not FILE.exists() or FILE.read_text("utf-8") != text()
