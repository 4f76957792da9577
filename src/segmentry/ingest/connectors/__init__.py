"""One folder a source of data: each maps what its source delivers to the canonical tables."""
