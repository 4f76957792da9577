"""The erasures of a workspace as a list: to be told, and to be kept in a file beside backups so
that whoever was erased stays so when an older backup is restored. It holds hashes alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.erasure.erasing import Erased
from segmentry.erasure.hashes import CUSTOMER, Hashes
from segmentry.erasure.known import certificate
from segmentry.storage.app_db import reading
from segmentry.storage.erasure_tables import ErasedPerson, Erasure, Suppression

_FORMAT = "segmentry-erasures-1"


@dataclass(frozen=True, slots=True)
class Kept:
    """One erasure of a file: its number, the hashes by kind, opt-outs as they are kept."""

    number: int
    erased_at: datetime
    requested_at: datetime | None
    reason: str
    hashes: tuple[tuple[str, str], ...]
    opted_out: tuple[tuple[str, str, str, datetime], ...]

    @property
    def customers(self) -> frozenset[str]:
        """The hashes of ids."""
        return frozenset(hash for kind, hash in self.hashes if kind == CUSTOMER)


def erasures(app: Engine) -> list[Erased]:
    """All of them, in order."""
    of = ErasedPerson
    counted = select(of.number, func.count()).group_by(of.number)
    with Session(reading(app)) as session:
        counts = {row[0]: row[1] for row in session.execute(counted)}
        rows = session.scalars(select(Erasure).order_by(Erasure.number)).all()
    return [
        Erased(
            certificate(row.number),
            row.erased_at,
            row.reason,
            row.requested_at,
            counts.get(row.number, 0),
        )
        for row in rows
    ]


def erasure_of(app: Engine, hashes: Hashes, keys: Iterable[str]) -> Erased | None:
    """The erasure of somebody who was known by one of these keys, if they were erased."""
    wanted = [hashes.of(CUSTOMER, each) for each in keys]
    with Session(reading(app)) as session:
        row = session.scalars(select(ErasedPerson).where(ErasedPerson.hash.in_(wanted))).first()
    if row is None:
        return None
    return next(each for each in erasures(app) if each.certificate == certificate(row.number))


def write_erasures(app: Engine, path: Path) -> int:
    """Write them to a file that only its owner reads; gives how many they are."""
    with Session(reading(app)) as session:
        rows = session.scalars(select(Erasure).order_by(Erasure.number)).all()
        found = [_written(session, row) for row in rows]
    text = json.dumps({"format": _FORMAT, "erasures": found}, indent=1)
    new = path.with_name(f".{path.name}.new")
    try:
        new.touch(mode=0o600)
        with new.open("w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
    return len(found)


def _written(session: Session, row: Erasure) -> dict[str, Any]:
    people = select(ErasedPerson).where(ErasedPerson.number == row.number)
    kept = select(Suppression).where(Suppression.number == row.number)
    return {
        "certificate": certificate(row.number),
        "number": row.number,
        "erased_at": row.erased_at.isoformat(),
        "requested_at": None if row.requested_at is None else row.requested_at.isoformat(),
        "reason": row.reason,
        "hashes": [[each.kind, each.hash] for each in session.scalars(people)],
        "opted_out": [
            [each.hash, each.channel, each.state, each.acted_at.isoformat()]
            for each in session.scalars(kept)
        ],
    }


def read_erasures(path: Path) -> list[Kept]:
    """The erasures of a file that `write_erasures` wrote. Refuses any other."""
    try:
        read = json.loads(path.read_text("utf-8"))
        if read["format"] != _FORMAT:
            raise ValueError(read["format"])
        return [_kept(each) for each in read["erasures"]]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is no list of erasures. Write one with `segmentry erasures export`."
        ) from error


def _kept(each: dict[str, Any]) -> Kept:
    asked = each["requested_at"]
    return Kept(
        int(each["number"]),
        datetime.fromisoformat(each["erased_at"]),
        None if asked is None else datetime.fromisoformat(asked),
        str(each["reason"]),
        tuple((str(kind), str(hash)) for kind, hash in each["hashes"]),
        tuple(
            (str(hash), str(channel), str(state), datetime.fromisoformat(at))
            for hash, channel, state, at in each["opted_out"]
        ),
    )


def refuse_others(app: Engine, kept: Iterable[Kept]) -> None:
    """Refuse erasures whose numbers are those of others here: they are of another workspace."""
    with Session(reading(app)) as session:
        here = {row.number: row.erased_at for row in session.scalars(select(Erasure))}
    for each in kept:
        if here.get(each.number, each.erased_at) != each.erased_at:
            raise UserError(
                f"{certificate(each.number)} is another erasure in this workspace: the file is "
                "not of this one."
            )


def note(app: Engine, kept: Kept, position: int) -> None:
    """Have an erasure of a file be one of the workspace, that has nothing about them up to a
    position: nothing is taken in from there."""
    with Session(app) as session, session.begin():
        if session.get(Erasure, kept.number) is None:
            session.add(
                Erasure(
                    number=kept.number,
                    requested_at=kept.requested_at,
                    erased_at=kept.erased_at,
                    reason=kept.reason,
                    position=position,
                )
            )
            session.flush()
        for kind, hash in kept.hashes:
            session.merge(ErasedPerson(hash=hash, kind=kind, number=kept.number))
        for hash, channel, state, at in kept.opted_out:
            session.merge(
                Suppression(
                    hash=hash, channel=channel, state=state, acted_at=at, number=kept.number
                )
            )
