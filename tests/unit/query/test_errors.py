"""Every mistake in a query is named where it stands, with the fix where there is one."""

from __future__ import annotations

import pytest

from segmentry.base.errors import QueryError
from segmentry.facts.catalogue import FUNCTION_NAMES
from segmentry.facts.metafields import metafield
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery

STORE = Names(segments={"vip": SavedQuery("VIP", "amount_spent > 1000")})

MISTAKES = [
    ("", "empty", "", None),
    ("number_of_orders >", "incomplete", "", None),
    ("number_of_orders > 3 AND", "incomplete", "", None),
    ("customer_tags CONTAINS '\ud800'", "bad_character", "\ud800", None),
    ("(number_of_orders > 3", "unclosed_bracket", "(", None),
    ("number_of_orders > 3)", "unexpected", ")", None),
    ("number_of_orders > 3 last_order_date = today", "unexpected", "last_order_date", None),
    ("number_of_orders == 3", "unexpected", "==", "="),
    ("number_of_orders = NULL", "compared_with_null", "= NULL", "IS NULL"),
    ("number_of_orders != NULL", "compared_with_null", "!= NULL", "IS NOT NULL"),
    ("number_of_orders IN ()", "empty_list", ")", None),
    ("number_of_orders IN TOP today", "bad_rank", "today", "10%"),
    ("number_of_orders IN TOP 0%", "bad_rank", "0%", "10%"),
    ("number_of_orders IN TOP 1.5", "bad_rank", "1.5", "10"),
    ("number_of_orders > +3", "bad_number", "+3", "3"),
    ("number_of_orders > 1e5", "bad_number", "1e5", None),
    ("number_of_orders > 99999999999999999999", "bad_number", "99999999999999999999", None),
    ("number_of_orders > 1,000", "thousands_mark", "1,000", "1000"),
    ("amount_spent > $50", "money_sign", "$50", "50"),
    ("amount_spent > -5", "signed_amount", "-5", "5"),
    ("amount_spent > 1.23456", "bad_amount", "1.23456", None),
    ("amount_spent > '100'", "wrong_type", "'100'", "100"),
    ("last_order_date = 2026-02-30", "bad_date", "2026-02-30", None),
    ("last_order_date = 2026-2-3", "bad_date", "2026-2-3", None),
    ("last_order_date > 2026-01-01T25:00:00", "bad_date", "2026-01-01T25:00:00", None),
    ("last_order_date = 0001-01-01", "date_out_of_range", "0001-01-01", None),
    ("last_order_date > -99999999999d", "offset_out_of_range", "-99999999999d", None),
    ("last_order_date > 30d", "unsigned_offset", "30d", "-30d"),
    ("last_order_date = -24h", "wrong_operator", "-24h", None),
    ("last_order_date > 5", "wrong_type", "5", None),
    ("last_order_date = 'soon'", "wrong_type", "'soon'", None),
    ("last_order_date = '2026-02-30'", "bad_date", "'2026-02-30'", None),
    ("customer_birth_date > -24h", "wrong_type", "-24h", None),
    ("number_of_orders BETWEEN 5 AND 1", "bounds_reversed", "5 AND 1", None),
    ("last_order_date BETWEEN today AND -7d", "bounds_reversed", "today AND -7d", None),
    ("customer_name = ‘ann’", "wrong_quote", "‘", "'"),
    ("customer_name = 'ann", "unclosed_text", "'ann", "'ann'"),
    ("customer_name = ann", "missing_quotes", "ann", "'ann'"),
    ("customer_name > 'ann'", "wrong_operator", ">", None),
    ("customer_countries = 'GB'", "wrong_operator", "=", "CONTAINS"),
    ("customer_countries CONTAINS 'GBR'", "bad_form", "'GBR'", None),
    ("customer_name = STORE_AVERAGE", "no_statistic", "STORE_AVERAGE", None),
    ("rfm_group = 'loyal'", "unknown_value", "'loyal'", "'LOYAL'"),
    ("amount_spnt > 5", "unknown_filter", "amount_spnt", "amount_spent"),
    ("total_spent > 5", "unknown_filter", "total_spent", "amount_spent"),
    ("nothing_like_it > 5", "unknown_filter", "nothing_like_it", None),
    ("orders_placed > 5", "function_without_matches", "orders_placed", "orders_placed MATCHES"),
    ("amount_spent MATCHES ()", "attribute_with_matches", "amount_spent", None),
    ("orders_placed MATCHES (coutn > 3)", "unknown_parameter", "coutn", "count"),
    ("orders_placed MATCHES (count > 1, count < 3)", "repeated_parameter", "count", None),
    ("orders_placed(count: 3)", "missing_truth", "orders_placed(count: 3)", None),
    ("orders_placed(count: 3,) = true", "unexpected", ")", None),
    ("orders_placed(date: (today, -9d)) = true", "one_value", "date", None),
    ("orders_placed(until: -9d, until: -1d) = true", "repeated_parameter", "until", None),
    ("last_order_date > 2026-01-01T1:02:03", "bad_date", "2026-01-01T1:02:03", None),
    ("last_order_date > 2026-01-01t01:02:03", "bad_date", "2026-01-01t01:02:03", None),
    ("amount_spent > 12345678901234.12340000000000001", "bad_amount", None, None),
    ("number_of_orders >> 3", "unexpected", ">>", ">"),
    ("a valid question", "unknown_filter", "a", None),
    ("amount_spnt valid question", "unknown_filter", "amount_spnt", "amount_spent"),
    ("customer_cities CONTAINS 'US-NY-New York'", "bad_form", None, "'US-NY-NewYork'"),
    ("customer_regions CONTAINS 'us_ny'", "bad_form", "'us_ny'", "'us-ny'"),
    ("customer.metafields.custom.vip = true", "unknown_filter", None, "metafields.custom.vip"),
    ("customer.tags CONTAINS 'a'", "unknown_filter", "customer.tags", "customer_tags"),
    ("product_tag MATCHES (id = 1)", "unknown_filter", "product_tag", "products_purchased"),
    ("customer.points >= 1", "unknown_filter", "customer.points", "metafields.custom.points"),
    (
        "ordered_product_tag CONTAINS 'a'",
        "unknown_filter",
        "ordered_product_tag",
        "products_purchased MATCHES (tag = …)",
    ),
    (
        "anniversary() MATCHES (date = today)",
        "unexpected",
        "anniversary()",
        "anniversary('customer_birth_date') = today",
    ),
    ("anniversary(5) = today", "unexpected", "5", "'customer_birth_date'"),
    ("anniversary('amount_spent') = today", "not_a_date", "'amount_spent'", None),
    (
        "anniversary('customer_birth_date') BETWEEN today AND +400d",
        "anniversary_too_wide",
        "today AND +400d",
        None,
    ),
    (
        "customer_within_distance MATCHES (distance_km = 5)",
        "missing_parameter",
        "customer_within_distance",
        None,
    ),
    ("number_of_orders > 1; number_of_orders < 2", "several_statements", ";", None),
    ("created_by_app_id = true", "wrong_type", "true", None),
    ("orders_placed MATCHES (discounted = 1)", "wrong_type", "1", "true"),
    ("metafields.custom.size = 1", "unknown_metafield", "metafields.custom.size", None),
    ("predicted_clv > 5 OR number_of_orders = 1", "not_predicted", "predicted_clv", None),
    ("segments CONTAINS 'vpi'", "unknown_segment", "'vpi'", "'VIP'"),
    ("NOT " * 33 + "number_of_orders = 1", "too_deep", "NOT", None),
    ("number_of_orders = 1" + " OR number_of_orders = 1" * 200, "too_many_conditions", None, None),
    ("number_of_orders IN (" + "1," * 5000 + "1)", "too_many_items", "(", None),
    ("a" * 20_001, "too_long", None, None),
]


