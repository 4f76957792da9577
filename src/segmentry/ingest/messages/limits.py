"""How large messages may be. A message beyond one of these is refused by itself."""

MESSAGE = 32 * 1024
"""Bytes of a message, as JSON without spaces."""

BATCH = 500 * 1024
"""Bytes of a batch; a larger one is refused whole."""

PROPERTIES = 10_000
"""Entries of one object or list."""

KEY = 1_000
"""Characters of a key."""

ID = 200
"""Characters of a message id."""

DEPTH = 32
"""How deep objects and lists lie in each other."""

DIGITS = 100
"""Characters of a number."""

EXPONENT = 300
"""Powers of ten of a number, either way."""
