"""`segmentry segment overlap | partition | compare`, `rfm` and `lifecycle --since`."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import segmentry as sg
from segmentry.base.errors import QueryError, SegmentError, UserError
from segmentry.storage.app_db import Segment

from .command import run_here, well

END = date(2026, 6, 30)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann ordered twice, bob once, cid never; dan came on the last day."""
    folder = tmp_path_factory.mktemp("store") / "shop"
    with sg.Workspace.create(
        folder, timezone="Europe/London", currency="GBP", stands_at=END
    ) as workspace:
        first = "2026-01-01T00:00:00"
        workspace.load(
            {
                "customers": [
                    {"customer_id": "ann", "created_at": first, "email": "ann@example.com"},
                    {"customer_id": "bob", "created_at": first},
                    {"customer_id": "cid", "created_at": first},
                    {"customer_id": "dan", "created_at": "2026-06-30T00:00:00"},
                ],
                "addresses": [{"customer_id": "ann", "country": "GB"}],
                "consents": [
                    {
                        "customer_id": "ann",
                        "channel": "EMAIL",
                        "address_key": "ann@example.com",
                        "state": "SUBSCRIBED",
                        "acted_at": first,
                    }
                ],
                "products": [
                    {"product_id": "t", "title": "Tea", "type": "Drinks"},
                    {"product_id": "m", "title": "Mug", "type": "Kitchen"},
                ],
                "collections": [{"collection_id": "new", "product_id": "t", "title": "New"}],
                "orders": [
                    _order(1, "ann", "2026-05-01T10:00:00", "50.00"),
                    _order(2, "ann", "2026-06-01T10:00:00", "70.25"),
                    _order(3, "bob", "2026-01-15T10:00:00", "5.00"),
                ],
                "order_lines": [_line(1, "t"), _line(2, "m"), _line(3, "t")],
            },
            source="shop",
        )
        for name, query in {
            "Buyers": "number_of_orders >= 1",
            "Loyal": "number_of_orders >= 2",
            "Never": "number_of_orders = 0",
            "Once": "number_of_orders = 1",
        }.items():
            workspace.segments.add(name, query)
    return folder


def _order(number: int, customer: str, ordered_at: str, paid: str) -> dict[str, object]:
    return {
        "order_id": number,
        "customer_id": customer,
        "ordered_at": ordered_at,
        "paid": paid,
        "state": "PAID",
    }


def _line(order: int, product: str) -> dict[str, object]:
    return {"order_id": order, "line_number": 1, "product_id": product, "quantity": 1}


# -- overlap ----------------------------------------------------------------------------


def test_overlap_of_all_and_of_some(store: Path) -> None:
    """Without names every segment; the most alike pair first."""
    data = well("-w", store, "segment", "overlap", "--json").json
    assert [each["name"] for each in data["segments"]] == ["Buyers", "Loyal", "Never", "Once"]
    assert data["pairs"][0] == {
        "one": "Buyers",
        "other": "Loyal",
        "both": 1,
        "either": 2,
        "jaccard": 0.5,
    }
    assert data["in_exactly"] == [0, 2, 2, 0, 0]
    printed = well("-w", store, "segment", "overlap", "buyers", "Once", "--top", "1").out
    assert "Buyers  | Once |       1 |   50.0%" in printed
    assert "Buyers + Once" in printed
    assert "of 4 customers as of 30 June 2026" in printed


def test_only_here(store: Path) -> None:
    """How many are in one segment only, or who; of a name in any case."""
    overlap = ("-w", store, "segment", "overlap", "Buyers", "Once", "--only", "buyers")
    assert well(*overlap).out == "Customers in 'Buyers' only: 1\n"
    assert well(*overlap, "--members").out == "ann\n"
    assert well(*overlap, "--members", "--json").json["members"] == ["ann"]
    assert "members" not in well(*overlap, "--json").json


def test_overlap_at_another_moment(store: Path) -> None:
    """Members as they were."""
    data = well("-w", store, "segment", "overlap", "--json", "--as-of", "2026-05-31").json
    assert (data["live"], [e["members"] for e in data["segments"]]) == (3, [2, 0, 1, 2])


def test_overlap_refuses(store: Path) -> None:
    """Unknown segments, one alone, one twice, a name that was not compared."""
    overlap = ("-w", store, "segment", "overlap")
    assert "Did you mean 'Loyal'?" in run_here(*overlap, "Loyl", "Once").err
    assert "at least 2 segments" in run_here(*overlap, "Loyal").err
    assert "only once" in run_here(*overlap, "Loyal", "LOYAL").err
    assert "none of the segments" in run_here(*overlap, "Loyal", "Once", "--only", "Never").err
    assert run_here(*overlap, "--members").code == 2


