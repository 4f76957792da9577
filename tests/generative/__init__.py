"""Tests that make up their own queries and stores, and laws that hold for all of them."""
