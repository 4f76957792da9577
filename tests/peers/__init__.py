"""Holds this package to what other systems wrote or answered, where their records are at hand."""
