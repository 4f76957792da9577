"""What the documentation shows runs as it is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


@pytest.mark.parametrize("block", PYTHON_BLOCKS)
def test_python_of_the_readme_runs(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each Python block of the README runs by itself and prints something."""
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_notebook_runs() -> None:
    """Every cell of the example notebook runs, in order, without an error."""
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(ROOT / "examples" / "first_segments.ipynb", as_version=4)
    done = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = [
        output["text"]
        for cell in done.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    ]
    assert any("filter cannot be found" in text for text in printed)
    assert any("not a date" in text for text in printed)
