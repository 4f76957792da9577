"""What is known of a store, and what can be asked of it.

`tables` declares the canonical tables, `attributes` and `functions` declare what
a query may ask, `operators` how values are compared. Knows no database and no clock.
"""
