"""Takes records in: `records` makes them canonical, `load` archives and applies them."""