def test_a_segment_without_an_answer_hides_no_other() -> None:
    """It is left out where all are compared and named; by name it is refused."""
    with sg.Workspace.create(None, timezone="UTC", currency="GBP") as workspace:
        workspace.segments.add("Gold", "number_of_orders >= 3")
        workspace.segments.add("Buyers", "number_of_orders >= 1")
        with Session(workspace._stores.app) as session, session.begin():
            row = session.scalars(select(Segment).filter_by(name="Gold")).one()
            row.query = "an_attribute_of_old = 3"
        found = workspace.segments.overlap()
        assert [each.name for each in found.segments] == ["Buyers"]
        assert found.unanswered == ("Gold",)
        with pytest.raises(QueryError):
            workspace.segments.overlap(["Gold", "Buyers"])


def test_names_are_a_list(store: Path) -> None:
    """One name is not a list of its letters."""
    with sg.Workspace.open(store) as workspace, pytest.raises(SegmentError, match="as a list"):
        workspace.segments.overlap("Buyers")


# -- complement and partition -----------------------------------------------------------


def test_members_of_the_complement(store: Path) -> None:
    """Everybody who is not a member, those who came without an order too."""
    assert well("-w", store, "segment", "members", "Loyal", "--not").out == "bob\ncid\ndan\n"
    before = ("segment", "members", "Loyal", "--not", "--as-of", "2026-05-31")
    assert well("-w", store, *before).out == "ann\nbob\ncid\n"


def test_partition_says_so_and_exits(store: Path) -> None:
    """0 where everybody is in exactly one, 1 with a gap or an overlap, and who is there."""
    partition = ("-w", store, "segment", "partition")
    whole = run_here(*partition, "Never", "Once", "Loyal")
    assert (whole.code, "A partition of 4 customers" in whole.out) == (0, True)
    gap = run_here(*partition, "Never", "Once")
    assert (gap.code, "In none: 1 (ann)\n" in gap.out) == (1, True)
    twice = run_here(*partition, "Never", "Once", "Buyers")
    assert (twice.code, "In several: 1 (bob in Once, Buyers)" in twice.out) == (1, True)
    data = run_here(*partition, "Never", "Once", "Buyers", "--json").json
    assert data["holds"] is False
    assert data["examples_of_several"] == [{"customer": "bob", "segments": ["Once", "Buyers"]}]


def test_partition_of_a_segment(store: Path) -> None:
    """Members of a segment are parted; others do no harm and are told."""
    ended = run_here("-w", store, "segment", "partition", "Loyal", "Once", "--of", "Buyers")
    assert (ended.code, "A partition of 2 members of 'Buyers'" in ended.out) == (0, True)
    more = run_here("-w", store, "segment", "partition", "Never", "Buyers", "--of", "Buyers")
    assert more.code == 0
    assert "Members of these segments who are not in 'Buyers': 2" in more.out
    with sg.Workspace.open(store) as workspace:
        found = workspace.segments.partition(["Loyal"], of="Once")
        assert (found.whole, found.none, found.outside, found.holds) == (1, 1, 1, False)


# -- side by side -----------------------------------------------------------------------


def test_side_by_side(store: Path) -> None:
    """The figures of each beside those of all, money exact."""
    data = well("-w", store, "segment", "compare", "Loyal", "Never", "--json").json
    everybody, loyal, never = data["profiles"]
    assert (everybody["name"], everybody["members"], everybody["spent"]) == (
        "Whole store",
        4,
        "125.2500",
    )
    assert loyal["average_order_value"] == "60.1250"
    assert (loyal["days_since_last_order"], loyal["email_reachable"]) == (29.0, 1)
    assert (never["mean_spent"], never["average_order_value"]) == ("0.0000", None)
    bought = {each["kind"]: each["values"] for each in data["breakdowns"]}
    tea = next(each for each in bought["product"] if each["label"] == "Tea")
    assert (tea["customers"], tea["shares"], tea["lifts"]) == (
        [2, 1, 0],
        [0.5, 1.0, 0.0],
        [1.0, 2.0, 0.0],
    )
    assert [each["value"] for each in bought["type"]] == ["Drinks", "Kitchen"]
    assert [each["label"] for each in bought["collection"]] == ["New"]
    assert [each["value"] for each in bought["country"]] == ["GB"]
    assert "category" not in bought