@pytest.mark.parametrize(
    ("text", "code", "place", "suggestion"), MISTAKES, ids=[case[0][:40] for case in MISTAKES]
)
def test_mistake(text: str, code: str, place: str | None, suggestion: str | None) -> None:
    """The first problem has its code, its exact place and the text to write instead."""
    with pytest.raises(QueryError) as caught:
        bind(text, STORE)
    problem = next(p for p in caught.value.problems if p.code == code)
    if place is not None:
        assert text[problem.start : problem.end] == place
    if suggestion is not None:
        assert problem.suggestion == suggestion


@pytest.mark.parametrize("name", ["customer_countrie", "amount", "xyz", "last_order_dat"])
def test_an_unknown_function_is_no_attribute(name: str) -> None:
    """What is written as a function is never taken for an attribute that looks like it."""
    with pytest.raises(QueryError) as caught:
        bind(f"{name} MATCHES (id = 1)")
    (problem,) = caught.value.problems
    assert problem.code == "unknown_filter"
    assert problem.suggestion is None or problem.suggestion in FUNCTION_NAMES


def test_all_mistakes_at_once() -> None:
    """Mistakes of form and of meaning are reported together, in their order."""
    with pytest.raises(QueryError) as caught:
        bind("amount_spnt > 1 AND last_order_date = 2026-02-30\nOR rfm_group = 'loyal'")
    found = [(p.code, p.line, p.column) for p in caught.value.problems]
    assert found == [("unknown_filter", 1, 0), ("bad_date", 1, 38), ("unknown_value", 2, 15)]


