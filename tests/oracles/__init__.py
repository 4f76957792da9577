"""Independent second computations: scripts that import nothing of the product."""
