"""What events tell of people: profiles, devices, companies, merges, consent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from .events import Event, call, facts, identify, refused, store, track


def profile(made: Any, customer: str) -> dict[str, Any]:
    """A customer's row."""
    (found,) = [row for row in facts(made, "customers") if row["customer_id"] == customer]
    return found


# -- profiles ---------------------------------------------------------------------------


def test_traits_of_the_spec_fill_the_profile() -> None:
    """Others become metafields of the type that their value has."""
    told = identify(
        "ann",
        "10:00",
        email="Ann@Example.com",
        phone="+44 20 7946 0018",
        firstName="Ann",
        lastName="Lee",
        birthday="1990-05-01T00:00:00Z",
        age=35,
        gender="f",
        createdAt="2020-03-04T00:00:00Z",
        address={"city": "Austin", "state": "tx", "country": "USA", "postalCode": "78701"},
        plan="club",
        visits=4,
        vip=True,
        likes=["tea", "cups"],
        nested={"a": 1},
    )
    with store(told) as made:
        row = profile(made, "shop:ann")
        assert (row["email"], row["email_key"]) == ("Ann@Example.com", "ann@example.com")
        assert (row["phone"], row["name"]) == ("+442079460018", "Ann Lee")
        assert (row["birth_date"], row["age"], row["gender"]) == (date(1990, 5, 1), 35, "f")
        assert row["created_at"] == datetime(2020, 3, 4, tzinfo=UTC)
        (home,) = facts(made, "addresses")
        assert (home["country"], home["region"], home["city"]) == ("US", "US-TX", "Austin")
        assert {metafield.name for metafield in made.metafields} == {
            f"metafields.traits.{key}" for key in ("plan", "visits", "vip", "likes")
        }
        for text in (
            "plan = 'club'",
            "visits > 3",
            "vip = true",
            "likes CONTAINS 'tea'",
        ):
            assert made.query(f"metafields.traits.{text}").ids == ("ann",), text


def test_values_that_do_not_fit_are_left_empty() -> None:
    """The message is taken; the event keeps what was sent."""
    told = identify("ann", "10:00", email="no", phone="x", birthday="soon", age=-1, address="here")
    with store(told) as made:
        row = profile(made, "shop:ann")
        assert [row[name] for name in ("email", "phone", "birth_date", "age")] == [None] * 4
        assert made.query("events MATCHES (name = 'identified', property.email = 'no')").count == 1


def test_each_value_is_the_latest_that_was_said() -> None:
    """Also of two imports of which the later is of an earlier day."""
    late = identify("ann", "12:00", name="Ann", plan="club")
    early = identify("ann", "09:00", name="Anna", plan="none", gender="f")
    for first, second in ((late, early), (early, late)):
        with store(first) as made:
            made.import_events([second])
            row = profile(made, "shop:ann")
            assert (row["name"], row["gender"]) == ("Ann", "f")
            assert row["created_at"] == datetime(2026, 1, 1, 9, tzinfo=UTC)
            assert made.query("metafields.traits.plan = 'club'").count == 1


def test_a_profile_of_another_import_keeps_what_no_event_tells() -> None:
    """Its note, its tags and its other address, too."""
    with store() as made:
        made.load(
            {
                "customers": [{"customer_id": "ann", "name": "Ann", "note": "kind"}],
                "customer_tags": [{"customer_id": "ann", "tag": "vip"}],
                "addresses": [
                    {"customer_id": "ann", "country": "FR", "is_default": True},
                    {"customer_id": "ann", "country": "DE", "is_default": False},
                ],
            },
            source="shop",
        )
        made.import_events([identify("ann", "10:00", gender="f")])
        row = profile(made, "shop:ann")
        assert (row["name"], row["note"], row["gender"]) == ("Ann", "kind", "f")
        assert made.query("customer_tags CONTAINS 'vip'").count == 1
        assert {each["country"] for each in facts(made, "addresses")} == {"FR", "DE"}
        made.import_events([identify("ann", "11:00", address={"country": "GB"})])
        assert {each["country"] for each in facts(made, "addresses")} == {"GB", "DE"}
        assert made.query("customer_tags CONTAINS 'vip'").count == 1
        assert profile(made, "shop:ann") == row


# -- devices ----------------------------------------------------------------------------


def seen(device: str, at: str, event: str = "Product Viewed") -> Event:
    """Something done on a device by nobody who is known."""
    return {**track(event, at, user=None), "anonymousId": device, "messageId": f"{device} {at}"}


def owners(made: Any) -> dict[str, str | None]:
    """Whose each event on a device is."""
    found = facts(made, "events")
    return {row["event_id"]: row["customer_id"] for row in found if row["name"] == "product_viewed"}


