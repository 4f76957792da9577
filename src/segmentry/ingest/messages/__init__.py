"""Live messages: batches of JSON read strictly, checked one by one, and made into records."""
