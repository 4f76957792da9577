"""What was exported is read back by our own import (EXP-02)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import segmentry as sg

few = settings(max_examples=3, phases=[Phase.explicit, Phase.generate])
FIELDS = ("customer_name", "customer_note", "customer_phone", "customer_tags", "amount_spent")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    "=+-@＝\t\r\n\"';, a\0é🎁\u05d0\u202e", max_size=12
)


def _store() -> sg.Workspace:
    return sg.Workspace.create(None, timezone="Europe/London", currency="GBP")


def _exported(people: list[dict[str, object]], out: Path) -> None:
    with _store() as store:
        store.load({"customers": people}, source="shop")
        store.export("number_of_orders >= 0", out, fields=FIELDS)


def _read_back(out: Path) -> dict[str, tuple[object, object, object]]:
    with _store() as store:
        store.import_csv(out)
        found = [store.values(name) for name in FIELDS[:3]]
        return {each: tuple(of[each] for of in found) for each in found[0]}  # type: ignore[misc]  # read as untyped


@few
@given(st.lists(st.tuples(texts, texts), min_size=20, max_size=100))
def test_texts_come_back_through_our_import(pairs: list[tuple[str, str]]) -> None:
    """Byte for byte, but for blanks around a text, which an import takes off, and texts with a
    NUL, which it refuses; `=1+1` and `+49…` too, that stand in the file with an apostrophe."""
    pairs = [(name.replace("\0", ""), note.replace("\0", "")) for name, note in pairs]
    people: list[dict[str, object]] = [
        {"customer_id": f"c{number}", "name": name, "note": note, "phone": "+4930123456"}
        for number, (name, note) in enumerate(pairs)
    ]
    with TemporaryDirectory() as folder:
        out = Path(folder) / "all.csv"
        _exported(people, out)
        found = _read_back(out)
    assert found == {
        f"c{number}": (name.strip() or None, note.strip() or None, "+4930123456")
        for number, (name, note) in enumerate(pairs)
    }


def test_ids_that_look_like_formulas_come_back(tmp_path: Path) -> None:
    """As do long texts, and what begins with an apostrophe of its own."""
    long = "ü" * 32_000
    _exported(
        [
            {"customer_id": "=1", "name": "'=x", "note": long},
            {"customer_id": "-2", "name": "'Ann'", "note": "''+1"},
        ],
        tmp_path / "all.csv",
    )
    assert _read_back(tmp_path / "all.csv") == {
        "=1": ("'=x", long, None),
        "-2": ("'Ann'", "''+1", None),
    }


def test_an_apostrophe_of_a_parquet_file_stays(tmp_path: Path) -> None:
    """No spreadsheet wrote it."""
    with _store() as store:
        store.load({"customers": [{"customer_id": "a", "name": "'=x"}]}, source="shop")
        store.export("number_of_orders >= 0", tmp_path / "a.parquet", fields=FIELDS[:1])
    with _store() as store:
        store.import_csv(tmp_path / "a.parquet")
        assert store.values("customer_name") == {"a": "'=x"}
