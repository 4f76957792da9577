"""Ready-made segments: what ships is whole, fills in safely and says what data it lacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segmentry.base.errors import InternalError, SegmentError
from segmentry.base.quoting import unquote
from segmentry.base.text import text_key
from segmentry.facts.tables import TABLES
from segmentry.query.parser import parse
from segmentry.segments.needs import DATA_KINDS, Place, kinds_held
from segmentry.segments.parameters import TYPES, Parameter, quoted
from segmentry.segments.preset import (
    ADDED_AT_FIRST,
    CATEGORIES,
    Preset,
    fallback,
    find_preset,
    load_presets,
    missing_data,
    read_presets,
)

SETS = {
    "starter": {
        "frequent-buyers": "orders_placed MATCHES (date >= -90d, count > 3)",
        "abandoned-checkouts": "abandoned_checkout_date >= -30d",
        "not-purchased-yet": "number_of_orders = 0",
        "email-subscribers": "email_subscription_status = 'SUBSCRIBED'",
    },
    "store-default": {
        "purchased-at-least-once": "number_of_orders >= 1",
        "repeat-customers": "number_of_orders >= 2",
        "not-purchased-yet": "number_of_orders = 0",
        "email-subscribers": "email_subscription_status = 'SUBSCRIBED'",
        "abandoned-checkouts": "abandoned_checkout_date >= -30d",
    },
    "e-commerce": {
        "churn-risks": "number_of_orders >= 1 AND last_order_date < -180d "
        "AND NOT (last_active_date >= -180d)",
        "prospective-buyers": "number_of_orders = 0 AND "
        "(email_subscription_status = 'SUBSCRIBED' OR last_active_date >= -30d)",
        "vip-customers": "amount_spent IN TOP 10% AND number_of_orders >= 3 "
        "AND last_order_date >= -120d",
        "winback-opportunities": "number_of_orders >= 1 AND last_order_date < -180d "
        "AND last_active_date >= -180d",
        "repeat-customers": "number_of_orders >= 2",
    },
    "lifecycle": {
        "first-time-buyers": "lifecycle_stage = 'FIRST_TIME_BUYER'",
        "repeat-customers": "number_of_orders >= 2",
        "active-repeat": "number_of_orders >= 2 AND order_gap_ratio < 1",
        "at-risk-repeat": "number_of_orders >= 2 AND order_gap_ratio >= 1 AND order_gap_ratio < 3",
        "inactive-repeat": "number_of_orders >= 2 AND order_gap_ratio >= 3",
        "potential-buyers": "lifecycle_stage = 'POTENTIAL_BUYER'",
    },
    "guide": {
        "first-time-buyers-last-30-days": "number_of_orders = 1 AND first_order_date >= -30d",
        "three-or-more-purchases": "number_of_orders >= 3",
        "abandoned-cart-last-24-hours": "checkouts_abandoned MATCHES (date >= -24h)",
        "viewed-not-bought": "storefront.product_viewed MATCHES (id = {product}, date >= -30d) "
        "AND products_purchased NOT MATCHES (id = {product}, date >= -30d)",
        "vip-top-10-percent": "amount_spent IN TOP 10%",
    },
}
"""The five sets: their presets and the rule of each."""

TEMPLATES = {
    "birthday-next-30-days": "anniversary('customer_birth_date') BETWEEN today AND +30d",
    "discount-hunters": "discounted_order_share >= 0.5 AND number_of_orders >= 2",
    "high-value-subscribers": "predicted_spend_tier = 'HIGH' "
    "AND email_subscription_status = 'SUBSCRIBED'",
    "lapsed": "number_of_orders >= 1 AND last_order_date < -8m",
    "one-and-done": "number_of_orders = 1 AND last_order_date < -60d",
    "new-this-month": "customer_added_date >= -1m",
    "business-customers": "companies IS NOT NULL",
}

FUNCTIONS_AND_NEEDS = {
    r"orders_placed|number_of_orders|order_value|amount_spent|_order_date|order_gap": "orders",
    "email_subscription": "email_consent",
    "sms_subscription": "sms_consent",
    "products_purchased": "order_lines",
    "category =|vendor =": "products",
    "checkout": "checkouts",
    r"storefront\.": "storefront_events",
    r"email\.": "email_events",
    r"sms\.": "sms_events",
    "discounted": "discounts",
    "refunds": "refunds",
    "predicted|churn_risk|expected": "predictions",
    "customer_regions": "regions",
    "companies": "companies",
    "customer_interests|customer_values": "survey_answers",
}
"""What a query mentions, and a kind of data its preset must then need."""

ALL = load_presets()
MINIMAL = """\
name = "One"
category = ["guide"]
order = 1
purpose = "Somebody."
query = "number_of_orders = {count}"
strategy = "Write."
needs = ["orders"]
source = "Test"

