"""Compares a workspace with what it is made from, and with what its backup said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from segmentry.membership.hashed import MembersThen
from segmentry.storage.checks import Finding
from segmentry.storage.fact_hashes import TableHash

_SHOWN = 16
"""So many digits of a hash are shown."""


def facts_findings(found: Iterable[TableHash], anew: Iterable[TableHash]) -> Iterator[Finding]:
    """Each table that has rows, by its hash, held against one made anew from the archive."""
    for here, there in zip(found, anew, strict=True):
        what = f"facts: {here.table}"
        if here == there:
            if here.rows:
                yield Finding(what, f"{here.rows:,} rows, {here.hash[:_SHOWN]}")
            continue
        said = f"{here.rows:,} rows, {there.rows:,} when made anew from the archive"
        if here.rows == there.rows:
            said = f"{here.rows:,} rows, which differ from those made anew from the archive"
        yield Finding(what, said, "Run `segmentry rebuild`.")


def facts_as_backed_up(then: Mapping[str, str], now: Iterable[TableHash]) -> Iterator[Finding]:
    """Each table that has rows, by its hash, held against the one in a manifest, if any."""
    for each in now:
        what = f"facts: {each.table}"
        if each.table in then and then[each.table] != each.hash:
            said = "not what the backup says they were"
            yield Finding(what, said, "Restore it without its facts, or use another backup.")
        elif each.rows:
            yield Finding(what, f"{each.rows:,} rows, {each.hash[:_SHOWN]}")


def members_as_backed_up(
    then: Sequence[MembersThen], now: Sequence[MembersThen]
) -> Iterator[Finding]:
    """The stored members of each segment, by their hash, held against the one in a manifest."""
    known = {each.segment: each for each in now}
    for each in then:
        what = f"members: {each.segment}"
        found = known.get(each.segment)
        if found is None or (found.count, found.sha256) != (each.count, each.sha256):
            said = f"not the {each.count:,} that the backup says they were"
            yield Finding(what, said, "Use another backup.")
        else:
            yield Finding(what, f"{each.count:,} members, {each.sha256[:_SHOWN]}")
