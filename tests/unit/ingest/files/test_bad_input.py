"""What is wrong with a file is said with file, line and column; the good rows load."""

from __future__ import annotations

import csv
import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentry.base.errors import DataError
from segmentry.ingest import files
from tests.unit.ingest.files.reading import NOW, plan, read, refused, rows, write

HEAD = "order_id,ordered_at,line_kind,sku,quantity,unit_price,currency\n"
GOOD = "1,2025-01-02,PRODUCT,A,1,2.50,GBP\n"


def test_a_missing_column_is_named_with_what_the_file_has(tmp_path: Path) -> None:
    """Orders without a date cannot be used at all."""
    mapping = files.ready_mappings()[1]
    assert mapping.name == "order-lines"
    path = write(tmp_path / "orders.csv", "order_id,quantity\n1,2\n")
    with pytest.raises(DataError) as caught:
        plan(path, mapping=mapping)
    assert str(caught.value) == (
        "orders.csv, line 1: there is no column 'ordered_at' (ordered_at). "
        "The file has 'order_id', 'quantity'."
    )


def test_headings_of_nothing_are_refused(tmp_path: Path) -> None:
    """A file without known headings is not guessed at."""
    path = write(tmp_path / "x.csv", "foo,bar\n1,2\n")
    with pytest.raises(DataError, match=r"x\.csv, line 1: the headings 'foo', 'bar' are not those"):
        plan(path)


def test_a_heading_that_stands_twice_is_refused_where_it_is_used(tmp_path: Path) -> None:
    """Which of two columns is meant is not guessed."""
    path = write(
        tmp_path / "c.csv", "customer_id,email,Email,email_consent,country\n1,a,b,yes,GB\n"
    )
    with pytest.raises(DataError, match=r"the heading 'email' stands twice \(columns 2 and 3\)"):
        plan(path)


def test_columns_without_a_heading_are_ignored(tmp_path: Path) -> None:
    """The plan counts them; what stands in them is nobody's."""
    path = write(tmp_path / "o.csv", "order_id,,ordered_at, ,total\n1,x,2025-01-02,y,5\n")
    assert plan(path).files[0].problems == ("2 column(s) without a heading are ignored",)
    assert rows(read(path).tables["orders"], "order_id", "total") == [("shop:1", 50_000)]


