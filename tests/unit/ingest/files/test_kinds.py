"""What orders, customers and products files become."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentry.base.errors import DataError
from segmentry.facts.tables import TABLES
from segmentry.ingest import files
from segmentry.ingest.files.mapping import parse_mapping
from tests.unit.ingest.files.reading import NOW, plan, read, refused, rows, write

ORDERS = """\
Name,Email,Financial Status,Paid at,Currency,Shipping,Taxes,Total,Discount Code,Discount Amount,\
Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,\
Shipping Country,Phone,Cancelled at,Payment Method,Refunded Amount,Outstanding Balance,Id,Tags,\
Source
#1001,Ann@Example.com,paid,2025-03-01 10:00:00 +0000,GBP,3.00,1.00,18.00,SPRING,2.00,\
2025-03-01 09:59:58 +0000,2,Mug,7.50,MUG,0,GB,,,Card,0.00,0.00,9001,"gift, rush",web
#1001,Ann@Example.com,,,,,,,,,2025-03-01 09:59:58 +0000,1,Card,2.00,CARD,0.50,,,,,,,,,
#1002,,partially_refunded,2025-03-02 10:00:00 +0100,GBP,0,0,40.00,,0,\
2025-03-02 10:00:00 +0100,4,Mug,10.00,MUG,0,FR,+33 6 12 34 56 78,,Card,10.00,0,9002,,pos
#1003,bob@example.com,pending,,GBP,0,0,20.00,,0,2025-07-03 10:00:00 +0100,1,Mug,20.00,MUG,0,\
GB,,2025-07-04 10:00:00 +0100,COD,0,20.00,9003,,web
#1004,eve@example.com,on fire,,GBP,0,0,20.00,,0,2025-07-03 10:00:00 +0100,1,Mug,20.00,MUG,0,\
GB,,,COD,0,0,9004,,web
#1005,eve@example.com,partially_paid,,EUR,0,0,20.00,,0,2025-07-03 10:00:00 +0100,1,Mug,20.00,MUG,0,\
GB,,,COD,0,5.00,9005,,web
"""


def test_shopify_orders(tmp_path: Path) -> None:
    """Order values stand on the first row; states, money, refunds and guests follow."""
    path = write(tmp_path / "orders_export.csv", ORDERS)
    shown = plan(path).files[0]
    assert (shown.mapping.name, shown.origin, shown.kind) == ("shopify-orders", "ready", "orders")
    found = read(path)
    orders = found.tables["orders"]
    assert rows(orders, "order_id", "state", "paid", "total", "guest", "email_key", "phone") == [
        ("shop:9001", "PAID", 180_000, 180_000, True, "ann@example.com", None),
        ("shop:9002", "PARTIALLY_REFUNDED", 400_000, 400_000, True, None, "+33612345678"),
        ("shop:9003", "PENDING", 0, 200_000, True, "bob@example.com", None),
        ("shop:9004", "UNKNOWN", 200_000, 200_000, True, "eve@example.com", None),
        ("shop:9005", "PARTIALLY_PAID", None, None, True, "eve@example.com", None),
    ]
    assert orders["ordered_at"].to_pylist()[:2] == [
        datetime(2025, 3, 1, 9, 59, 58, tzinfo=UTC),
        datetime(2025, 3, 2, 9, 0, tzinfo=UTC),
    ]
    assert orders["cancelled_at"].to_pylist()[2] == datetime(2025, 7, 4, 9, 0, tzinfo=UTC)
    assert orders["customer_id"].null_count == 5
    assert rows(
        found.tables["order_lines"], "order_id", "line_number", "sku", "unit_price", "amount"
    )[:2] == [
        ("shop:9001", 1, "MUG", 75_000, 150_000),
        ("shop:9001", 2, "CARD", 15_000, 15_000),
    ]
    assert rows(found.tables["refunds"], "order_id", "amount", "refunded_at") == [
        ("shop:9002", 100_000, None)
    ]
    assert rows(found.tables["order_tags"], "tag") == ["gift", "rush"]
    assert rows(found.tables["order_discounts"], "code", "amount") == [("SPRING", 20_000)]
    messages = {note.message.partition(";")[0]: note.count for note in found.report.notes}
    assert "the order state 'on fire' is not known, so these orders do not count" in messages
    assert messages["orders are not in GBP"] == 1


def test_tables_are_canonical(tmp_path: Path) -> None:
    """Every table has its declared columns and types, required ones filled."""
    found = read(write(tmp_path / "o.csv", ORDERS))
    for name, table in {**found.tables, **found.if_new}.items():
        assert table.schema.equals(TABLES[name].schema), name
        for column in TABLES[name].columns:
            assert not (column.required and table[column.name].null_count), (name, column.name)


NEW = """\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,\
Default Address City,Default Address Province Code,Default Address Country Code,\
Default Address Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tags
'7001,Ann,Lee,ann@example.com,yes,,Leeds,ENG,GB,'LS1 1AA,'+447911123456,no,10.00,1,\
likes tea,"vip, Tea ,vip"
7002,Bob,,bob@example,no,,,,,,0123,,0,0,,
"""
OLD = """\
First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,\
Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,\
Tags,Note,Tax Exempt
Ann,Lee,Ann@Example.com,yes,,,,Paris,,,France,,75001,,,0,0,,,no
,,,,,,,,,,,,,,,0,0,,,no
"""


def test_shopify_customers(tmp_path: Path) -> None:
    """Newer headings: ids, address, tags, consent dated by the import, no lifetime totals."""
    path = write(tmp_path / "c.csv", NEW)
    shown = plan(path).files[0]
    assert shown.mapping.name == "shopify-customers"
    assert {"Total Spent", "Total Orders"} <= set(shown.ignored)
    found = read(path)
    assert rows(found.tables["customers"], "customer_id", "name", "email", "phone") == [
        ("shop:7001", "Ann Lee", "ann@example.com", "+447911123456"),
        ("shop:7002", "Bob", "bob@example", None),
    ]
    assert rows(found.tables["customer_tags"], "tag") == ["Tea", "vip"]
    assert rows(
        found.tables["addresses"], "country", "region", "city", "postal_code", "is_default"
    ) == [("GB", "GB-ENG", "Leeds", "LS1 1AA", True)]
    acts = found.tables["consents"]
    assert sorted(rows(acts, "customer_id", "channel", "address_key", "state")) == [
        ("shop:7001", "EMAIL", "ann@example.com", "SUBSCRIBED"),
        ("shop:7001", "SMS", "+447911123456", "NOT_SUBSCRIBED"),
        ("shop:7002", "EMAIL", "bob@example", "NOT_SUBSCRIBED"),
    ]
    assert set(rows(acts, "acted_at", "source")) == {(NOW, "import")}
    assert acts["proof"][0].as_py() == f"c.csv, SHA-256 {shown.detected.sha256}"


def test_shopify_customers_with_older_headings(tmp_path: Path) -> None:
    """Without ids the address is one; a row with neither is refused."""
    path = write(tmp_path / "c.csv", OLD)
    assert plan(path).files[0].mapping.name == "shopify-customers-older"
    found = read(path)
    assert rows(found.tables["customers"], "customer_id", "email") == [
        ("shop:ann@example.com", "Ann@Example.com")
    ]
    assert rows(found.tables["addresses"], "country") == ["FR"]
    assert refused(found) == [
        (3, "customer_id", "the customer has no id, usable e-mail address or phone number")
    ]


def test_customers_with_everything(tmp_path: Path) -> None:
    """Dated consent with its source, two addresses, demographics, metafields of the mapping."""
    text = (
        "customer_id,email,phone,email_consent,email_consent_at,email_consent_source,"
        "country,region,country_2,birth_date,income,internal,tags,Shoe\n"
        "1,a@x.com,07911 123456,yes,2024-05-01 12:00,spring form,United Kingdom,,US,1990-02-28,"
        "30000,no,a;b,42\n"
    )
    mapping = next(m for m in files.ready_mappings() if m.name == "customers")
    own = parse_mapping(
        files.write_mapping(plan(write(tmp_path / "c.csv", text)).files[0].mapping)
        + '[[metafields]]\nvalue = "Shoe"\nnamespace = "custom"\nkey = "shoe"\n'
        'type = "number_integer"\n[format]\ntag_separator = ";"\n',
        "own.toml",
    )
    assert own.name == mapping.name
    found = read(tmp_path / "c.csv", mapping=own, country="GB")
    tables = found.tables
    assert rows(tables["customers"], "phone", "birth_date", "income", "internal") == [
        ("+447911123456", datetime(1990, 2, 28).date(), 300_000_000, False)
    ]
    assert rows(tables["addresses"], "country", "is_default") == [("GB", True), ("US", False)]
    assert rows(tables["consents"], "state", "acted_at") == [
        ("SUBSCRIBED", datetime(2024, 5, 1, 11, 0, tzinfo=UTC))
    ]
    assert tables["consents"]["proof"][0].as_py().startswith("spring form; c.csv, SHA-256 ")
    assert rows(tables["customer_tags"], "tag") == ["a", "b"]
    assert rows(tables["attributes"], "namespace", "key", "type", "value") == [
        ("custom", "shoe", "number_integer", "42")
    ]


def test_metafields_of_several_files_stay_what_each_file_says(tmp_path: Path) -> None:
    """The first of one file is not the first of another; who is not in a file has none of its."""
    sizes = "customer_id,email,tags,Metafield: custom.size [number_integer]\nann,a@x.com,,42\n"
    colours = "customer_id,email,tags,Metafield: custom.colour\nbob,b@x.com,,red\n"
    found = read(write(tmp_path / "a.csv", sizes), write(tmp_path / "b.csv", colours))
    assert rows(found.tables["attributes"], "customer_id", "key", "value") == [
        ("shop:ann", "size", "42"),
        ("shop:bob", "colour", '"red"'),
    ]


def test_shopify_products(tmp_path: Path) -> None:
    """One row a variant; the product is on its first row, pictures are rows of nothing."""
    text = (
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Variant SKU,Image Src\n"
        'mug,Mug,"<p>A ""fine""\nmug</p>",Pots,Home > Mugs,Mug,"tea, gift",MUG-S,\n'
        "mug,,,,,,,MUG-L,\nmug,,,,,,,,x.jpg\n"
    )
    path = write(tmp_path / "p.csv", text)
    assert plan(path).files[0].mapping.name == "shopify-products"
    found = read(path)
    assert rows(found.tables["products"], "product_id", "title", "vendor", "category", "type") == [
        ("shop:mug", "Mug", "Pots", "Home > Mugs", "Mug")
    ]
    assert rows(found.tables["product_skus"], "sku") == ["MUG-S", "MUG-L"]
    assert rows(found.tables["product_tags"], "tag") == ["gift", "tea"]


def test_a_mapping_is_guessed_from_headings_and_rows(tmp_path: Path) -> None:
    """Known names of fields in any spelling; the one date format that fits all rows."""
    text = "Invoice;StockCode;Description;Quantity;InvoiceDate;Price;Customer ID;Country\n" + (
        "536365;85123A;HEART;6;01/12/2010 08:26;2.55;17850;United Kingdom\n"
        "536366;71053;LANTERN;2;13/12/2010 08:28;3.39;17850;EIRE\n"
    )
    path = write(tmp_path / "retail.csv", text)
    shown = plan(path).files[0]
    assert (shown.origin, shown.kind, shown.unclear) == ("guessed", "orders", ())
    assert shown.mapping.format.dates == ("%d/%m/%Y %H:%M",)
    found = read(path)
    assert rows(found.tables["orders"], "order_id", "customer_id", "paid", "state") == [
        ("shop:536365", "shop:17850", 153_000, "PAID"),
        ("shop:536366", "shop:17850", 67_800, "PAID"),
    ]
    assert rows(found.if_new["customers"], "customer_id") == ["shop:17850"]
    assert rows(found.if_new["addresses"], "country", "is_default") == [("GB", False), ("IE", True)]


def test_dates_that_can_be_read_two_ways_must_be_settled(tmp_path: Path) -> None:
    """Day or month first is asked, not chosen."""
    path = write(tmp_path / "o.csv", "order id,date,total\n1,01/02/2025,5.00\n")
    shown = plan(path)
    assert "could be %d/%m/%Y or %m/%d/%Y" in shown.files[0].unclear[0]
    with pytest.raises(DataError, match=r"o\.csv: dates such as '01/02/2025' could be"):
        files.read_import(shown, "shop", NOW)
    stated = parse_mapping(
        files.write_mapping(shown.files[0].mapping) + '[format]\ndates = "%d/%m/%Y"\n', "m"
    )
    found = read(path, mapping=stated)
    assert found.tables["orders"]["ordered_at"][0].as_py() == datetime(2025, 2, 1, tzinfo=UTC)


def test_every_ready_mapping_survives_being_written_out() -> None:
    """The text a person edits says the same as the mapping."""
    for mapping in files.ready_mappings():
        assert parse_mapping(files.write_mapping(mapping), mapping.name) == mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind = ", "is not TOML"),
        ('kind = "carts"', "kind is one of orders, customers, products"),
        ('kind = "orders"\n[columns]\nodrer = "x"', "orders have no field 'odrer'"),
        ('kind = "orders"\n[columns]\norder_id = "x"', "a column for ordered_at is needed"),
        ('kind = "orders"\nflavour = 1', "there is no entry 'flavour'"),
        (
            'kind = "orders"\n[columns]\norder_id="a"\nordered_at="b"\n[format]\ncurrency="XXX"',
            "'XXX' is not a currency",
        ),
        (
            'kind = "orders"\n[columns]\norder_id="a"\nordered_at="b"\n[format]\nzone="Mars/X"',
            "'Mars/X' is not a time zone",
        ),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(text: str, message: str) -> None:
    """With the name of its file."""
    with pytest.raises(DataError, match=message) as caught:
        parse_mapping(text, "my.toml")
    assert "my.toml" in str(caught.value)


def test_several_files_are_one_import_and_the_last_copy_of_an_order_holds(
    tmp_path: Path,
) -> None:
    """Each file by its own mapping; a corrected order replaces the earlier."""
    head = "order_id,ordered_at,line_kind,quantity,unit_price,customer_id\n"
    first = write(tmp_path / "1.csv", head + "1,2025-01-01,,1,5,a\n2,2025-01-01,,1,5,a\n")
    second = write(tmp_path / "2.csv", head + "2,2025-01-01,,1,6,a\n3,x,,1,6,a\n")
    people = write(tmp_path / "c.csv", "customer_id,email\na,a@x.com\n")
    found = read(first, second, people)
    assert rows(found.tables["orders"], "order_id", "paid") == [
        ("shop:1", 50_000),
        ("shop:2", 60_000),
    ]
    assert rows(found.tables["customers"], "email") == ["a@x.com"]
    assert found.report.refused.to_pylist()[0]["file"] == "2.csv"
    assert [n.message for n in found.report.notes if "several files" in n.message]


def test_refunds_on_rows_and_of_their_own(tmp_path: Path) -> None:
    """A line's row may carry its refund; a REFUND row names an order's line, or none."""
    text = (
        "order_id,ordered_at,line_kind,quantity,unit_price,customer_id,line_number,"
        "refund_id,refunded_at,refund_quantity,refund_amount\n"
        "1,2025-01-01,PRODUCT,3,5.00,a,1,r1,2025-01-05,1,5.00\n"
        "1,,REFUND,,,,1,r2,2025-01-06,2,10.00\n"
        ",,REFUND,,,a,,r3,2025-01-07,,2.00\n"
    )
    found = read(write(tmp_path / "o.csv", text))
    assert rows(
        found.tables["refunds"],
        *("refund_id", "order_id", "customer_id", "line_number", "quantity", "amount"),
    ) == [
        ("shop:r1", "shop:1", "shop:a", 1, 1, 50_000),
        ("shop:r2", "shop:1", "shop:a", 1, 2, 100_000),
        ("shop:r3", None, "shop:a", None, None, 20_000),
    ]


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    """Typed columns become the same values; lines are the numbers of rows."""
    table = pa.table(
        {
            "order_id": pa.array([1.0, 2.0]),
            "ordered_at": pa.array([datetime(2025, 6, 1, 12), datetime(2025, 6, 2, 12)]),
            "line_kind": pa.array(["PRODUCT", None]).dictionary_encode(),
            "quantity": pa.array([2, 1], pa.int32()),
            "unit_price": pa.array([Decimal("2.55"), Decimal("1.10")], pa.decimal128(10, 2)),
            "test": pa.array([False, True]),
            "order_tags": pa.array([["a", "b"], []], pa.list_(pa.string())),
        }
    )
    path = tmp_path / "o.parquet"
    pq.write_table(table, path)
    found = read(path)
    assert rows(found.tables["orders"], "order_id", "paid", "placed", "ordered_at") == [
        ("shop:1", 51_000, True, datetime(2025, 6, 1, 11, tzinfo=UTC)),
        ("shop:2", 11_000, False, datetime(2025, 6, 2, 11, tzinfo=UTC)),
    ]
    assert rows(found.tables["order_tags"], "tag") == ["a", "b"]


def test_amounts_in_another_currency_are_left_out(tmp_path: Path) -> None:
    """A mapping in another currency is refused before anything is read."""
    path = write(tmp_path / "o.csv", "order_id,date,total\n1,2025-01-01,5\n")
    mapping = parse_mapping(
        'kind = "orders"\n[columns]\norder_id = "order_id"\nordered_at = "date"\n'
        '[format]\ncurrency = "EUR"\n',
        "m",
    )
    with pytest.raises(DataError, match="amounts are in EUR, the store keeps GBP"):
        plan(path, mapping=mapping)


def test_the_same_files_give_the_same_tables(tmp_path: Path) -> None:
    """Whatever the order of work inside, so that importing again changes nothing."""
    path = write(tmp_path / "o.csv", ORDERS)
    assert plan(path).fingerprint == plan(path).fingerprint
    first, second = read(path), read(path)
    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)


def test_plain_and_quoted_files_are_read_alike(tmp_path: Path) -> None:
    """The quick way through a plain file gives what the careful way gives."""
    head = "order_id,ordered_at,line_kind,sku,quantity,unit_price\n"
    lines = [f"{n},2025-01-01,PRODUCT, S{n % 7} ,{n % 5},1.{n % 100:02}\n" for n in range(5000)]
    quick = read(write(tmp_path / "a.csv", head + "".join(lines)))
    careful = read(write(tmp_path / "a.csv", head + "".join(lines) + "\n"))
    for name, table in quick.tables.items():
        assert table.equals(careful.tables[name]), name
