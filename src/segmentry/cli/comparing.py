"""`segmentry segment overlap | partition | compare`: segments laid over and beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segmentry.cli.completion import segment_names
from segmentry.cli.options import AsOf
from segmentry.cli.segments import segment
from segmentry.cli.session import Session, parse_moment

if TYPE_CHECKING:
    from rich.console import Console

    from segmentry.insights.overlap import Overlap
    from segmentry.insights.partition import Partition
    from segmentry.insights.profile import Breakdown, Having, Profile, SideBySide

Names = Annotated[
    list[str], typer.Argument(help="Names of segments.", autocompletion=segment_names)
]
MaybeNames = Annotated[
    list[str] | None,
    typer.Argument(
        help="Names of segments. Default: all of them.",
        autocompletion=segment_names,
        show_default=False,
    ),
]
_NOT_A_PARTITION = 1


# -- overlap ----------------------------------------------------------------------------


@segment.command()
def overlap(
    context: typer.Context,
    names: MaybeNames = None,
    as_of: AsOf = None,
    only: Annotated[
        str | None,
        typer.Option("--only", help="Look at the members of this one alone.", show_default=False),
    ] = None,
    members: Annotated[
        bool, typer.Option("--members", help="With --only, print their ids, one a line.")
    ] = False,
    top: Annotated[int, typer.Option("--top", help="So many pairs are shown.", min=1)] = 20,
) -> None:
    """Show what segments have in common, the most alike first.

    Example: segmentry segment overlap VIP "Repeat customers" --only VIP --members
    """
    session: Session = context.obj
    if members and only is None:
        raise typer.BadParameter("--members goes with --only.")
    with session.open() as workspace:
        found = workspace.segments.overlap(names or (), as_of=parse_moment(as_of))
        name = None if only is None else workspace.segments[only].name
        ids = None if name is None else found.only(name)
        moment = workspace.local(found.as_of)
    if ids is None:
        session.answer(_overlap_json(found), lambda c: _show_overlap(c, found, moment, top))
    elif session.as_json or not members:
        listed = {"members": list(ids)} if members else {}
        data = {"as_of": found.as_of.isoformat(), "only": name, "count": len(ids)} | listed
        session.say(data, f"Customers in '{name}' only: {len(ids):,}")
    else:
        for each in ids:
            print(each)


def _overlap_json(found: Overlap) -> dict[str, Any]:
    return {
        "as_of": found.as_of.isoformat(),
        "live": found.live,
        "segments": [asdict(each) for each in found.segments],
        "pairs": [asdict(each) | {"jaccard": _number(each.jaccard)} for each in found.pairs],
        "in_exactly": list(found.in_exactly),
        "combinations": [asdict(each) for each in found.combinations],
        "unanswered": list(found.unanswered),
    }


def _show_overlap(console: Console, found: Overlap, moment: str, top: int) -> None:
    from segmentry.cli.tables import share

    rows = [(each.name, f"{each.members:,}", f"{each.only:,}") for each in found.segments]
    _table(console, "", ("Segment", "Members*", "Only here*"), rows)
    rows_of_pairs = [
        (each.one, each.other, f"{each.both:,}", share(each.both, each.either))
        for each in found.pairs[:top]
    ]
    headings = ("Segment", "and", "In both*", "Jaccard*")
    _table(console, "Pairs, the most alike first", headings, rows_of_pairs)
    if len(found.pairs) > top:
        console.print(f"and {len(found.pairs) - top:,} more pairs; --top shows more")
    if found.combinations:
        combined = [(f"{c.customers:,}", " + ".join(c.segments)) for c in found.combinations]
        _table(console, "Combinations", ("Customers*", "In these and in no other"), combined)
    counted = [(str(n), f"{count:,}") for n, count in enumerate(found.in_exactly) if count]
    _table(console, "In how many of them", ("Segments*", "Customers*"), counted)
    for name in found.unanswered:
        console.print(f"Left out, as it cannot be answered: {name}", markup=False)
    console.print(f"of {found.live:,} customers as of {moment}")


def _table(
    console: Console, name: str, headings: Iterable[str], rows: Iterable[Iterable[str]]
) -> None:
    """A table under its title; columns of numbers have a star."""
    from segmentry.cli.tables import Heading, table, title

    if name:
        title(console, name)
    table(console, [Heading(h.rstrip("*"), number=h.endswith("*")) for h in headings], rows)


# -- partition --------------------------------------------------------------------------


@segment.command()
def partition(
    context: typer.Context,
    names: Names,
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            help="The segment to part. Default: all customers.",
            autocompletion=segment_names,
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Say whether segments part the customers, each being in exactly one; exits 1 if not.

    Example: segmentry segment partition "First-time buyers" "Repeat customers" --of Buyers
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.segments.partition(names, of=of, as_of=parse_moment(as_of))
        moment = workspace.local(found.as_of)
    data = asdict(found) | {"as_of": found.as_of.isoformat(), "holds": found.holds}
    session.answer(data, lambda console: _show_partition(console, found, moment))
    if not found.holds:
        raise typer.Exit(_NOT_A_PARTITION)


def _show_partition(console: Console, found: Partition, moment: str) -> None:
    from segmentry.cli.tables import share

    rows = [(e.name, f"{e.members:,}", share(e.members, found.whole)) for e in found.parts]
    _table(console, "", ("Segment", "Members*", "Share*"), rows)
    whole = f"members of '{found.of}'" if found.of else "customers"
    answer = "A partition" if found.holds else "No partition"
    lines = [f"{answer} of {found.whole:,} {whole} as of {moment}"]
    if found.none:
        lines.append(f"In none: {found.none:,} ({_some(found.examples_of_none, found.none)})")
    if found.several:
        examples = (f"{e.customer} in {', '.join(e.segments)}" for e in found.examples_of_several)
        lines.append(f"In several: {found.several:,} ({_some(examples, found.several)})")
    if found.outside:
        lines.append(f"Members of these segments who are not in '{found.of}': {found.outside:,}")
    for line in lines:
        console.print(line, markup=False)


def _some(examples: Iterable[str], of: int) -> str:
    shown = list(examples)
    return ", ".join(shown) + (" and others" if of > len(shown) else "")


# -- side by side -----------------------------------------------------------------------


@segment.command()
def compare(
    context: typer.Context,
    names: Names,
    as_of: AsOf = None,
    top: Annotated[
        int, typer.Option("--top", help="So many products, countries … of each.", min=1)
    ] = 5,
) -> None:
    """Put segments side by side: size, spend, rhythm, reach, what they buy.

    Example: segmentry segment compare VIP "Churn risks"
    """
    session: Session = context.obj
    with session.open() as workspace:
        found = workspace.segments.compare(names, as_of=parse_moment(as_of), most=top)
        currency, moment = workspace.store.currency, workspace.local(found.as_of)
    session.answer(
        _compare_json(found, currency), lambda c: _show_compare(c, found, currency, moment)
    )


def _compare_json(found: SideBySide, currency: str) -> dict[str, Any]:
    return {
        "as_of": found.as_of.isoformat(),
        "currency": currency,
        "profiles": [_profile_json(each) for each in found.profiles],
        "breakdowns": [
            {
                "kind": each.kind,
                "values": [_having_json(found, having) for having in each.values],
            }
            for each in found.breakdowns
        ],
    }


def _profile_json(profile: Profile) -> dict[str, Any]:
    from segmentry.base.money import as_decimal

    amounts = ("mean_spent", "median_spent", "average_order_value")
    numbers = ("share", "orders_per_customer", "days_since_last_order")
    return (
        asdict(profile)
        | {"spent": str(as_decimal(profile.spent))}
        | {name: _exact_money(getattr(profile, name)) for name in amounts}
        | {name: _number(getattr(profile, name)) for name in numbers}
    )


def _having_json(found: SideBySide, having: Having) -> dict[str, Any]:
    places = range(len(found.profiles))
    return {
        "value": having.value,
        "label": having.label,
        "customers": list(having.customers),
        "shares": [_number(found.share(having, at)) for at in places],
        "lifts": [_number(found.lift(having, at)) for at in places],
    }


def _exact_money(amount: Fraction | None) -> str | None:
    """An average as text, rounded half-even to the ten-thousandths that money is exact to."""
    from segmentry.base.money import as_decimal

    return None if amount is None else str(as_decimal(round(amount)))


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)


_FIGURES: tuple[tuple[str, Callable[[Profile, str], str]], ...] = (
    ("Members", lambda p, currency: f"{p.members:,}"),
    ("Share of all", lambda p, currency: _percent(p.share)),
    ("Bought at least once", lambda p, currency: f"{p.buyers:,}"),
    ("Spent, {}", lambda p, currency: _money(Fraction(p.spent), currency)),
    ("  mean", lambda p, currency: _money(p.mean_spent, currency)),
    ("  median", lambda p, currency: _money(p.median_spent, currency)),
    ("Orders per customer", lambda p, currency: _decimal(p.orders_per_customer, 2)),
    ("Average order value, {}", lambda p, currency: _money(p.average_order_value, currency)),
    ("Days since last order, median", lambda p, c: _decimal(p.days_since_last_order, 1)),
    ("Reachable by e-mail", lambda p, currency: f"{p.email_reachable:,}"),
    ("Reachable by SMS", lambda p, currency: f"{p.sms_reachable:,}"),
)
_TITLES = {
    "lifecycle_stage": "Lifecycle stage",
    "rfm_group": "RFM group",
    "country": "Country",
    "product": "Product bought",
    "type": "Product type bought",
    "category": "Product category bought",
    "collection": "Collection bought from",
}


def _show_compare(console: Console, found: SideBySide, currency: str, moment: str) -> None:
    names = [f"{each.name}*" for each in found.profiles]
    rows = [
        (label.format(currency), *(show(each, currency) for each in found.profiles))
        for label, show in _FIGURES
    ]
    _table(console, f"Side by side as of {moment}", ("", *names), rows)
    for breakdown in found.breakdowns:
        if rows_of := list(_breakdown_rows(found, breakdown)):
            console.print()
            _table(console, "", (_TITLES[breakdown.kind], *names), rows_of)
    console.print("x: how many times more usual than in the whole store")


def _breakdown_rows(found: SideBySide, breakdown: Breakdown) -> Iterable[tuple[str, ...]]:
    """A row for each value that somebody has."""
    for having in filter(lambda each: any(each.customers), breakdown.values):
        cells = [_percent(found.share(having, 0))]
        for at in range(1, len(found.profiles)):
            lift = found.lift(having, at)
            times = "" if lift is None else f"  x {float(lift):.1f}"
            cells.append(_percent(found.share(having, at)) + times)
        yield (having.label, *cells)


def _percent(value: Fraction | None) -> str:
    from segmentry.cli.tables import share

    return "-" if value is None else share(value.numerator, value.denominator)


def _money(amount: Fraction | None, currency: str) -> str:
    from segmentry.base.money import as_decimal, format_money

    if amount is None:
        return "-"
    return format_money(as_decimal(amount.numerator) / amount.denominator, currency)


def _decimal(value: Fraction | None, digits: int) -> str:
    return "-" if value is None else f"{float(value):,.{digits}f}"
