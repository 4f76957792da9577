"""Access as a workspace has it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import segmentry as sg
from segmentry.access import open_access
from segmentry.base.errors import WorkspaceError

from .conftest import OPERATOR


def test_threads_share_one_of_a_workspace_in_memory() -> None:
    """Reading and writing at once."""
    with sg.Workspace.create(None, timezone="UTC", currency="EUR") as workspace:
        access = workspace.access
        text = access.tokens.add(OPERATOR, "T", ["segments:read"]).text

        def work(number: int) -> bool:
            access.audit.note(OPERATOR, "segment.add", "segment", str(number))
            return access.tokens.find(text).may("segments:read")

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(work, range(20)))
        check = access.audit.verify()
        assert (check.good, check.last) == (True, 21)


def test_another_process_sees_what_one_does_at_once(tmp_path: Path) -> None:
    """The command line beside a server."""
    folder = tmp_path / "shop"
    with (
        sg.Workspace.create(folder, timezone="UTC", currency="EUR") as workspace,
        open_access(folder) as beside,
    ):
        made = beside.tokens.add(OPERATOR, "T", ["segments:read"])
        assert workspace.access.tokens.find(made.text)
        beside.tokens.revoke(OPERATOR, made.token.id)
        with pytest.raises(sg.UserError, match="not valid"):
            workspace.access.tokens.find(made.text)


def test_opening_reads_no_facts_and_makes_no_key(tmp_path: Path) -> None:
    """Nor a workspace where there is none."""
    with pytest.raises(WorkspaceError, match="is not a workspace"), open_access(tmp_path):
        pass
    sg.Workspace.create(tmp_path / "shop", timezone="UTC", currency="EUR").close()
    (tmp_path / "shop" / "facts.duckdb").unlink()
    with open_access(tmp_path / "shop") as access:
        assert not access.users.any()
    assert not {"facts.duckdb", "secret.key"} & {p.name for p in (tmp_path / "shop").iterdir()}
