"""The store's customers: profiles, addresses, tags, companies, interests and consent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import (
    ADDRESSES,
    ATTRIBUTES,
    COMPANIES,
    CONSENTS,
    CUSTOMER_TAGS,
    CUSTOMERS,
)

from . import columns
from .columns import DAY, SECOND, Mask, Whole, few_often, seconds_between, shares, some, words

COUNTRIES = (
    *("GB", "US", "DE", "FR", "NL", "IE", "ES", "IT", "SE", "DK", "BE", "AT", "CH", "NO"),
    *("PL", "PT", "FI", "CA", "AU", "NZ", "JP", "CZ", "GR", "HU", "RO", "SK", "SI", "HR"),
    *("EE", "LV", "LT", "LU", "MT", "CY", "BG", "IS", "SG", "HK", "AE", "ZA"),
)
TAGS = ("vip", "wholesale", "newsletter", "press", *(f"tag-{n:03}" for n in range(196)))
LANGUAGES = ("en", "de", "fr", "nl", "es", "it", "en-US", "sv", "da", "pl")
INTERESTS = ("gardening", "cooking", "running", "travel", "music", "reading", "cycling", "art")
ACCOUNTS = ("ENABLED", "DISABLED", "INVITED", "DECLINED")
GENDERS = ("female", "male", "other")
FIRST_KEY = 6_000_000_000_000
_FIRST_BIRTHDAY, _LAST_BIRTHDAY = -12_000, 13_800
"""Days since 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """What the rest of the store needs of its customers, in the order of their ids."""

    keys: pa.Array
    created_at: Whole
    country: Whole
    email: pa.ChunkedArray
    phone: pa.ChunkedArray
    as_of: int

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.created_at)


