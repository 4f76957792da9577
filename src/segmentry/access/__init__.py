"""Who may do what: users, their sessions, tokens, roles, and the log of what they did.

Knows no HTTP: it is told what somebody brought and from where, and says who that is or refuses.
"""

from segmentry.access.access import Access, open_access
from segmentry.access.caller import Caller

__all__ = ["Access", "Caller", "open_access"]
