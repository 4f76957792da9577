"""Where state lives: the system of record, the archive of imports, the facts made of it."""