[parameters.count]
type = "whole"
label = "how many"
default = "1"
"""


def one_line(query: str) -> str:
    return " ".join(query.split())


def sample_values(preset: Preset) -> dict[str, str]:
    return {p.name: p.default or p.example or "" for p in preset.parameters}


def every_query() -> list[tuple[str, str]]:
    return [
        (f"{preset.id} {variant or ''}".strip(), preset.text(sample_values(preset), variant))
        for preset in ALL
        for variant in (None, *(v.name for v in preset.variants))
    ]


def read_with(folder: Path, **files: str) -> tuple[Preset, ...]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return read_presets(folder)


@pytest.mark.parametrize("category", SETS)
def test_each_set_has_exactly_its_presets(category: str) -> None:
    """The five sets hold the presets they promise, each with its exact rule."""
    found = {p.id: one_line(p.query) for p in ALL if category in p.categories}
    assert found == SETS[category]


@pytest.mark.parametrize("preset_id", TEMPLATES)
def test_named_templates_keep_their_rule(preset_id: str) -> None:
    """A template with a written rule follows it to the letter."""
    assert one_line(find_preset(preset_id).query) == TEMPLATES[preset_id]


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_offers_at_least_three(category: str) -> None:
    """No type of segmentation is left with fewer than three templates."""
    assert sum(category in p.categories for p in ALL) >= 3


def test_average_order_value_presets_part_all_buyers() -> None:
    """High, mid and low meet without a gap: each bound is in exactly one of them."""
    bounds = {
        name: re.findall(r"(>=|<) ([0-9.]+) \* STORE_AVERAGE", find_preset(name).query)
        for name in (
            "high-average-order-value",
            "mid-average-order-value",
            "low-average-order-value",
        )
    }
    assert list(bounds.values()) == [
        [(">=", "1.25")],
        [(">=", "0.75"), ("<", "1.25")],
        [("<", "0.75")],
    ]


def test_names_and_orders_are_unique() -> None:
    """A name, in any case, leads to one preset; a table has one order."""
    names = [name for p in ALL for name in {text_key(n) for n in p.names}]
    assert len(names) == len(set(names))
    assert [p.order for p in ALL] == sorted({p.order for p in ALL})


@pytest.mark.parametrize(("title", "query"), every_query())
def test_every_query_parses_without_a_note(title: str, query: str) -> None:
    """Presets are written in the present form of the language."""
    assert parse(query).notes == (), title


@pytest.mark.parametrize("preset", ALL, ids=lambda p: p.id)
def test_needs_follow_from_the_query(preset: Preset) -> None:
    """What a query mentions is among the data it says it needs."""
    needed = {kind for need in preset.needs for kind in need.split(" or ")}
    for pattern, kind in FUNCTIONS_AND_NEEDS.items():
        assert kind in needed or not re.search(pattern, preset.query), pattern


@pytest.mark.parametrize("preset", ALL, ids=lambda p: p.id)
def test_words_are_plain(preset: Preset) -> None:
    """Texts are sentences without exclamation marks; a strategy has a goal and a message."""
    for text in (preset.purpose, preset.strategy, *(v.note for v in preset.variants)):
        assert text.endswith(".")
        assert "!" not in text
    assert preset.strategy.count(". ") >= 1


def test_first_sets_are_categories() -> None:
    """The sets added on a first import exist."""
    assert set(CATEGORIES) >= ADDED_AT_FIRST


def test_every_kind_of_data_has_a_home() -> None:
    """Kinds name canonical tables and columns that exist, and each is used by a preset."""
    used = {
        kind
        for p in ALL
        for needs in (p.needs, *(v.needs for v in p.variants))
        for need in needs
        for kind in need.split(" or ")
    }
    assert used == set(DATA_KINDS)
    assert DATA_KINDS["discounts"].tables == ("orders", "order_discounts")
    for kind in DATA_KINDS.values():
        for place in kind.places:
            columns = {column.name for column in TABLES[place.table].columns}
            assert columns >= set(place.columns)


def test_kinds_held_asks_each_place() -> None:
    """A kind is held as soon as one of its places is filled."""
    held = kinds_held(lambda place: place == Place("order_discounts"))
    assert held == {"discounts"}


def test_defaults_fill_in() -> None:
    """Parameters with a default need no value, and a given value replaces it."""
    preset = find_preset("age-group")
    assert preset.text({}) == "customer_age BETWEEN 25 AND 34"
    assert preset.text({"to": "40"}) == "customer_age BETWEEN 25 AND 40"


def test_a_gap_without_a_value_is_refused() -> None:
    """The error names the parameter and says how to set it."""
    with pytest.raises(SegmentError, match=r"needs a value for product.*product=123"):
        find_preset("viewed-not-bought").text({})


def test_an_unknown_parameter_is_refused() -> None:
    """A misspelt parameter is not ignored."""
    with pytest.raises(SegmentError, match=r"no parameter produkt\. Its parameters: product"):
        find_preset("viewed-not-bought").text({"produkt": "1"})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "  "),
        ("text", "a\nb"),
        ("texts", "a,,b"),
        ("number", "-5"),
        ("number", "1,000"),
        ("number", "12 OR number_of_orders = 0"),
        ("number", "٣"),
        ("whole", "2.5"),
        ("id", ""),
        ("coordinates", "91,0"),
        ("coordinates", "51.5"),
        ("coordinates", "0,181"),
    ],
)
def test_values_that_do_not_fit_are_refused(kind: str, value: str) -> None:
    """The error names the parameter and what it takes."""
    parameter = Parameter("gap", kind, "a gap")
    with pytest.raises(SegmentError, match=re.escape(f"must be {TYPES[kind].wanted}")):
        parameter.literal(value)


@pytest.mark.parametrize(
    ("kind", "value", "literal"),
    [
        ("text", "O'Neill", "'O''Neill'"),
        ("texts", "US-NY, US-NJ", "'US-NY', 'US-NJ'"),
        ("number", " 12.50 ", "12.50"),
        ("id", "123", "123"),
        ("id", "0123", "'0123'"),
        ("id", "18446744073709551616", "'18446744073709551616'"),
        ("id", "shopify:1", "'shopify:1'"),
        ("coordinates", "51.5, -0.12", "'51.5,-0.12'"),
    ],
)
def test_values_become_literals(kind: str, value: str, literal: str) -> None:
    """Each type is written as the language writes it."""
    assert Parameter("gap", kind, "a gap").literal(value) == literal


@pytest.mark.parametrize(
    "text", ["it's", "\\", "\\'", "a\\' OR number_of_orders = 0 --", "''", "{x}"]
)
def test_quoting_cannot_be_left(text: str) -> None:
    """Whatever is typed comes back as one text and leaves the query around it alone."""
    assert unquote(quoted(text)) == text
    query = find_preset("gender").text({"gender": text})
    assert query == f"customer_gender = {quoted(text)}"
    parse(query)


def test_missing_data_is_told_in_words() -> None:
    """What is lacking is named as a person would, alternatives together."""
    preset = find_preset("viewed-not-bought")
    assert missing_data(preset, {"orders", "order_lines"}) == ("storefront events",)
    assert missing_data(preset, set(preset.needs)) == ()
    prospective = find_preset("Prospective buyers")
    assert missing_data(prospective, {"customers", "orders", "checkouts"}) == ()
    assert missing_data(prospective, {"customers", "orders"}) == (
        "e-mail consent or storefront events or e-mail clicks or checkouts",
    )


def test_winback_falls_back_to_subscribers() -> None:
    """Without events, still being subscribed stands in for still being active."""
    preset = find_preset("winback-opportunities")
    variant = fallback(preset, {"orders", "email_consent"})
    assert variant is not None
    assert variant.name == "subscribers"
    assert "email_subscription_status" in preset.text({}, variant.name)
    assert fallback(preset, {"orders"}) is None


def test_unknown_names_are_refused() -> None:
    """A preset or variant that does not exist is an error that says so."""
    with pytest.raises(SegmentError, match="no preset called 'nobody'"):
        find_preset("nobody")
    with pytest.raises(SegmentError, match=r"no variant 'x'\. It has: adaptive, quiet"):
        find_preset("churn-risks").text({}, "x")


def test_presets_are_found_by_any_name() -> None:
    """Id, name and other names lead to the same preset, in any case."""
    assert find_preset("B2B") is find_preset("BUSINESS customers")
    assert find_preset("purchased more than once").id == "repeat-customers"


def test_a_well_formed_file_is_read(tmp_path: Path) -> None:
    """The smallest file with a parameter."""
    (preset,) = read_with(tmp_path, one=MINIMAL)
    assert (preset.id, preset.text({})) == ("one", "number_of_orders = 1")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "One"\n', "", "name must be a text"),
        ('name = "One"', "name = 1", "name must be a text"),
        ("order = 1", "order = true", "order must be a whole number"),
        ('["orders"]', '"orders"', "needs must be a list of texts"),
        ('["orders"]', '["order"]', "unknown need 'order'"),
        ('["orders"]', "[]", "no need"),
        ('["guide"]', '["guides"]', "unknown category 'guides'"),
        ('source = "Test"', 'source = "Test"\ncolour = "red"', "unknown colour"),
        (
            'source = "Test"',
            'source = "Test"\nvariants = "x"',
            r"variants must be \[\[variants\]\]",
        ),
        ('type = "whole"', 'type = "date"', "unknown parameter type 'date'"),
        ('default = "1"', 'default = "one"', "count .* must be a whole number"),
        ('default = "1"', "", "neither a default nor an example"),
        ("{count}", "{amount}", "'amount' is not declared"),
        ("{count}", "1", "'count' is not used"),
        ("[parameters.count]", "[parameters]", r"parameters must be \[parameters.NAME\]"),
        ("order = 1", "order = ", "Invalid value"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A fault in a shipped file is ours: the error names the file and what is wrong."""
    with pytest.raises(InternalError, match=rf"(?s)Preset file one\.toml: .*{says}"):
        read_with(tmp_path, one=MINIMAL.replace(old, new))


def test_a_name_used_twice_is_a_fault(tmp_path: Path) -> None:
    """Names are compared without case, other names and ids included."""
    with pytest.raises(InternalError, match=r"the name '(ONE|One)' is used twice"):
        read_with(tmp_path, a=MINIMAL, b=MINIMAL.replace('"One"', '"ONE"'))


def test_two_variants_of_one_name_are_a_fault(tmp_path: Path) -> None:
    """A variant is chosen by name, so the name must be its own."""
    variant = '\n[[variants]]\nname = "v"\nquery = "a = 1"\nneeds = ["orders"]\nnote = "N."\n'
    with pytest.raises(InternalError, match="two variants have one name"):
        read_with(tmp_path, one=MINIMAL + variant * 2)


def test_a_badly_named_file_is_a_fault(tmp_path: Path) -> None:
    """File names are ids, which people type."""
    with pytest.raises(InternalError, match="small letters"):
        read_with(tmp_path, One_Two=MINIMAL)