def test_predictions_bind_where_a_model_has_run() -> None:
    """A predicted attribute is taken where there are predictions, and where there is no store
    to ask; else it is refused with what to do, and so is its anniversary."""
    text = "predicted_clv > 5 AND anniversary('expected_next_order_date') = today"
    assert bind(text).notes == ()
    assert bind(text, Names(predictions=True)).root == bind(text).root
    with pytest.raises(QueryError, match="segmentry predict") as caught:
        bind(text, Names())
    assert len(caught.value.problems) == 2


def test_segments_in_a_circle() -> None:
    """QRY-15: a circle of references is refused with the way round."""
    names = Names(
        segments={
            "a": SavedQuery("A", "segments CONTAINS 'B'"),
            "b": SavedQuery("B", "segments CONTAINS 'a'"),
        }
    )
    with pytest.raises(QueryError, match="A -> B -> A"):
        bind("segments CONTAINS 'B'", names, path=("a",))


def test_segments_too_deep() -> None:
    """QRY-15: references go at most ten deep."""
    chain = {f"s{n}": SavedQuery(f"S{n}", f"segments CONTAINS 's{n + 1}'") for n in range(12)} | {
        "s12": SavedQuery("S12", "number_of_orders = 1")
    }
    with pytest.raises(QueryError, match="10 deep"):
        bind("segments CONTAINS 's0'", Names(segments=chain))
    assert bind("segments CONTAINS 's5'", Names(segments=chain)).segments


@pytest.mark.parametrize("length", [11, 50, 500])
def test_a_long_chain_of_segments(length: int) -> None:
    """QRY-15: a chain of any length is refused as too deep, not followed to its end."""
    chain = {
        f"s{n}": SavedQuery(f"S{n}", f"segments CONTAINS 's{n + 1}'") for n in range(length)
    } | {f"s{length}": SavedQuery("Last", "number_of_orders = 1")}
    with pytest.raises(QueryError, match="10 deep"):
        bind("segments CONTAINS 's0'", Names(segments=chain))


def test_what_is_gone_is_an_error() -> None:
    """QRY-15, QRY-16: a segment or metafield that is no longer there is an error in every
    segment that names it, through others too; never a condition that nobody meets."""
    of_size = {"metafields.custom.size": metafield("metafields.custom.size", "number")}
    segments = {
        "big": SavedQuery("Big", "metafields.custom.size > 40"),
        "uses big": SavedQuery("Uses big", "NOT segments CONTAINS 'Big'"),
    }
    text = "segments CONTAINS 'Uses big'"
    assert bind(text, Names(of_size, segments)).segments
    with pytest.raises(QueryError, match=r"'Big' does not work: 'metafields\.custom\.size'"):
        bind(text, Names({}, segments))
    with pytest.raises(QueryError, match="There is no segment 'big'"):
        bind(text, Names(of_size, {"uses big": segments["uses big"]}))


def test_without_a_store_names_are_not_checked() -> None:
    """Metafields and segments are taken as written, with a remark."""
    bound = bind("metafields.a.b > 3 AND segments CONTAINS 'X' AND metafields.c.d = 'e'")
    assert [note.code for note in bound.notes] == ["not_checked"] * 3
