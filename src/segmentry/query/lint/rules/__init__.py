"""What is worth saying about a query that runs, one rule a module."""
