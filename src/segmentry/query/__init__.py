"""The segment language: text to syntax tree, tree to text, names bound to the catalogue.

Knows types, operators and words. Does not know where facts are or how they are read.
"""
