"""Every kind of problem and of remark that a query text can have, by its code.

What is said about one text has its own words, place and fix; this is what all of a kind
have in common. The codes are for programs, and stay the same when the words change.
"""

from __future__ import annotations

PROBLEMS: dict[str, str] = {
    # -- how it is written
    "empty": "There is no condition in the text.",
    "incomplete": "The text ends where something more is needed.",
    "unexpected": "Something stands where it does not belong.",
    "unclosed_bracket": "A bracket is opened and never closed.",
    "unclosed_text": "A text has no closing quote.",
    "wrong_quote": "A curly or double quote stands where texts take a straight single one.",
    "bad_character": "Half a character, such as broken files hold.",
    "several_statements": "There is more than one statement; a query is one, without a semicolon.",
    "missing_quotes": "A text, which stands in quotes, is written without them.",
    "empty_list": "A list has no values, so nothing could be in it.",
    "missing_truth": "A function in its older spelling is compared with neither true nor false.",
    # -- names
    "unknown_filter": "There is no attribute or function of this name.",
    "unknown_metafield": "The store has not declared this metafield.",
    "unknown_parameter": "The function has no parameter of this name.",
    "unknown_segment": "There is no saved segment of this name.",
    "not_predicted": "The attribute is a prediction, and none has been made yet.",
    "function_without_matches": "A function is compared like an attribute; it takes MATCHES (…).",
    "attribute_with_matches": "An attribute is used like a function; it takes an operator.",
    "missing_parameter": "The function needs a parameter that is not there.",
    "repeated_parameter": "A parameter is given twice.",
    # -- operators and values
    "wrong_operator": "What is compared does not take this operator.",
    "compared_with_null": "Something is compared with NULL, which nothing equals.",
    "wrong_type": "The value is of another type than what it is compared with.",
    "one_value": "Several values are given where one belongs.",
    "unknown_value": "The value is not one of the fixed words.",
    "bad_form": "A country, region, city, currency or place is not written in its form.",
    "bounds_reversed": "The lower bound of BETWEEN lies above the upper one.",
    "bad_rank": "The number or share of TOP or BOTTOM makes no sense.",
    "no_statistic": "What is compared has no average and no median.",
    "bad_number": "This is not a number, or one too large.",
    "thousands_mark": "A number has a thousands mark.",
    "money_sign": "An amount has the sign of a currency.",
    "bad_amount": "An amount has too many digits or decimals.",
    "signed_amount": "An amount lies below zero.",
    # -- dates
    "bad_date": "This is not a day or moment of the calendar.",
    "date_out_of_range": "A date lies outside the years that can be asked about.",
    "unsigned_offset": "A date offset says neither - for the past nor + for what is ahead.",
    "offset_out_of_range": "A date offset reaches too far.",
    "not_a_date": "The anniversary of something is asked for that is no date.",
    "anniversary_too_wide": "An anniversary is looked for in more than a year, where all have one.",
    # -- segments that refer to segments
    "broken_segment": "A segment that is referred to has a problem of its own.",
    "segment_cycle": "Segments refer to each other in a circle.",
    "segments_too_deep": "Segments refer to segments, and these to others, too often.",
    "segments_too_large": "The segments that are referred to are too much text together.",
    # -- limits
    "too_long": "The text has too many characters.",
    "too_many_conditions": "The query has too many conditions.",
    "too_many_items": "A list has too many values.",
    "too_deep": "Conditions are nested too deep.",
}
"""What makes a query impossible to answer."""

NOTES: dict[str, str] = {
    "deprecated_form": "An older spelling, with the one that replaces it.",
    "quoted_date": "A date in quotes, which are not needed.",
    "empty_text": "A comparison with an empty text, which asks for a missing value.",
    "not_checked": "A metafield or segment that there is no store to look up in.",
}
"""What is remarked about a query that can be answered all the same."""

WARNINGS: dict[str, str] = {
    "never_true": "A condition, or several together, hold of nobody, whatever the data.",
    "always_true": "A condition, or several together, hold of everybody, whatever the data.",
    "always_true_of_known": "They hold of everybody of whom the value is known.",
    "duplicate_condition": "The same is said twice.",
    "implied_condition": "What is said follows from another condition beside it.",
    "unknown_to_store": "No record of the store has this value.",
    "other_records": "A parameter that is denied asks for another record, not for none.",
    "without_value": "People without a value are left out or included, and how many.",
    "without_records": "People without any such record are included, and how many.",
}
"""What a query hardly means to say, and whom it takes in or leaves out on the quiet."""

PORTABILITY: dict[str, str] = {
    "not_in_shopify": "Shopify has no such filter, function or parameter.",
    "name_not_in_shopify": "Shopify calls it something else.",
    "operator_not_in_shopify": "Shopify has no such operator there.",
    "hours_not_in_shopify": "Shopify counts back whole days.",
    "comment_not_in_shopify": "Shopify has no comments.",
    "too_many_for_shopify": "Shopify takes fewer conditions, or values in a list.",
    "too_long_for_shopify": "Shopify takes fewer characters.",
    "counts_otherwise": "The query runs in Shopify, and counts something else there.",
}
"""Why a query does not run in Shopify as it stands, or means something else there."""
