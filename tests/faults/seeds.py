"""Small valid files of every sort the importer reads: what the broken ones are made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole file: what it is called after, the end of its name, and its bytes."""

    name: str
    suffix: str
    content: bytes


_ORDERS = [
    "order_id,ordered_at,state,customer_id,email,phone,country,product_id,title,quantity,"
    "unit_price,shipping,discount_code,refunded,currency,tags".split(","),
    *(
        f"{n // 2}/2025-01-{n // 2 + 1:02} 10:30:00/paid/c{n // 2}/c{n // 2}@shop.test"
        f"/+447400123456/GB/p{n % 4}/Caf\u00e9 cup {n}/{n % 3 + 1}/12.50/3.00/SPRING,VIP/1.25/GBP"
        "/gift, loyal".split("/")
        for n in range(12)
    ),
]

_LINES = [
    "order_id,ordered_at,line_kind,sku,quantity,unit_price,currency,refund_id,refunded_at,"
    "refund_quantity,refund_amount,customer_id,customer_name".split(","),
    "1,2025-01-02,PRODUCT,A,1,2.50,GBP,,,,,ann,Ann".split(","),
    "1,2025-01-02,SHIPPING,,1,3.00,GBP,,,,,ann,Ann".split(","),
    "2,2025-01-03,PRODUCT,B,2,4.00,GBP,r1,2025-02-01,1,4.00,bob,Bob".split(","),
    "2,,REFUND,,,,GBP,r2,2025-02-02,,1.00,bob,Bob".split(","),
    "3,2025-01-04T10:00:00Z,GIFT_CARD,G,1,50.00,GBP,,,,,,".split(","),
    ",,CUSTOMER,,,,,,,,,eve,Eve".split(","),
]

_CUSTOMERS = [
    "customer_id,created_at,email,phone,first_name,last_name,country,region,city,latitude,"
    "accepts email marketing,accepts email marketing at,accepts sms marketing,tags,birth_date,age,"
    "income,note,Metafield: custom.size [number_integer],Metafield: custom.likes [list.text]".split(
        ","
    ),
    *(
        f"c{n}/2024-05-01T09:00:00+02:00/c{n}@shop.test/'+4915112345678/Zo\u00eb/M\u00fcller {n}"
        "/Germany/BE/K\u00f6ln/50.9/yes/2024-05-02/no/vip, new/1990-02-28/35/30000.00"
        '/Likes\nlong notes/42/["a", "b"]'.split("/")
        for n in range(8)
    ),
]

_PRODUCTS = [
    ["product_id", "handle", "title", "vendor", "product type", "tags", "sku"],
    *([f"p{n}", f"cup-{n}", f"Cup {n}", "Maker", "cups", "red,blue", f"S{n}"] for n in range(6)),
]

_TABLES = {"orders": _ORDERS, "lines": _LINES, "customers": _CUSTOMERS, "products": _PRODUCTS}

_DIALECTS = (
    (",", "utf-8", "\n", csv.QUOTE_MINIMAL),
    (";", "utf-8-sig", "\r\n", csv.QUOTE_ALL),
    ("\t", "utf-16", "\r\n", csv.QUOTE_MINIMAL),
    (",", "latin-1", "\n", csv.QUOTE_MINIMAL),
    ("|", "utf-8", "\r", csv.QUOTE_NONNUMERIC),
    (";", "utf-16-le", "\n", csv.QUOTE_MINIMAL),
)

_MAPPING = """\
name = "mine"
title = "My orders"
kind = "orders"
[columns]
order_id = "order_id"
ordered_at = ["ordered_at", "date"]
quantity = "quantity"
unit_price = "unit_price"
[defaults]
currency = "GBP"
[words.state]
bezahlt = "PAID"
[format]
decimal = ","
thousands = "."
dates = ["%d.%m.%Y", "%Y-%m-%d %H:%M:%S"]
zone = "Europe/Berlin"
"""


def seeds() -> list[Seed]:
    """All of them, the same bytes each time."""
    found = [*_csv_files(), *_parquet_files()]
    found.append(Seed("mapping", ".toml", _MAPPING.encode()))
    found.append(Seed("json", ".csv", b'[{"order_id": "1", "ordered_at": "2025-01-01"}]'))
    return found


def _csv_files() -> Iterator[Seed]:
    for name, rows in _TABLES.items():
        for separator, encoding, ending, quoting in _DIALECTS:
            text = io.StringIO(newline="")
            writer = csv.writer(
                text,
                delimiter=separator,
                lineterminator=ending,
                quoting=quoting,  # type: ignore[arg-type]
            )
            writer.writerows(rows)
            yield Seed(f"{name} {encoding}", ".csv", text.getvalue().encode(encoding))


# -- Parquet ----------------------------------------------------------------------------

_FIRST_DAY = datetime(2025, 1, 1, 10, tzinfo=UTC)


def _typed_orders() -> pa.Table:
    rows = range(30)
    moments = [_FIRST_DAY + timedelta(days=n // 2) for n in rows]
    columns: dict[str, Any] = {
        "order_id": pa.array([n // 2 for n in rows], pa.int64()),
        "ordered_at": pa.array(moments, pa.timestamp("us", "UTC")),
        "cancelled_at": pa.array([None for _ in rows], pa.timestamp("ns")),
        "customer_id": pa.array([f"c{n // 2 % 5}" for n in rows]).dictionary_encode(),
        "email": pa.array([f"c{n // 2 % 5}@shop.test" for n in rows], pa.large_string()),
        "sku": pa.array([f"S{n % 4}" for n in rows], pa.string_view()),
        "quantity": pa.array([n % 3 + 1 for n in rows], pa.int8()),
        "unit_price": pa.array([Decimal("12.50") for _ in rows], pa.decimal128(12, 2)),
        "shipping": pa.array([3.5 for _ in rows], pa.float32()),
        "refunded": pa.array([None if n % 4 > 1 else 1.25 for n in rows], pa.float64()),
        "test": pa.array([False for _ in rows]),
        "order_tags": pa.array([["gift", None, "x"][: n // 2 % 3] for n in rows]),
    }
    return pa.table(columns)


def _typed_customers() -> pa.Table:
    rows = range(20)
    return pa.table(
        {
            "customer_id": pa.array([float(n) for n in rows], pa.float64()),
            "created_at": pa.array([_FIRST_DAY for _ in rows], pa.timestamp("s", "Europe/London")),
            "email": [f"c{n}@shop.test" for n in rows],
            "birth_date": pa.array([date(1990, 2, 28) for _ in rows], pa.date32()),
            "age": pa.array([n + 20 for n in rows], pa.uint16()),
            "tags": pa.array([["vip", "new"] for _ in rows], pa.list_(pa.string())),
            "photo": pa.array([b"\x00\xff" for _ in rows], pa.binary()),
            "place": pa.array([{"lat": 1.0} for _ in rows]),
        }
    )


def _parquet_files() -> Iterator[Seed]:
    codecs = cycle(("none", "snappy", "gzip", "zstd", "brotli", "lz4"))
    for name, table in (("orders", _typed_orders()), ("customers", _typed_customers())):
        for version in ("1.0", "2.0"):
            for dictionary in (True, False):
                codec = next(codecs)
                sink = pa.BufferOutputStream()
                pq.write_table(
                    table,
                    sink,
                    compression=codec,
                    data_page_version=version,
                    use_dictionary=dictionary,
                    row_group_size=11,
                    write_page_checksum=version == "2.0",
                )
                content = sink.getvalue().to_pybytes()
                yield Seed(f"{name} {codec} {version}", ".parquet", content)
