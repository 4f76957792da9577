"""`python -m tests.docs.manual` writes the pages, and the description that the web app's client is
made from; with `--check` it only says which are stale."""

from __future__ import annotations

import argparse
import sys

from tests.docs import openapi
from tests.docs.manual.pages import FOLDER, pages, stale


def main() -> None:
    """Write the pages, or check them: exits 1 where one is not as it would be written."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.manual", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on stale pages")
    wanted = pages()
    if parser.parse_args().check:
        if names := stale(wanted):
            sys.exit(f"Stale in docs/reference: {', '.join(names)}. Run make docs.")
        if openapi.stale():
            sys.exit(f"Stale: {openapi.FILE.name}. Run make docs.")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    openapi.FILE.write_text(openapi.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