@pytest.mark.parametrize("line", ["", ",,,", '""', " , "])
def test_a_first_line_without_headings_is_refused(tmp_path: Path, line: str) -> None:
    """Rows alone do not say what they are."""
    path = write(tmp_path / "o.csv", line + "\n1,2025-01-02,5,x\n")
    with pytest.raises(DataError, match=r"^o\.csv, line 1: "):
        plan(path)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ("2,2025-01-02,PRODUCT,A,two,2.50,GBP", "quantity", "not a whole number"),
        ("2,2025-01-02,PRODUCT,A,1,2.5O,GBP", "unit_price", "not an amount"),
        ("2,2025-02-30,PRODUCT,A,1,2.50,GBP", "ordered_at", "there is no such date"),
        ("2,30.02.2025,PRODUCT,A,1,2.50,GBP", "ordered_at", "not a date of the form"),
        ("2,0025-02-20,PRODUCT,A,1,2.50,GBP", "ordered_at", "the year is not between"),
        ("2,2025-02-20,PRODUCT,A,1,2.50,GBX", "currency", "not a currency in use"),
        ("2,2025-02-20,GIFT,A,1,2.50,GBP", "line_kind", "not a kind of row"),
        ("2,,PRODUCT,A,1,2.50,GBP", "ordered_at", "the order has no date"),
        (",2025-02-20,PRODUCT,A,1,2.50,GBP", "order_id", "the row has no order id"),
        ("2,2025-02-20,PRODUCT,A,-1,2.50,GBP", "quantity", "a quantity below zero"),
        ("2,2025-02-20,PRODUCT,A,,2.50,GBP", "quantity", "the line has no quantity"),
        ("2,2025-02-20,PRODUCT,A,1", None, "the row has 5 cells, the heading line 7"),
        ("2,2025-02-20,PRODUCT,A,1,2.50,GBP,x", None, "the row has 8 cells, the heading line 7"),
        ("2,2025-02-20,PRODUCT,A\x00,1,2.50,GBP", "sku", "the cell has a NUL byte in it"),
        ('2,2025-02-20,PRODUCT,"A"B,1,2.50,GBP', None, "a quoted cell goes on"),
        (f"2,2025-02-20,PRODUCT,{'x' * 200_000},1,2.50,GBP", "sku", "the value is longer than"),
        ("2,2025-02-20,PRODUCT,A,1,=1+1,GBP", "unit_price", "not an amount"),
        (
            "2,2025-02-20,PRODUCT,A,10000,99999999999999,GBP",
            "unit_price",
            "quantity times price is too large",
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_load(
    tmp_path: Path, cells: str, column: str | None, reason: str
) -> None:
    """One row is wrong on line 3; the order before and the one after are taken."""
    after = "3,2025-01-03,PRODUCT,B,1,1.00,GBP\n"
    found = read(write(tmp_path / "o.csv", HEAD + GOOD + cells + "\n" + after))
    assert rows(found.tables["orders"], "order_id") == ["shop:1", "shop:3"]
    assert (found.report.accepted, found.report.refused_rows) == (2, 1)
    (line, where, why) = refused(found)[0]
    assert (line, where) == (3, column)
    assert why.startswith(reason)


NO_AMOUNTS = (
    *("NaN", "sNaN", "Infinity", "1e400", "1e5000000", "1_000", "１２", "1,000.00", "0x10"),
    *("1.23456", "999999999999999", "$5", "5-", "--5", "1.", ".5", "1.234,50"),
)


def test_an_amount_is_digits_with_up_to_four_decimals(tmp_path: Path) -> None:
    """Nothing that only looks like an amount is taken for one."""
    lines = [
        f'{number},2025-01-02,PRODUCT,A,1,"{amount}",GBP\n'
        for number, amount in enumerate(NO_AMOUNTS, start=2)
    ]
    found = read(write(tmp_path / "o.csv", HEAD + "".join(lines)))
    assert found.tables["orders"].num_rows == 0
    assert [(line, column) for line, column, _ in refused(found)] == [
        (number, "unit_price") for number in range(2, len(NO_AMOUNTS) + 2)
    ]


def test_amounts_are_trimmed_and_kept_exactly(tmp_path: Path) -> None:
    """Blanks around an amount are nothing; four decimals are kept."""
    text = HEAD + "1,2025-01-02,PRODUCT,A,1, 12 ,GBP\n2,2025-01-02,PRODUCT,A,3,0.1001,GBP\n"
    found = read(write(tmp_path / "o.csv", text))
    assert rows(found.tables["orders"], "paid") == [120_000, 3_003]


def test_a_decimal_comma_is_read_only_when_the_mapping_states_it(tmp_path: Path) -> None:
    """The plan remarks on it; without the statement the rows are refused."""
    text = "order_id;ordered_at;line_kind;quantity;unit_price\n1;2025-01-02;PRODUCT;2;1.234,50\n"
    path = write(tmp_path / "o.csv", text)
    shown = plan(path).files[0]
    assert shown.detected.separator == ";"
    assert "looks as if written with a decimal comma ('1.234,50')" in shown.problems[0]
    assert read(path).tables["orders"].num_rows == 0
    mapping = files.mapping.parse_mapping(
        files.write_mapping(shown.mapping) + '[format]\ndecimal = ","\nthousands = "."\n', "m"
    )
    assert rows(read(path, mapping=mapping).tables["orders"], "paid") == [24_690_000]


def test_one_bad_line_refuses_the_whole_order(tmp_path: Path) -> None:
    """No order is half there: its good lines are refused too and say why."""
    text = HEAD + GOOD + "1,2025-01-02,PRODUCT,B,x,2.50,GBP\n2,2025-01-03,PRODUCT,A,1,1,GBP\n"
    found = read(write(tmp_path / "o.csv", text))
    assert rows(found.tables["orders"], "order_id") == ["shop:2"]
    assert refused(found) == [
        (2, None, "belongs to order 1, refused because of line 3"),
        (3, "quantity", "not a whole number"),
    ]


def test_a_ragged_row_takes_its_order_with_it(tmp_path: Path) -> None:
    """The order's id can still be read from the row that is too short."""
    found = read(write(tmp_path / "o.csv", HEAD + GOOD + "1,2025-01-02,PRODUCT\n"))
    assert found.tables["orders"].num_rows == 0
    assert refused(found)[0] == (2, None, "belongs to order 1, refused because of line 3")


def test_rows_of_one_order_must_agree(tmp_path: Path) -> None:
    """Two dates for one order refuse it, with both shown."""
    text = HEAD + GOOD + "1,2025-01-03,PRODUCT,B,1,2.50,GBP\n"
    found = read(write(tmp_path / "o.csv", text))
    row = found.report.refused.to_pylist()[0]
    assert row["reason"] == "rows of one order say different things here"
    assert row["value"] == "2025-01-02 00:00:00 / 2025-01-03 00:00:00"


def test_broken_utf8_is_placed_by_line_and_column(tmp_path: Path) -> None:
    """A file with both whole and broken UTF-8 letters is damaged, not Latin-1."""
    text = "customer_id,email,email_consent,country\n1,é@x.com,yes,GB\n2,b".encode()
    path = write(tmp_path / "c.csv", text + b"\xe9@x.com,yes,GB\n")
    with pytest.raises(DataError) as caught:
        plan(path)
    assert str(caught.value) == (
        "c.csv, line 3, column 4: the byte 0xe9 is not UTF-8. "
        "Save the file in UTF-8, or state its encoding in the mapping."
    )


def test_broken_utf8_is_placed_in_a_large_file(tmp_path: Path) -> None:
    """Lines are counted part by part, and a line end that two parts share is one."""
    head = "customer_id,email,email_consent,country\r\n1,é@x.com,yes,GB\r\n".encode()
    row = b"2,a@x.com,yes,GB\r\n"
    count = (1 << 20) // len(row) - 10
    last = (1 << 20) + 1 - len(head) - len(row) * count - len(",b@x.com,yes,GB\r\n")
    before = head + row * count + b"1" * last + b",b@x.com,yes,GB\r\n"
    assert before[(1 << 20) - 1 : (1 << 20) + 1] == b"\r\n"
    path = write(tmp_path / "c.csv", before + b"3,b\xe9@x.com,yes,GB\r\n")
    with pytest.raises(DataError, match=f"line {count + 4}, column 4: the byte 0xe9"):
        plan(path)


def test_a_stated_encoding_that_is_wrong_is_placed(tmp_path: Path) -> None:
    """A mapping's encoding is taken at its word."""
    head = "customer_id,email,email_consent,country\n"
    path = write(tmp_path / "c.csv", head + "1,é@x.com,yes,GB\n", "latin-1")
    mapping = files.mapping.parse_mapping(
        'kind = "customers"\n[columns]\ncustomer_id = "customer_id"\n[format]\nencoding = "utf-8"',
        "m.toml",
    )
    with pytest.raises(DataError, match="line 2, column 3: the byte 0xe9 is not UTF-8"):
        plan(path, mapping=mapping)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    """The same names come out whatever the file was saved in."""
    text = "customer_id,email,email_consent,country,name\n1,a@x.com,yes,FR,Zoé Müller-Brontë\n"
    found = read(write(tmp_path / "c.csv", text, encoding))
    assert rows(found.tables["customers"], "name") == ["Zoé Müller-Brontë"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "mixed"])
