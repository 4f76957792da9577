"""The attributes of a customer, one module a family."""
