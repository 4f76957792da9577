"""Metafields a store declared for itself, by hand or by the data it imported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.base.quoting import tidy_name
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import TYPES, metafield
from segmentry.storage.app_db import Metafield

_PART = r"(?:[A-Za-z0-9_$]+(?:-+[A-Za-z0-9_$]+)*|'(?:[^'\\]|\\.|'')+')"
_NAME = re.compile(rf"metafields\.{_PART}\.{_PART}", re.DOTALL)


class DeclaredMetafields:
    """The metafields of one workspace; a type declared by hand goes before that of the data."""

    def __init__(self, app: Engine, in_data: Mapping[str, str]) -> None:
        self._app = app
        self._in_data = in_data

    def add(self, name: str, type: str) -> Attribute:
        """Declare a metafield, or give it another type. Refuses a name or type of no use."""
        if not _NAME.fullmatch(name):
            raise UserError(
                f"'{name}' is not a metafield; names look like metafields.custom.size "
                "or metafields.custom.'Shoe size'."
            )
        name = tidy_name(name)
        if type not in TYPES:
            raise UserError(f"'{type}' is not a type of metafield. Types: {', '.join(TYPES)}.")
        with Session(self._app) as session, session.begin():
            session.merge(Metafield(name=name, type=type))
        return metafield(name, type)

    def __iter__(self) -> Iterator[Attribute]:
        with Session(self._app) as session:
            rows = session.scalars(select(Metafield))
            by_hand = {tidy_name(row.name): row.type for row in rows}
        types = {name: type for name, type in self._in_data.items() if type in TYPES} | by_hand
        return iter([metafield(name, type) for name, type in sorted(types.items())])

    def by_name(self) -> dict[str, Attribute]:
        """Every declared metafield by its full name."""
        return {attribute.name: attribute for attribute in self}
