"""Others that answer the same segments on the same data, in the same run.

What they are given is prepared in their favour: customers, orders and products go by whole
numbers; which orders count and for how much, what was kept of purchases, the latest consent
and local days are worked out beforehand and cost them nothing.
"""
