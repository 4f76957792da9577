"""How many customers a plan holds for at each of many moments, without asking each moment."""

from segmentry.engines.live.past.counting import sizes

__all__ = ["sizes"]
