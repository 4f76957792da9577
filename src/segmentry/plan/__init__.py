"""A bound query as a plan: distinct tests, and how their answers combine."""