def test_separators_and_line_ends_are_detected(tmp_path: Path, separator: str, ending: str) -> None:
    """Line numbers stay right with any line end."""
    lines = [HEAD.strip(), GOOD.strip(), "2,x,PRODUCT,A,1,1,GBP", "3,2025-01-03,PRODUCT,A,1,1,GBP"]
    ends = ["\r\n", "\n", "\r", "\n"] if ending == "mixed" else [ending] * 4
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    found = read(write(tmp_path / "o.csv", text.replace(",", separator)))
    assert rows(found.tables["orders"], "order_id") == ["shop:1", "shop:3"]
    assert refused(found)[0][0] == 3


def test_lines_are_counted_across_cells_of_several_lines(tmp_path: Path) -> None:
    """A cell with line ends in it moves the following rows down; blank lines count too."""
    text = HEAD + '1,2025-01-02,PRODUCT,"A\nB\r\nC",1,1,GBP\n\n2,x,PRODUCT,A,1,1,GBP\n'
    found = read(write(tmp_path / "o.csv", text))
    assert rows(found.tables["order_lines"], "sku") == ["A\nB\r\nC"]
    assert refused(found)[0][:2] == (6, "ordered_at")


def test_a_spreadsheets_sep_line_is_obeyed(tmp_path: Path) -> None:
    """Excel's first line names the separator; line numbers include it."""
    text = "sep=;\n" + (HEAD + GOOD + "2,x,PRODUCT,A,1,1,GBP\n").replace(",", ";")
    found = read(write(tmp_path / "o.csv", text))
    assert found.tables["orders"].num_rows == 1
    assert refused(found)[0][0] == 4


