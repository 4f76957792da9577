"""The reference engine: plain Python over rows, slow and obvious.

It reads as the rules are written and is the truth that faster engines are held to.
"""

from segmentry.engines.reference.engine import ReferenceEngine

__all__ = ["ReferenceEngine"]
