"""How large a query may be; checked while it is read, before anything is built from it."""

CHARACTERS = 20_000
CONDITIONS = 200
NESTING = 32
LIST_ITEMS = 5_000
OFFSET_YEARS = 100
SEGMENT_DEPTH = 10
SEGMENT_CHARACTERS = 600_000
"""Of the texts of all segments that a query leads to, one counted as often as it is led to:
as much is planned and answered."""
PROBLEMS = 100
"""How many problems of one text are told; a query is not refused for this number itself."""
SUGGESTIONS = 10
"""Of so many problems the names of the store, which can be thousands, are looked through."""
