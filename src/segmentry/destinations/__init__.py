"""Where joined and left are told: one folder a destination."""
