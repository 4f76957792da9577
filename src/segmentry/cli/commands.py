"""Every command, by being imported."""

from segmentry.cli import (
    attributes,
    demo,
    doctor,
    groups,
    imports,
    next_change,
    presets,
    query,
    segment_files,
    segments,
    settings,
    store,
    why,
)

__all__ = [
    "attributes",
    "demo",
    "doctor",
    "groups",
    "imports",
    "next_change",
    "presets",
    "query",
    "segment_files",
    "segments",
    "settings",
    "store",
    "why",
]
