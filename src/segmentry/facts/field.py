"""What a declaration of an attribute or a parameter says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from segmentry.base.text import domain_key, email_key, readable_domain, search_key, text_key
from segmentry.facts.operators import BY_TYPE, RANKING, SEARCH, Operator, Type

_ADDRESS_KEYS: dict[str | None, Callable[[str], str | None]] = {
    "domain": domain_key,
    "email": email_key,
}


class Population(Enum):
    """Whom a rank or an average of an attribute is taken over."""

    CUSTOMERS = "customers for whom it is known"
    BUYERS = "customers with an order that counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that can be compared: an attribute of a customer or a field of a record.

    `label` is a noun phrase for sentences. `values` are the words of an ENUM.
    `folded`: compared without case. `form`: the form its values have; a closed one
    (country, region, city, currency) is checked when a query is bound, an address
    (domain, email) is compared by its key.
    `only`: the operators, where it takes others than its type does. `several`: one
    record can have several of them, and a condition holds when one of them fits. `ids`:
    the elements of a LIST are ids. `rising`: a whole number that further records never
    lower.
    """

    name: str
    type: Type
    label: str
    values: tuple[str, ...] = ()
    folded: bool = False
    form: str | None = None
    only: tuple[Operator, ...] = ()
    several: bool = False
    ids: bool = False
    rising: bool = False

    def __hash__(self) -> int:
        """Of the name alone: plans are looked up often, and their fields with them."""
        return hash(self.name)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it takes."""
        return self.only or BY_TYPE[self.type]

    def key(self, text: str, operator: Operator) -> str:
        """A text as the operator compares it: values and operands alike."""
        if operator in SEARCH:
            return search_key(readable_domain(text) if self.form in _ADDRESS_KEYS else text)
        if not self.folded:
            return text
        address_key = _ADDRESS_KEYS.get(self.form)
        return (address_key and address_key(text)) or text_key(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Field):
    """One value of a customer that a query may ask about.

    `meaning` is the sentence a person reads; `missing` says who has no value (empty
    for a value that is never missing). `needs` names the canonical tables that
    answer it. `moves`: whether time alone can change it. `shopify`: whether Shopify
    has it under this name. `population`: whom its ranks are taken over.
    """

    meaning: str
    missing: str = ""
    example: str
    needs: tuple[str, ...]
    population: Population = Population.CUSTOMERS
    moves: bool = False
    shopify: bool = False

    __hash__ = Field.__hash__

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The operators it takes, ranks included."""
        own = self.only or BY_TYPE[self.type]
        return (*own, *RANKING) if self.type.numeric and not self.only else own


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """Records of a customer that a query may count, filter and add up.

    `noun` and `verb` word its sentences: "placed at least 3 orders".
    `parameters` filter single records, `aggregates` look at what is left.
    """

    name: str
    meaning: str
    example: str
    noun: tuple[str, str]
    verb: str
    parameters: tuple[Field, ...]
    aggregates: tuple[Field, ...]
    needs: tuple[str, ...]
    shopify: bool = False

    def __hash__(self) -> int:
        """Of the name alone, as that of a field."""
        return hash(self.name)