def test_an_unclosed_quote_is_placed_where_it_opens(tmp_path: Path) -> None:
    """At the end of the file or where another quote shows it."""
    end = "2,2025-01-02,PRODUCT,A,1,1,GBP\n"
    for rest in (end * 3, end + '3,2025-01-03,PRODUCT,"B",1,1,GBP\n'):
        path = write(tmp_path / "o.csv", HEAD + GOOD + '2,2025-01-02,PRODUCT,"A,1,1,GBP\n' + rest)
        with pytest.raises(DataError) as caught:
            read(path)
        assert str(caught.value).startswith(
            "o.csv, line 3, column 'sku': a quote is opened here and not closed properly"
        )


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        ('"order_id"s,ordered_at', "a quoted heading goes on after its closing quote"),
        ('order_id,"ordered_at', "a quote is opened here and not closed properly"),
        ('order_id,ordered_at,"total', "a quote is opened here and not closed properly"),
    ],
)
def test_a_quote_in_the_wrong_place_of_the_headings_is_refused(
    tmp_path: Path, headings: str, message: str
) -> None:
    """Before anything is read, as no row can be told without its headings."""
    path = write(tmp_path / "o.csv", headings + "\n1,2025-01-02\n")
    with pytest.raises(DataError) as caught:
        plan(path)
    assert str(caught.value).startswith(f"o.csv, line 1: {message}")


