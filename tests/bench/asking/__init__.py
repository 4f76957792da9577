"""The segments that are asked: each described once, and written for us and for others.

`descriptions.py` says what a segment is, in no language; `segments.py` draws any number of
them; `texts.py` writes them as segment queries. Peers write them in their own languages.
"""