def test_what_was_done_on_a_device_is_given_to_who_is_seen_on_it_next() -> None:
    """Within 30 days, exactly; an anonymous device is no customer."""
    events = [seen("d", "01 10:00"), seen("d", "02 10:00"), seen("e", "03 10:00")]
    known = call("identify", "31 10:00", userId="ann", anonymousId="d", traits={})
    known["timestamp"] = "2026-02-01T10:00:00Z"
    with store(*events) as made:
        assert made.live_count() == 0
        made.import_events([known])
        assert owners(made) == {
            "shop:d 01 10:00": None,
            "shop:d 02 10:00": "shop:ann",
            "shop:e 03 10:00": None,
        }


def test_no_event_is_given_to_a_second_person() -> None:
    """On a shared device each has what came before they were seen, in whatever order."""
    events = [
        seen("d", "01 10:00"),
        identify("ann", "02 10:00", device="d"),
        seen("d", "03 10:00"),
        identify("bob", "04 10:00", device="d"),
    ]
    for order in (events, events[::-1]):
        with store() as made:
            for each in order:
                made.import_events([each])
            assert owners(made) == {"shop:d 01 10:00": "shop:ann", "shop:d 03 10:00": "shop:bob"}


def test_a_device_whose_name_has_quotes_is_found_again() -> None:
    """Its name is looked for as JSON writes it."""
    with store(seen('d"\\é', "01 10:00")) as made:
        made.import_events([identify("ann", "02 10:00", device='d"\\é')])
        assert set(owners(made).values()) == {"shop:ann"}


# -- aliases and groups -----------------------------------------------------------------


def alias(previous: str, user: str, at: str) -> Event:
    """That one user, or device, is another user."""
    return call("alias", at, previousId=previous, userId=user)


def test_an_alias_merges_profiles_and_names_devices() -> None:
    """The old profile's facts are the survivor's; the device's events, too."""
    with store(track("x", user="old"), seen("d", "02 10:00")) as made:
        made.import_events([alias("old", "ann", "03 10:00"), alias("d", "ann", "03 10:00")])
        assert made.query("events MATCHES (name = 'x')").ids == ("ann",)
        assert set(owners(made).values()) == {"shop:ann"}
        assert made.live_count() == 1


def test_of_two_aliases_the_earlier_holds_and_none_leads_back() -> None:
    """In whatever order they stand in a file."""
    told = [
        alias("a", "b", "01 10:00"),
        alias("a", "c", "02 10:00"),
        alias("b", "a", "03 10:00"),
        alias("c", "c", "04 10:00"),
    ]
    for order in (told, told[::-1]):
        with store(*order) as made:
            merges = facts(made, "customer_merges")
            assert [(row["customer_id"], row["merged_into"]) for row in merges] == [
                ("shop:a", "shop:b")
            ]
            assert refused(made.import_events([alias("b", "a", "05 10:00")])) == []
            assert facts(made, "customer_merges") == merges


def test_a_group_is_a_company() -> None:
    """With the latest name that was said of it."""
    calls = [
        call("group", f"{day} 10:00", userId="ann", groupId="g", traits={"name": name})
        for day, name in (("02", "New"), ("01", "Old"))
    ]
    with store(calls[0]) as made:
        made.import_events(calls)
        (row,) = facts(made, "companies")
        assert (row["customer_id"], row["name"]) == ("shop:ann", "New")
        assert made.query("companies CONTAINS 'g'").ids == ("ann",)


# -- consent ----------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["Unsubscribed", "Email Marked as Spam"])
def test_events_take_consent_away(event: str) -> None:
    """Of every address that the user was ever known by, whichever comes first."""
    told = [identify("ann", "09:00", email="a@x.test"), track(event, "11:00")]
    later = identify("ann", "12:00", email="b@x.test")
    for first, second in ((told, [later]), ([later], told)):
        with store(*first) as made:
            made.import_events(second)
            acts = {(row["address_key"], row["state"]) for row in facts(made, "consents")}
            assert acts == {("a@x.test", "UNSUBSCRIBED"), ("b@x.test", "UNSUBSCRIBED")}
            assert made.query("email_subscription_status = 'UNSUBSCRIBED'").ids == ("ann",)


def test_an_address_that_is_named_is_the_one_that_is_meant() -> None:
    """A user of two addresses may leave one list."""
    left = {**track("Unsubscribed"), "context": {"traits": {"email": "B@x.test"}}}
    with store(identify("ann", "09:00", email="a@x.test"), left) as made:
        assert [row["address_key"] for row in facts(made, "consents")] == ["b@x.test"]
        assert made.query("email_subscription_status = 'NOT_SUBSCRIBED'").ids == ("ann",)


def test_text_messages_are_left_by_number() -> None:
    """The one given, in its international form, else the user's."""
    given = track("SMS Unsubscribed", phone="020 7946 0018", user="bob")
    with store() as made:
        made.import_events(
            [identify("ann", "09:00", phone="+442079460019"), track("SMS Unsubscribed"), given],
            country="GB",
        )
        assert {(row["customer_id"], row["address_key"]) for row in facts(made, "consents")} == {
            ("shop:ann", "+442079460019"),
            ("shop:bob", "+442079460018"),
        }
