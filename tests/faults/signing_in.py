"""`make faults`: whether the time of a refusal tells what was wrong.

    python -m tests.faults.signing_in [--times N] [--seed N]

Signing in as a user that there is and as one that there is not, and tokens of which the first
or the last secret character is wrong, so often each in a random order. Ends with 1 where one
kind takes longer than the other by more than a millisecond, beyond what chance does once in a
thousand.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from random import Random
from time import perf_counter

import segmentry as sg
from segmentry.access import Caller
from segmentry.access.random_text import ID_LENGTH
from segmentry.access.setup import FirstAdmin
from segmentry.access.signing_in import Credentials
from segmentry.access.tokens import PREFIX
from segmentry.base.errors import NotSignedIn

LARGEST = 0.001
"""So many seconds may one kind take longer than the other."""

_UNLIKELY = 3.29
"""So many standard errors a difference is beyond once in a thousand times, to either side."""

_KEPT = 0.9
"""The slowest tenth is left out of each kind: something else had the computer."""

Refused = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Compared:
    """How long two kinds of refusals took, in seconds."""

    one: Sequence[float]
    other: Sequence[float]

    @property
    def difference(self) -> float:
        """How much longer the one took, on average."""
        return statistics.fmean(_kept(self.one)) - statistics.fmean(_kept(self.other))

    @property
    def error(self) -> float:
        """How far that is off by chance."""
        kept = (_kept(self.one), _kept(self.other))
        return sqrt(sum(statistics.variance(each) / len(each) for each in kept))

    @property
    def tells(self) -> bool:
        """Whether somebody can tell the one from the other."""
        return abs(self.difference) - LARGEST > _UNLIKELY * self.error


def compare(one: Refused, other: Refused, times: int, seed: int) -> Compared:
    """Do each so often, in a random order."""
    took: tuple[list[float], list[float]] = ([], [])
    order = [0, 1] * times
    Random(seed).shuffle(order)
    for number, which in enumerate(order):
        began = perf_counter()
        with suppress(NotSignedIn):
            (one, other)[which](number)
            raise AssertionError("it is refused")
        took[which].append(perf_counter() - began)
    return Compared(*took)


def _other(character: str) -> str:
    return "a" if character != "a" else "b"


def _kept(seconds: Sequence[float]) -> list[float]:
    return sorted(seconds)[: max(2, int(len(seconds) * _KEPT))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Refuse, measure and tell; 1 where the time tells something."""
    parser = argparse.ArgumentParser(prog="signing_in", description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=1_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the order")
    asked = parser.parse_args(arguments)
    told = False
    with sg.Workspace.create(None, timezone="UTC", currency="EUR") as workspace:
        access, caller = workspace.access, Caller.command_line("faults")
        setup, _ = access.setup.new_token(caller)
        access.setup.use(setup, FirstAdmin("ann@example.com", "Ann", "tall grass by the sea"))
        token = access.tokens.add(caller, "t", ["segments:read"]).text
        last_wrong = token[:-1] + _other(token[-1])
        place = len(PREFIX) + ID_LENGTH  # where what is secret begins
        first_wrong = token[:place] + _other(token[place]) + token[place + 1 :]

        def sign_in(email: str, number: int) -> object:
            address = f"2001:db8:{number // 65_536:x}:{number % 65_536:x}::1"
            return access.signing_in.sign_in(Credentials(email, "wrong", address))

        for what, compared in (
            (
                "a user that there is and one that there is not",
                compare(
                    lambda n: sign_in("ann@example.com", n),
                    lambda n: sign_in(f"nobody{n}@example.com", n),
                    asked.times,
                    asked.seed,
                ),
            ),
            (
                "a token of which the last and one of which the first character is wrong",
                compare(
                    lambda n: access.tokens.find(last_wrong, "::1"),
                    lambda n: access.tokens.find(first_wrong, "::1"),
                    asked.times,
                    asked.seed,
                ),
            ),
        ):
            told |= compared.tells
            print(
                f"{what}: {asked.times:,} times each, {compared.difference * 1000:+.3f} ms "
                f"(± {compared.error * 1000:.3f} ms){' TELLS' if compared.tells else ''}",
                flush=True,
            )
    return int(told)


if __name__ == "__main__":
    sys.exit(main())
