"""Warnings of queries, rule by rule."""
