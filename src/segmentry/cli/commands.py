"""Every command, by being imported."""

from segmentry.cli import (
    attributes,
    comparing,
    demo,
    doctor,
    groups,
    history,
    imports,
    next_change,
    presets,
    query,
    refresh,
    segment_files,
    segments,
    settings,
    store,
    why,
)

__all__ = [
    "attributes",
    "comparing",
    "demo",
    "doctor",
    "groups",
    "history",
    "imports",
    "next_change",
    "presets",
    "query",
    "refresh",
    "segment_files",
    "segments",
    "settings",
    "store",
    "why",
]