def draw_people(random: np.random.Generator, size: int, began: int, as_of: int) -> People:
    """Customers who came in growing numbers from `began` on, the last just before `as_of`."""
    arrived = np.sort(random.random(size)) ** 0.6
    created_at = began + (arrived * (as_of - began) // SECOND).astype(np.int64) * SECOND
    return People(
        columns.keys(FIRST_KEY, size),
        created_at,
        few_often(random, len(COUNTRIES), size),
        _addresses(random, size),
        _phones(random, size),
        as_of,
    )


def _addresses(random: np.random.Generator, size: int) -> pa.ChunkedArray:
    domains = pa.array([f"mail{n:03}.example" for n in range(200)])
    who = pc.binary_join_element_wise("person", pa.array(np.arange(size)).cast(pa.string()), "")
    at = domains.take(pa.array(few_often(random, 200, size)))
    joined = pc.binary_join_element_wise(who, at, "@")
    return pa.chunked_array([_where(some(random, 0.95, size), joined)])


def _phones(random: np.random.Generator, size: int) -> pa.ChunkedArray:
    """Of a country code that no country has."""
    number = pa.array(100_000_000 + np.arange(size)).cast(pa.string())
    joined = pc.binary_join_element_wise("+999", number, "")
    return pa.chunked_array([_where(some(random, 0.4, size), joined)])


def _where(known: Mask, texts: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(known), texts, pa.scalar(None, pa.string()))


def tables(random: np.random.Generator, people: People) -> Mapping[str, pa.Table]:
    """The customers' own tables."""
    return {
        "customers": _customers(random, people),
        "addresses": _places(random, people),
        "customer_tags": _tags(random, people),
        "companies": _companies(random, people),
        "attributes": _interests(random, people),
        "consents": _consents(random, people),
    }


def _customers(random: np.random.Generator, people: People) -> pa.Table:
    size = people.size
    born = random.integers(_FIRST_BIRTHDAY, _LAST_BIRTHDAY, size)
    income = random.lognormal(10.3, 0.5, size).astype(np.int64) * 10_000
    return columns.table(
        CUSTOMERS,
        {
            "customer_id": people.keys,
            "created_at": columns.moments(people.created_at),
            "email": people.email,
            "email_key": people.email,
            "phone": people.phone,
            "language": words(LANGUAGES, _or_none(random, 0.9, few_often(random, 10, size))),
            "account_status": words(
                ACCOUNTS, _or_none(random, 0.8, shares(random, (70, 20, 8, 2), size))
            ),
            "birth_date": columns.numbers(born, some(random, 0.3, size))
            .cast(pa.int32())
            .cast(pa.date32()),
            "income": columns.numbers(income, some(random, 0.1, size)),
            "gender": words(GENDERS, _or_none(random, 0.5, shares(random, (55, 43, 2), size))),
            "internal": pa.array(some(random, 0.001, size)),
            "guest": pa.array(np.zeros(size, np.bool_)),
        },
        size,
    )


def _or_none(random: np.random.Generator, share: float, codes: Whole) -> Whole:
    return np.where(some(random, share, len(codes)), codes, -1)


def _places(random: np.random.Generator, people: People) -> pa.Table:
    """One address of most, another of a few."""
    first = np.flatnonzero(some(random, 0.9, people.size))
    second = first[some(random, 0.06, len(first))]
    owners = np.concatenate([first, second])
    main = np.arange(len(owners)) < len(first)
    elsewhere = few_often(random, len(COUNTRIES), len(owners))
    country = np.where(main, people.country[owners], elsewhere)
    regions = pa.array([f"{code}-{n:02}" for code in COUNTRIES for n in range(10)])
    return columns.table(
        ADDRESSES,
        {
            "customer_id": words(people.keys, owners),
            "country": words(COUNTRIES, country),
            "region": words(regions, country * 10 + few_often(random, 10, len(owners))),
            "city": words([f"City {n}" for n in range(100)], few_often(random, 100, len(owners))),
            "is_default": pa.array(main),
        },
        len(owners),
    )


def _tags(random: np.random.Generator, people: People) -> pa.Table:
    owners = np.repeat(np.arange(people.size), random.poisson(1.0, people.size))
    tag = few_often(random, len(TAGS), len(owners))
    different = np.unique(owners * len(TAGS) + tag)
    owners, tag = np.divmod(different, len(TAGS))
    return columns.table(
        CUSTOMER_TAGS,
        {"customer_id": words(people.keys, owners), "tag": words(TAGS, tag)},
        len(owners),
    )


def _companies(random: np.random.Generator, people: People) -> pa.Table:
    owners = np.flatnonzero(some(random, 0.02, people.size))
    number = random.integers(0, max(1, people.size // 100), len(owners))
    return columns.table(
        COMPANIES,
        {
            "company_id": words(columns.keys(1_000_000, people.size // 100 + 1), number),
            "customer_id": words(people.keys, owners),
        },
        len(owners),
    )


def _interests(random: np.random.Generator, people: People) -> pa.Table:
    """What some said in a survey: two interests each."""
    owners = np.flatnonzero(some(random, 0.15, people.size))
    pairs = [json.dumps([one, two]) for one in INTERESTS for two in INTERESTS if one < two]
    rows = len(owners)
    return columns.table(
        ATTRIBUTES,
        {
            "customer_id": words(people.keys, owners),
            "namespace": words(["profile"], np.zeros(rows, np.int64)),
            "key": words(["interests"], np.zeros(rows, np.int64)),
            "type": words(["list"], np.zeros(rows, np.int64)),
            "value": words(pairs, few_often(random, len(pairs), rows)),
        },
        rows,
    )


# -- consent ----------------------------------------------------------------------------

_ACTS = ("SUBSCRIBED", "PENDING", "UNSUBSCRIBED")


def _consents(random: np.random.Generator, people: People) -> pa.Table:
    """First acts, and of some a second that takes consent back or confirms it."""
    email = _acts(random, people, "EMAIL", people.email, 0.75)
    sms = _acts(random, people, "SMS", people.phone, 0.5)
    return pa.concat_tables([email, sms])


def _acts(
    random: np.random.Generator,
    people: People,
    channel: str,
    address: pa.ChunkedArray,
    share: float,
) -> pa.Table:
    reachable = np.asarray(address.is_valid())
    first = np.flatnonzero(reachable & some(random, share, people.size))
    state = shares(random, (85, 10, 5), len(first))
    latest = np.maximum(people.created_at[first], people.as_of - 2 * DAY)
    acted_at = seconds_between(random, people.created_at[first], latest)
    again = np.flatnonzero((state != 2) & some(random, 0.2, len(first)))
    again = again[acted_at[again] + SECOND < people.as_of]
    later = seconds_between(random, acted_at[again] + SECOND, people.as_of)
    owners = np.concatenate([first, first[again]])
    states = np.concatenate([state, np.where(state[again] == 1, 0, 2)])
    rows = len(owners)
    return columns.table(
        CONSENTS,
        {
            "customer_id": words(people.keys, owners),
            "channel": words([channel], np.zeros(rows, np.int64)),
            "address_key": address.take(pa.array(owners)),
            "state": words(_ACTS, states),
            "acted_at": columns.moments(np.concatenate([acted_at, later])),
            "source": words(["form"], np.zeros(rows, np.int64)),
        },
        rows,
    )
