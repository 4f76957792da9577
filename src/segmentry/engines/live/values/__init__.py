"""The value of each attribute, one function an attribute, a family a file."""

from segmentry.engines.live.values.catalogue import TEXTS, VALUES, column_of, measured_against

__all__ = ["TEXTS", "VALUES", "column_of", "measured_against"]
