"""What is installed, by version."""

from __future__ import annotations


def version_of(package: str) -> str:
    """The version of an installed package; a source tree on the path has none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
