"""All customers of an open workspace to a file in each format, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from segmentry import Workspace
from tests.bench.cells.opening import prepare
from tests.bench.copies import in_a_copy
from tests.bench.measuring import clocked
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, open_store

_PLACE = "exported"
_EVERYBODY = "number_of_orders >= 0"
_FIELDS = (
    *("customer_email", "customer_name", "customer_phone", "customer_tags", "amount_spent"),
    *("number_of_orders", "average_order_value", "first_order_date", "last_order_date"),
    "lifecycle_stage",
)
_FORMATS = {"csv": "5 s", "parquet": "", "jsonl": "", "xlsx": ""}


def rows(settings: Settings) -> Iterator[Row]:
    """Members first asked for, then written in each format."""
    open_store(settings.size, settings.kept)
    in_a_copy(lambda: prepare(settings, settings.scratch / _PLACE))
    found = measured_by("tests.bench.cells.exporting", settings)
    yield Row(f"export everybody with {len(_FIELDS)} fields, the first time", found["first"].cost)
    for name, target in _FORMATS.items():
        yield Row(f"  to {name}", found[name].cost, target)


def main() -> None:
    """Open, then export."""
    settings = Settings.read(sys.argv[1])
    out = settings.scratch / "members"
    with Workspace.open(settings.scratch / _PLACE) as workspace:
        workspace.live_count(as_of=AS_OF)
        for key, name in {"first": "csv", **dict(zip(_FORMATS, _FORMATS, strict=True))}.items():
            with clocked() as clock:
                workspace.export(_EVERYBODY, out, format=name, fields=_FIELDS, as_of=AS_OF)
            report(Measured(key, clock.cost))


if __name__ == "__main__":
    main()
