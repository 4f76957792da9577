"""The engines that the suite and the spec cases run on, by name, the truth first."""

from __future__ import annotations

from segmentry.engines.base import EngineMaker
from segmentry.engines.live import LiveEngine
from segmentry.engines.reference import ReferenceEngine

ENGINES: dict[str, EngineMaker] = {"reference": ReferenceEngine, "live": LiveEngine}
