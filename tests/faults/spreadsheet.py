"""Opens exports of hostile texts in LibreOffice, which must find no formula in them (EXP-01).

    python -m tests.faults.spreadsheet

Says so and does nothing where LibreOffice is absent: it is no part of the tests' set-up.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from segmentry.exports.tables import write_table

TEXTS = (
    *("=1+1", "+4930123", "-2+3", "@SUM(1;2)", "\t=1+1", "\r=1+1", '"=1+1"', ";=1+1"),
    *("＝1+1", "＋1", "－1", "＠1", " =1+1", "\u00a0=1+1", "\ufeff=1+1", "\n=1+1", "'=1+1"),
    '=HYPERLINK("https://shop.test";"x")',
)
_AS_XLSX = "xlsx:Calc MS Excel 2007 XML"


def main() -> None:
    """Convert both formats and look for formulas in what comes out."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        print("LibreOffice is absent: nothing was opened in a spreadsheet program.")
        return
    table = pa.table({"customer_id": TEXTS})
    with TemporaryDirectory() as place:
        folder = Path(place)
        written = [write_table(table, folder / name, "EUR") for name in ("csv.csv", "xlsx.xlsx")]
        found = [path.name for path in written if _formulas(program, path)]
    if found:
        sys.exit(f"LibreOffice finds formulas in {' and '.join(found)}.")
    print(f"LibreOffice finds no formula in {len(TEXTS)} texts, as CSV and as XLSX.")


def _formulas(program: str, path: Path) -> bool:
    out = path.parent / "opened"
    command = (program, "--headless", "--convert-to", _AS_XLSX, "--outdir", out, path)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    with zipfile.ZipFile(out / f"{path.stem}.xlsx") as book:
        return re.search(rb"<f[ >/]", book.read("xl/worksheets/sheet1.xml")) is not None


if __name__ == "__main__":
    main()
