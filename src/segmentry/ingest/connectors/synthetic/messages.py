"""Consent, and the e-mails and text messages sent to those who gave it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segmentry.facts.tables import CONSENTS, CUSTOMERS, MOMENT
from segmentry.ingest.connectors.synthetic.happenings import SOURCE, Happenings
from segmentry.ingest.connectors.synthetic.shop import DAY, HOUR, MINUTE, Shop, Texts, Whole

_Share = npt.NDArray[np.float64]

_PHONES = 1_000
"""Numbers that the regulator of the country keeps for stories: 07700 900000 and on."""

_EARLY = 0.75
"""How many subscribe when they first come; the others at some time after."""

_NEVER_OPENS = 0.4


@dataclass(frozen=True, slots=True)
class _Channel:
    """How a channel is used: by how many of those who could, how often, and what becomes of
    messages, as shares of those sent or (`clicked`, `taken_back`) of those that arrived."""

    name: str
    prefix: str
    subscribed: float
    every: int
    lost: float
    lost_as: str
    clicked: float
    taken_back: float


_EMAIL = _Channel("EMAIL", "email", 0.62, 28 * DAY, 0.004, "bounced", 0.3, 0.003)
_SMS = _Channel("SMS", "sms", 0.9, 56 * DAY, 0.01, "failed", 0.08, 0.004)


@dataclass(frozen=True, slots=True)
class Messages:
    """Profiles with the made-up addresses, acts of consent, what became of messages."""

    customers: pa.Table
    consents: pa.Table
    happenings: list[Happenings]


@dataclass(frozen=True, slots=True)
class _Acts:
    """Acts of consent by customers' numbers."""

    customer: Whole
    at: Whole
    state: str


def messages(customers: pa.Table, shop: Shop, draw: np.random.Generator) -> Messages:
    """What was sent to whom. `customers` are the real profiles, which have no addresses."""
    emails = np.array([f"{_own(each)}@synthetic.example" for each in shop.customers], object)
    texting = np.sort(draw.permutation(len(shop.customers))[:_PHONES])
    phones = np.full(len(shop.customers), None, dtype=object)
    phones[texting] = [f"+447700900{number:03}" for number in range(len(texting))]
    everybody = np.arange(len(shop.customers))
    by_mail, mailed = _channel(_EMAIL, everybody, shop, draw)
    by_text, texted = _channel(_SMS, texting, shop, draw)
    return Messages(
        _profiles(customers, emails, phones),
        pa.concat_tables(
            [_consents(_EMAIL, by_mail, shop, emails), _consents(_SMS, by_text, shop, phones)]
        ),
        [*mailed, *texted],
    )


def _own(customer: str) -> str:
    return customer.partition(":")[2]


def _profiles(customers: pa.Table, emails: Texts, phones: Texts) -> pa.Table:
    """The profiles as they are, with addresses that no mail can reach."""
    found = customers.sort_by("customer_id")
    for name, values in (("email", emails), ("email_key", emails), ("phone", phones)):
        field = CUSTOMERS.schema.field(name)
        found = found.set_column(
            found.schema.get_field_index(name), field, [pa.array(values, pa.string())]
        )
    return found


def _consents(channel: _Channel, acts: list[_Acts], shop: Shop, addresses: Texts) -> pa.Table:
    parts = [
        pa.table(
            {
                "customer_id": pa.array(shop.customers[each.customer], pa.string()),
                "channel": pa.array([channel.name] * len(each.at), pa.string()),
                "address_key": pa.array(addresses[each.customer], pa.string()),
                "state": pa.array([each.state] * len(each.at), pa.string()),
                "acted_at": pa.array(each.at).cast(MOMENT),
                "source": pa.array([SOURCE] * len(each.at), pa.string()),
                "proof": pa.nulls(len(each.at), pa.string()),
            },
            schema=CONSENTS.schema,
        )
        for each in acts
    ]
    return pa.concat_tables(parts)


# -- one channel ------------------------------------------------------------------------


def _channel(
    channel: _Channel, able: Whole, shop: Shop, draw: np.random.Generator
) -> tuple[list[_Acts], list[Happenings]]:
    """Who subscribed when, and what became of each campaign, one after the other: whoever
    leaves gets no more."""
    who = able[draw.random(len(able)) < channel.subscribed]
    since = _since(shop, who, draw)
    until = np.full(len(who), shop.ends + 1)
    keen = np.where(draw.random(len(who)) < _NEVER_OPENS, 0, draw.beta(2, 3, len(who)))
    acts = [_Acts(who, since, "SUBSCRIBED")]
    happenings: list[Happenings] = []
    for at in _campaigns(channel, shop):
        reached = np.flatnonzero((since < at) & (until > at))
        sent = _campaign(channel, at, who[reached], keen[reached], draw)
        happenings += sent.happenings
        acts += sent.acts
        until[np.isin(who, sent.lost)] = at
    return acts, happenings


def _since(shop: Shop, who: Whole, draw: np.random.Generator) -> Whole:
    first = shop.first[who]
    later = first + (draw.random(len(who)) * (shop.ends - first)).astype(np.int64)
    early = np.minimum(first + draw.integers(1, 60, len(who)) * MINUTE, shop.ends)
    found: Whole = np.where(draw.random(len(who)) < _EARLY, early, later)
    return found


def _campaigns(channel: _Channel, shop: Shop) -> list[int]:
    """The moments of the campaigns, the last three days before the data end."""
    last = shop.ends - 3 * DAY
    return list(range(last, shop.begins, -channel.every))[::-1]


@dataclass(frozen=True, slots=True)
class _Sent:
    happenings: list[Happenings]
    acts: list[_Acts]
    lost: Whole


def _campaign(
    channel: _Channel, at: int, who: Whole, keen: _Share, draw: np.random.Generator
) -> _Sent:
    chance = draw.random((6, len(who)))
    arrived = chance[0] >= channel.lost
    opened = arrived & (chance[1] < keen)
    clicked = arrived & (chance[2] < channel.clicked) & (opened if channel is _EMAIL else arrived)
    left = arrived & (chance[3] < channel.taken_back)
    complained = opened & ~left & (chance[4] < channel.taken_back / 4)
    delay = (draw.exponential(6 * HOUR, len(who))).astype(np.int64) + 5 * MINUTE
    name = np.full(len(who), f"{SOURCE}:{channel.prefix}-{at // DAY}", dtype=object)

    def those(wanted: npt.NDArray[np.bool_], kind: str, after: Whole | int) -> Happenings:
        moments = np.broadcast_to(at + after, len(who))[wanted].astype(np.int64)
        return Happenings(f"{channel.prefix}.{kind}", who[wanted], moments, campaign=name[wanted])

    happenings = [
        those(arrived, "delivered", MINUTE),
        those(~arrived, channel.lost_as, MINUTE),
        those(clicked, "clicked", delay + MINUTE),
        those(left, "unsubscribed", delay + 2 * MINUTE),
    ]
    if channel is _EMAIL:
        happenings += [
            those(opened, "opened", delay),
            those(complained, "marked_as_spam", delay + 2 * MINUTE),
        ]
        gone = left | complained
        bounced = [_Acts(who[~arrived], np.full((~arrived).sum(), at + MINUTE), "INVALID")]
    else:
        gone, bounced = left, []
    away = _Acts(who[gone], (at + delay + 2 * MINUTE)[gone], "UNSUBSCRIBED")
    return _Sent(happenings, [away, *bounced], who[gone | ~arrived if bounced else gone])
