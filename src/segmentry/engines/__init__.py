"""Evaluates plans over facts at a moment. `base` says what every engine can do."""
