"""The live engine: facts in memory as columns, evaluated with NumPy.

A customer is a place in every array, their ordinal. What does not depend on a moment is
read once; what does is made once a moment and shared by all queries. Sums and ratios are
exact whole numbers throughout.
"""

from segmentry.engines.live.engine import LiveEngine

__all__ = ["LiveEngine"]