def test_an_unclosed_quote_in_a_large_file_is_found_without_reading_it_whole(
    tmp_path: Path,
) -> None:
    """20 MB follow the quote; no more than a part is held."""
    path = tmp_path / "o.csv"
    row = "2,2025-01-02,PRODUCT,A,1,1,GBP\n"
    write(path, HEAD + '1,2025-01-02,PRODUCT,"A,1,1,GBP\n' + row * (20_000_000 // len(row)))
    with pytest.raises(DataError, match=r"o\.csv, line 2, column 'sku': a quote is opened"):
        read(path)


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    """A heading line of nothing but separators is no table."""
    path = write(tmp_path / "o.csv", "order_id" + "," * 1_000_000 + "\n1\n")
    with pytest.raises(DataError, match="has 1,000,001 columns; at most 5,000 can be read"):
        plan(path)


def test_formula_cells_stay_text_and_are_harmless_in_the_refused_rows(tmp_path: Path) -> None:
    """What begins like a formula is kept as it is, and quoted in the download."""
    text = HEAD + "1,2025-01-02,PRODUCT,=1+1,1,1,GBP\n2,=cmd|x,PRODUCT,A,1,1,GBP\n"
    found = read(write(tmp_path / "o.csv", text))
    assert rows(found.tables["order_lines"], "sku") == ["=1+1"]
    found.report.write_refused(tmp_path / "refused.csv")
    with (tmp_path / "refused.csv").open(newline="") as file:
        head, row = csv.reader(file)
    assert head == ["file", "line", "column", "value", "reason"]
    assert row[:4] == ["o.csv", "3", "ordered_at", "'=cmd|x"]


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b" \n\n", "a.csv is empty"),
        ("a.csv", gzip.compress(b"a,b", mtime=0), "a.csv is compressed with gzip"),
        ("a.csv", b"%PDF-1.7", "a.csv is a PDF document"),
        ("a.csv", b'[{"a": 1}]', "a.csv is JSON"),
        ("a.csv", b"<!DOCTYPE html><html>", "a.csv is a web page or XML"),
        ("a.csv", bytes(range(256)) * 4, "a.csv is not text"),
        ("a.csv", b"PAR1xxxxPAR1", "a.csv is a Parquet file though its name says otherwise"),
        ("a.parquet", b"a,b\n1,2\n", "a.parquet is not Parquet though its name says so"),
        ("a.parquet", b"PAR1xxxxPAR1", "a.parquet is damaged Parquet"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    """The content decides, not the name."""
    with pytest.raises(DataError) as caught:
        plan(write(tmp_path / name, content))
    assert str(caught.value).startswith(message)


def test_a_workbook_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    """Each with its own words."""
    _zip(tmp_path / "a.csv")
    for path, message in (
        (tmp_path / "a.csv", "is an Excel workbook or another ZIP archive"),
        (tmp_path, "is a folder"),
        (tmp_path / "none.csv", "There is no file"),
        (tmp_path / "nul\x00.csv", "cannot be read"),
    ):
        with pytest.raises(DataError, match=message):
            plan(path)


def test_parquet_cut_short_is_refused(tmp_path: Path) -> None:
    """Half a Parquet file has no table of contents."""
    path = tmp_path / "o.parquet"
    pq.write_table(pa.table({"order_id": ["1"], "ordered_at": ["2025-01-01"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"o\.parquet is damaged Parquet"):
        plan(path)


def test_a_file_that_changes_between_plan_and_import_is_refused(tmp_path: Path) -> None:
    """What was shown is what is read."""
    path = write(tmp_path / "o.csv", HEAD + GOOD)
    shown = plan(path)
    write(path, HEAD + GOOD + GOOD)
    with pytest.raises(DataError, match=r"o\.csv changed while it was imported"):
        files.read_import(shown, "shop", NOW)


def test_every_row_is_either_accepted_or_refused(tmp_path: Path) -> None:
    """The two numbers add up to the rows of the file, however many reasons a row has."""
    bad = "2,x,NOTHING,A,x,x,XXX\n3,2025\n4,2025-01-01,PRODUCT,A,1,1,GBP\n"
    found = read(write(tmp_path / "o.csv", HEAD + GOOD + bad))
    assert (found.report.accepted, found.report.refused_rows) == (2, 2)
    assert len(refused(found)) == 6, refused(found)
    assert next(found.report.problems()).startswith("o.csv, line 3, column 'currency':")


def test_a_quote_inside_a_plain_cell_is_part_of_it(tmp_path: Path) -> None:
    """An inch mark opens nothing."""
    found = read(write(tmp_path / "o.csv", HEAD + '1,2025-01-02,PRODUCT,5" pipe,1,1,GBP\n'))
    assert rows(found.tables["order_lines"], "sku") == ['5" pipe']


def test_a_file_with_headings_only_is_an_empty_import(tmp_path: Path) -> None:
    """Nothing is wrong with it; the plan remarks on it."""
    path = write(tmp_path / "o.csv", HEAD)
    assert plan(path).files[0].problems == ("the file has headings but no rows",)
    found = read(path)
    assert (found.report.accepted, found.report.refused_rows) == (0, 0)
    assert found.tables["orders"].num_rows == 0


def test_the_kept_report_has_counts_and_reasons_but_no_values(tmp_path: Path) -> None:
    """It stays with the import, so nobody's data is in it."""
    found = read(write(tmp_path / "o.csv", HEAD + GOOD + "2,secret,PRODUCT,A,1,1,GBP\n"))
    kept = found.report.as_dict()
    assert (kept["accepted"], kept["refused"]) == (1, 1)
    assert kept["reasons"][0]["count"] == 1
    assert kept["tables"]["orders"] == 1
    assert "secret" not in str(kept)
