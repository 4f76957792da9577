"""Every command, by being imported."""

from segmentry.cli import demo, query, store

__all__ = ["demo", "query", "store"]
