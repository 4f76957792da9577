"""Files made to take all memory or time there is, each small for what it does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_MEMORY = 4 << 30
_PROGRAM = textwrap.dedent(
    """
    import resource, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo
    from segmentry.base.errors import DataError
    from segmentry.ingest import files

    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[3]), resource.RLIM_INFINITY))
    try:
        plan = files.plan_import([sys.argv[1]], None, ZoneInfo("Europe/London"), "GBP")
        report = files.read_import(plan, "shop", datetime.now(UTC)).report
        said = f"{report.accepted} accepted, {report.refused_rows} refused"
    except DataError as error:
        said = str(error)
    print(said)
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    """
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an import said, and the most memory it held, in MB."""

    said: str
    peak: float


def bounded(path: Path, cpu: int = 60) -> Seen:
    """Import a file in a process that may have 4 GB of addresses and `cpu` seconds."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(path), str(_MEMORY), str(cpu)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    said, peak = done.stdout.strip().rsplit("\n", 1)
    return Seen(said, int(peak) / 1024)


# -- CSV --------------------------------------------------------------------------------

_HEAD = "order_id,ordered_at,line_kind,sku,quantity,unit_price,currency\n"


def unclosed_quote(path: Path, size: int) -> Path:
    """A quote on the second row that nothing closes, and `size` bytes of rows after it."""
    rows = "2,2025-01-02,PRODUCT,A,1,1,GBP\n" * 100_000
    with path.open("w") as file:
        file.write(_HEAD + '1,2025-01-02,PRODUCT,A,1,1,GBP\n1,2025-01-02,PRODUCT,"A,1,1,GBP\n')
        for _ in range(max(1, size // len(rows))):
            file.write(rows)
    return path


def one_line(path: Path, size: int) -> Path:
    """Rows, and then `size` bytes without a line end."""
    with path.open("w") as file:
        file.write(_HEAD + "1,2025-01-02,PRODUCT,A,1,1,GBP\n2,2025-01-02,PRODUCT,")
        for _ in range(size // 1_000_000):
            file.write("A" * 1_000_000)
    return path


# -- Parquet ----------------------------------------------------------------------------


def _orders(rows: int, title: pa.Array) -> pa.Table:
    same = pa.repeat("1", rows)
    dates = pa.repeat("2025-01-01", rows)
    ids = pa.array(map(str, range(rows)))
    columns = {"order_id": ids, "ordered_at": dates, "customer_id": same, "quantity": same}
    return pa.table({**columns, "title": title})


def long_text_on_every_row(path: Path) -> Path:
    """One text of a million letters, kept once, for 40,000 rows: 40 GB in 100 KB."""
    numbers = pa.repeat(pa.scalar(0, pa.int8()), 40_000)
    title = pa.DictionaryArray.from_arrays(numbers, ["x" * 1_000_000])
    pq.write_table(
        _orders(40_000, title), path, write_statistics=False, dictionary_pagesize_limit=1 << 30
    )
    return path


def long_text_like_the_one_before(path: Path) -> Path:
    """Each text told by how it differs from the one before: 300 MB in 2 KB."""
    encoding = dict.fromkeys(("order_id", "ordered_at", "customer_id", "quantity"), "PLAIN")
    pq.write_table(
        _orders(300, pa.array(["x" * 1_000_000] * 300)),
        path,
        compression="zstd",
        use_dictionary=False,
        column_encoding={**encoding, "title": "DELTA_BYTE_ARRAY"},
        write_statistics=False,
    )
    return path


def rows_of_nothing(path: Path) -> Path:
    """Fifteen million rows that are all the same, in 150 KB."""
    million = _orders(1, pa.array(["cup"])).take(pa.repeat(pa.scalar(0), 1_000_000))
    with pq.ParquetWriter(path, million.schema) as writer:
        for _ in range(15):
            writer.write_table(million)
    return path
