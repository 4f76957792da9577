"""What could be written next in a query, at a place in its text.

Comes in: a text, a cursor, what the store knows. Goes out: suggestions, best first. The
text may be unfinished or wrong anywhere: what cannot be read only offers nothing.
"""

from segmentry.query.completion.complete import complete
from segmentry.query.completion.known import Known, KnownValue
from segmentry.query.completion.suggestion import Kind, Suggestion, begins_a_word
from segmentry.query.completion.uses import uses

__all__ = ["Kind", "Known", "KnownValue", "Suggestion", "begins_a_word", "complete", "uses"]
