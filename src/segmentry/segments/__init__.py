"""Saved segments and the ready-made ones. Knows queries as text; leaves members to `membership`."""
