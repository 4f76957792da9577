"""Faults made on purpose, and what must be seen of them."""
