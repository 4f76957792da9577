"""Writes the reference manual: docs/reference, from the catalogue and the spec cases.

Nobody edits the pages; what they say is said in the declarations they are made of.
"""
