"""What the segments of a store say, put together for people."""
