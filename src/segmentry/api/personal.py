"""Which values of customers say who they are, and who may see them."""

from __future__ import annotations

from collections.abc import Iterable

from segmentry.access import Caller
from segmentry.base.errors import NotAllowed
from segmentry.facts.metafields import PREFIX

_PERSONAL = frozenset(
    "customer_email customer_phone customer_name customer_note customer_postal_codes "
    "customer_birth_date".split()
)


def refuse_personal(who: Caller, fields: Iterable[str]) -> None:
    """Refuse attributes that say who somebody is, to those who may not know. What a store's own
    metafields hold nobody can say, so they are among these."""
    if who.may("customers:pii"):
        return
    for name in fields:
        if name in _PERSONAL or name.startswith(PREFIX):
            raise NotAllowed(f"{name} needs the scope customers:pii, which you do not have.")
