"""Workload W: a made-up store of any size, the same for the same size and seed.

`store.py` hands out its tables as an engine reads them; the other modules make them.
"""
