"""The suggestions for a cursor in a text."""

from __future__ import annotations

from segmentry.query.completion.candidates import candidates
from segmentry.query.completion.known import NOTHING, Known
from segmentry.query.completion.place import place_after
from segmentry.query.completion.suggestion import Suggestion, fitting
from segmentry.query.completion.typed import typed_at


def complete(
    text: str, cursor: int | None = None, known: Known = NOTHING
) -> tuple[Suggestion, ...]:
    """What could stand at the cursor (a character offset; the end of `text` by default).

    Best first: what begins with the word typed so far, the more used before the less.
    Takes any text, and a cursor outside it as the nearest place in it.
    """
    at = len(text) if cursor is None else min(max(cursor, 0), len(text))
    typed = typed_at(text, at)
    if typed is None:
        return ()
    place = place_after(typed.before, known.names)
    found = fitting(candidates(place, typed, known), typed.word, known.uses)
    return tuple(Suggestion(c.text, c.kind, c.detail, typed.start, typed.end) for c in found)
