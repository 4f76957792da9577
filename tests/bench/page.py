"""The page of the manual that a full run writes."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.rows import Row, as_markdown

_BEGINNING = """# Benchmarks

Written by `make bench`, which makes the data, runs everything and measures it again on your
machine. `make bench-quick` does the same with a tenth of the customers, once, and writes nothing.
"""

_ENDING = """
## How to read it

- **runs**: how often it was done; the figures are medians.
  What takes half a minute or more is done fewer times.
- **wall s**, **CPU s**: seconds on the clock, and seconds of all cores together.
- **peak MB**: the most memory that the process held until then, facts included.
- **x floor**: how many times longer it took than this machine needs merely to compare the numbers
  that must be looked at, one after the other, in NumPy.
  For segments from facts that is, of every different condition, one number for each customer or,
  for each of its filters, each record; for a later moment only one number for each customer, of
  every condition with a date told by its distance from today.
- **DuckDB CPU s**: DuckDB on the same data in the same run, with one SQL query a segment. The data
  are prepared in its favour: whole numbers for ids, rows sorted by customer, and which orders count
  and for how much, what was kept of purchases, consent and local days worked out beforehand, at no
  cost. For a later moment it is what asking everything anew costs. **x less** compares CPU seconds.
- **engine from Parquet files**: beside it stands what laying the store out in DuckDB takes.
- **target**: what it ought to reach.

## What is measured

The store is made up, the same for the same seed: half of the customers never ordered; those who did
have 3 orders in the median, and one in a hundred has 72 or more; 2.5 lines an order, 20 storefront
and e-mail events and 1.2 checkouts a customer over three years; tags, 40 countries, consent,
refunds and cancellations.
Segments have 3.4 conditions on average and begin as ready-made ones or are drawn from the language:
windows with one end and two, counts, sums and averages, products, ranks, the store's averages,
lifecycle and RFM, NOT, groups, other segments. *Standard* ones take their windows and amounts from
the few that people choose; *arbitrary* ones take any. Every segment that both answer must have the
same members in both; a run says where that is not so.

Each evaluation begins in a copy of a process that has read the facts and has no answers.
"""


def written(about: Sequence[str], rows: Sequence[Row]) -> str:
    """The page: where the figures are from, the figures, how to read them."""
    facts = "\n".join(f"- {line}" for line in about)
    return "\n".join((_BEGINNING, facts, "", *as_markdown(rows), _ENDING))
