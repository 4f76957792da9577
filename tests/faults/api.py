"""Asks a server all that its description allows, and much that it does not: schemathesis over
every route, with data that fit and data that do not.

`python -m tests.faults.api --minutes 20 --seed 1`. No answer may be a fault of ours, or another
than the description says. Speaks to 127.0.0.1 alone and stops by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

import segmentry as sg
from segmentry.access import Caller
from segmentry.access.scopes import ALL_SCOPES
from tests.functional.serving import serving

_CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"


def asked_everything(folder: Path, examples: int, seed: int, seconds: int) -> int:
    """Ask; gives the exit code of schemathesis."""
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as workspace:
        workspace.load(
            {
                "customers": [{"customer_id": each} for each in "abc"],
                "orders": [
                    {"order_id": "1", "customer_id": "a", "ordered_at": "2026-01-01", "paid": "5"}
                ],
            },
            source="shop",
        )
        workspace.segments.add("Buyers", "number_of_orders > 0")
        caller = Caller.command_line("faults")
        token = workspace.access.tokens.add(caller, "everything", ALL_SCOPES).text
    bearer = f"Authorization: Bearer {token}"
    with serving(folder) as server:
        address = f"{server.address}/api/v1/openapi.json"
        described = httpx.get(address, headers={"Authorization": f"Bearer {token}"})
        schema = folder.with_name("openapi.json")
        schema.write_text(described.text)
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(schema)),
            *("--url", server.address, "-H", bearer, "--checks", _CHECKS, "--mode", "all"),
            *("--max-examples", str(examples), "--seed", str(seed), "--phases", "fuzzing"),
            *("--exclude-path-regex", "/events$", "--request-timeout", "60"),
            *("--exclude-operation-id", "revoke_token", "--suppress-health-check", "all"),
        ]
        done = subprocess.run(command, timeout=seconds, check=False, env={**os.environ})
    return done.returncode


def main() -> None:
    """Ask, and exit as schemathesis does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "store"
        sys.exit(asked_everything(folder, asked.examples, asked.seed, asked.minutes * 60))


if __name__ == "__main__":
    main()
