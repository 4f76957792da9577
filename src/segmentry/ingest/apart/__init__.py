"""Files read by a process of their own, which may crash on them or fill its memory.

`read_apart` starts one and watches it; `child` reads with the code that reads files anywhere, and
writes `parts`: what the files come to, as Arrow files. Nothing of a store is needed for that. Who
has the store takes the parts in.
"""

from segmentry.ingest.apart.parts import GONE, Asked, Kind, read_parts
from segmentry.ingest.apart.watching import Limits, read_apart

__all__ = ["GONE", "Asked", "Kind", "Limits", "read_apart", "read_parts"]