def test_side_by_side_for_people(store: Path) -> None:
    """A table with a column for each segment."""
    printed = well("-w", store, "segment", "compare", "Loyal", "Never").out
    assert "Average order value, GBP      |       41.75 |  60.12 |     -" in printed
    assert "Drinks              |       50.0% | 100.0%  x 2.0 | 0.0%  x 0.0" in printed


def test_side_by_side_of_nobody() -> None:
    """Figures over nobody are missing, not zero and no fault."""
    with sg.Workspace.create(None, timezone="UTC", currency="GBP") as workspace:
        workspace.segments.add("Buyers", "number_of_orders >= 1")
        found = workspace.segments.compare(["Buyers"])
        for profile in found.profiles:
            assert (profile.share, profile.mean_spent, profile.median_spent) == (None, None, None)
        stage = found.breakdowns[0].values[0]
        assert (found.share(stage, 1), found.lift(stage, 1)) == (None, None)


def test_products_without_ids_are_told_by_title() -> None:
    """Where no product that was bought has an id; one that has is told by it."""
    with sg.Workspace.create(None, timezone="UTC", currency="GBP") as workspace:
        workspace.segments.add("Buyers", "number_of_orders >= 1")
        mug = {"order_id": 1, "line_number": 1, "title": "Mug", "quantity": 1}
        orders = [_order(n, "ann", "2026-05-01T10:00:00", "5.00") for n in (1, 2)]
        steps: list[tuple[dict[str, list[dict[str, object]]], list[str]]] = [
            ({"customers": [{"customer_id": "ann"}], "orders": orders}, []),
            ({"order_lines": [mug]}, ["Mug"]),
            ({"order_lines": [_line(2, "t")]}, ["t"]),
        ]
        for records, expected in steps:
            workspace.load(records, source="shop")
            kinds = {b.kind: b.values for b in workspace.segments.compare(["Buyers"]).breakdowns}
            assert [each.label for each in kinds.get("product", ())] == expected


def test_share_is_exact(store: Path) -> None:
    """In Python shares and averages are fractions."""
    with sg.Workspace.open(store) as workspace:
        found = workspace.segments.compare(["Buyers"])
        assert found.profiles[1].share == Fraction(1, 2)
        assert found.profiles[0].mean_spent == Fraction(1_252_500, 4)
        before = workspace.segments.compare(["Buyers"], as_of=date(2026, 5, 31)).profiles
        assert (before[0].members, before[0].median_spent) == (3, Fraction(50_000))
        assert (before[1].members, before[1].median_spent) == (2, Fraction(275_000))


# -- movement ---------------------------------------------------------------------------


def test_lifecycle_since(store: Path) -> None:
    """From each stage to each, with who was not there yet."""
    data = well("-w", store, "lifecycle", "--since", "2026-05-31", "--json").json
    assert data["moved"] == [
        {"from": "FIRST_TIME_BUYER", "to": "FIRST_TIME_BUYER", "customers": 1},
        {"from": "FIRST_TIME_BUYER", "to": "ACTIVE_REPEAT", "customers": 1},
        {"from": "NONE", "to": "NONE", "customers": 1},
        {"from": "NOT_THERE", "to": "NONE", "customers": 1},
    ]
    printed = well("-w", store, "lifecycle", "--since", "2026-05-31").out
    assert "NOT_THERE        |                0 |             0 |    1 |      1" in printed
    assert "After            |                1 |             1 |    2 |       " in printed


def test_rfm_since_and_until(store: Path) -> None:
    """Between two moments; a store too small to rank has nobody in a group but prospects."""
    data = well(
        *("-w", store, "rfm", "--since", "2026-01-10", "--until", "2026-01-31", "--json")
    ).json
    assert data["moved"] == [
        {"from": "PROSPECTS", "to": "PROSPECTS", "customers": 2},
        {"from": "PROSPECTS", "to": "UNPLACED", "customers": 1},
    ]


def test_movement_refuses(store: Path) -> None:
    """Moments the wrong way round, one without the other, and attributes without groups."""
    wrong = run_here("-w", store, "rfm", "--since", "2026-05-31", "--until", "2026-05-30")
    assert "lies after the last" in wrong.err
    assert run_here("-w", store, "rfm", "--until", "2026-05-31").code == 2
    both = run_here("-w", store, "rfm", "--since", "2026-05-31", "--as-of", "2026-05-31")
    assert both.code == 2
    with sg.Workspace.open(store) as workspace, pytest.raises(UserError, match="has no groups"):
        workspace.movement("amount_spent", END)
