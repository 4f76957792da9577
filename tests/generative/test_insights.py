"""What is said of several segments is what a plain count of their members says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.insights.movement import GROUPS, NOT_THERE, UNPLACED
from segmentry.insights.profile import Profile
from segmentry.query.dates import local_day

from . import queries
from .crowds import make_crowd
from .plain_purchases import plain_purchases
from .stores import MadeUpStore, opened, stores
from .test_engines_agree import OFFER

few = settings(max_examples=max(3, settings().max_examples // 13))
Sets = dict[str, frozenset[str]]


def _saved(workspace: sg.Workspace, texts: Iterable[str], store: MadeUpStore) -> Sets:
    """Segments of these queries, and the members of each."""
    names = [workspace.segments.add(f"S{n}", text).name for n, text in enumerate(texts)]
    return {
        name: frozenset(workspace.segments[name].result(as_of=store.as_of).ids) for name in names
    }


_TEXTS = st.lists(queries.valid(OFFER, most=3), min_size=2, max_size=5)


@few
@given(stores(), _TEXTS)
def test_overlap_is_that_of_sets(store: MadeUpStore, texts: list[str]) -> None:
    """Members, pairs, combinations, who is only here and who is in how many."""
    with opened(store) as workspace:
        sets = _saved(workspace, texts, store)
        live = workspace.values("number_of_orders", as_of=store.as_of)
        found = workspace.segments.overlap(list(sets), as_of=store.as_of)
        depth = Counter(sum(each in members for members in sets.values()) for each in live)
        assert found.live == len(live)
        assert found.in_exactly == tuple(depth[n] for n in range(len(sets) + 1))
        for each in found.segments:
            others = frozenset().union(*(m for name, m in sets.items() if name != each.name))
            only = sets[each.name] - others
            assert (each.members, each.only) == (len(sets[each.name]), len(only))
            assert found.only(each.name) == tuple(sorted(only))
        assert {(p.one, p.other) for p in found.pairs} == set(combinations(sets, 2))
        for pair in found.pairs:
            one, other = sets[pair.one], sets[pair.other]
            assert (pair.both, pair.either) == (len(one & other), len(one | other))
        alike = [pair.jaccard or 0 for pair in found.pairs]
        assert alike == sorted(alike, reverse=True)
        cells = Counter(tuple(n for n, m in sets.items() if each in m) for each in live)
        del cells[()]
        assert {c.segments: c.customers for c in found.combinations} == dict(cells)


@few
@given(stores(), _TEXTS, st.booleans())
def test_a_partition_is_one_of_sets(store: MadeUpStore, texts: list[str], part: bool) -> None:
    """Each is in exactly one or the partition does not hold; of all or of a segment."""
    with opened(store) as workspace:
        sets = _saved(workspace, texts, store)
        names, of = list(sets)[part:], next(iter(sets)) if part else None
        live = frozenset(workspace.values("number_of_orders", as_of=store.as_of))
        whole = live if of is None else sets[of]
        found = workspace.segments.partition(names, of=of, as_of=store.as_of)
        inside = {each: [name for name in names if each in sets[name]] for each in live}
        none = sorted(each for each in whole if not inside[each])
        several = sorted(each for each in whole if len(inside[each]) > 1)
        assert (found.whole, found.none, found.several) == (len(whole), len(none), len(several))
        assert found.outside == sum(bool(inside[each]) for each in live - whole)
        assert list(found.examples_of_none) == none[:5]
        examples = [(each.customer, list(each.segments)) for each in found.examples_of_several]
        assert examples == [(each, inside[each]) for each in several[:5]]
        assert found.holds == (not none and not several)


@few
@given(stores(), queries.valid(OFFER, most=3))
def test_a_segment_and_all_others_are_a_partition(store: MadeUpStore, text: str) -> None:
    """Whoever is no member is among the others."""
    with opened(store) as workspace:
        saved = workspace.segments.add("S", text)
        workspace.segments.add("Others", "NOT (segments CONTAINS 'S')")
        others = saved.others(as_of=store.as_of)
        assert others.ids == workspace.segments["Others"].result(as_of=store.as_of).ids
        assert workspace.segments.partition(["S", "Others"], as_of=store.as_of).holds


# -- side by side -----------------------------------------------------------------------


def assert_plain(workspace: sg.Workspace, as_of: datetime, sets: Sets) -> None:
    """Every figure of segments side by side is that of the attributes and of the facts."""
    found = workspace.segments.compare(list(sets), as_of=as_of, most=100_000)
    values = {
        name: workspace.values(name, as_of=as_of)
        for name in ("email_reachable", "sms_reachable", "customer_countries", *GROUPS)
    }
    live = frozenset(values["email_reachable"])
    done = {
        workspace._shown(key): bought for key, bought in plain_purchases(workspace, as_of).items()
    }
    today = local_day(as_of, workspace.store.zone)
    groups = [live, *sets.values()]
    for profile, members in zip(found.profiles, groups, strict=True):
        spent = [done[each].spent if each in done else 0 for each in members]
        orders = sum(len(done[each].ordered_at) for each in members & done.keys())
        last = [max(done[each].ordered_at) for each in members & done.keys()]
        days = [(today - local_day(moment, workspace.store.zone)).days for moment in last]
        reached = (
            sum(bool(values[n][c]) for c in members) for n in ("email_reachable", "sms_reachable")
        )
        assert profile == Profile(
            profile.name,
            len(members),
            _ratio(len(members), len(live)),
            len(days),
            orders,
            sum(spent),
            _ratio(sum(spent), len(members)),
            Fraction(median(map(Fraction, spent))) if spent else None,
            _ratio(orders, len(members)),
            _ratio(sum(spent), orders),
            Fraction(median(map(Fraction, days))) if days else None,
            *reached,
        )
    having = {
        str(each.kind): {h.value: h.customers for h in each.values} for each in found.breakdowns
    }
    for kind, name in (
        ("country", "customer_countries"),
        ("rfm_group",) * 2,
        ("lifecycle_stage",) * 2,
    ):
        own = [Counter(v for each in m for v in _several(values[name][each])) for m in groups]
        seen = {value: counts for value, counts in having[kind].items() if any(counts[1:])}
        assert seen == {v: tuple(c[v] for c in own) for v in set().union(*own[1:])}
    own = [Counter(p for each in m & done.keys() for p in done[each].products) for m in groups]
    assert having.get("product", {}) == {v: tuple(c[v] for c in own) for v in set().union(*own[1:])}
    for each in found.breakdowns:
        for one in each.values:
            assert found.share(one, 0) == _ratio(one.customers[0], len(live))
            if one.customers[0] and found.profiles[1].members:
                share = Fraction(one.customers[1], found.profiles[1].members)
                assert found.lift(one, 1) == share / Fraction(one.customers[0], len(live))


def _ratio(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def _several(value: object) -> frozenset[object]:
    if value is None:
        return frozenset()
    return value if isinstance(value, frozenset) else frozenset({value})


@few
@given(stores(), st.lists(queries.valid(OFFER, most=3), min_size=1, max_size=3))
def test_side_by_side_is_a_plain_count(store: MadeUpStore, texts: list[str]) -> None:
    """On small stores, every figure."""
    with opened(store) as workspace:
        assert_plain(workspace, store.as_of, _saved(workspace, texts, store))


@few
@given(st.integers(0, 2**32))
def test_side_by_side_of_a_crowd(seed: int) -> None:
    """On stores with returns of lines, gift cards and products that only their sku names."""
    store = make_crowd(seed, 60)
    with opened(store) as workspace:
        texts = ["number_of_orders > 1", "amount_spent > 10", "email_reachable = true"]
        assert_plain(workspace, store.as_of, _saved(workspace, texts, store))


# -- movement ---------------------------------------------------------------------------


@few
@given(stores(), st.integers(0, 500), st.sampled_from(sorted(GROUPS)))
def test_movement_adds_up(store: MadeUpStore, days: int, attribute: str) -> None:
    """Rows add up to the groups at the first moment, columns to those at the last."""
    with opened(store) as workspace:
        since = store.as_of - timedelta(days)
        found = workspace.movement(attribute, since, store.as_of)
        one, other = (workspace.values(attribute, as_of=moment) for moment in (since, store.as_of))
        for counts, values, all_ in ((found.before, one, other), (found.after, other, one)):
            groups = Counter(values.values())
            expected = {name: groups[name] for name in GROUPS[attribute]}
            gone = {UNPLACED: groups[None], NOT_THERE: len(all_.keys() - values.keys())}
            assert counts == expected | gone
        moved = Counter((one[each], other[each]) for each in one.keys() & other.keys())
        for (before, after), customers in moved.items():
            assert found.count(str(before or UNPLACED), str(after or UNPLACED)) == customers


def test_movement_of_a_ranked_store() -> None:
    """Where there are buyers enough to rank, people move from group to group, and come."""
    store = make_crowd(1, 120)
    with opened(store) as workspace:
        found = workspace.movement("rfm_group", store.as_of - timedelta(200), store.as_of)
        grouping = workspace.rfm(as_of=store.as_of)
        assert found.after[NOT_THERE] == 0 < found.before[NOT_THERE]
        expected = {group.name: group.members for group in grouping.groups}
        assert {name: found.after[name] for name in expected} == expected
        assert any(a != b and found.count(a, b) for a in expected for b in expected)
