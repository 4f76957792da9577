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

    `label` is a noun phrase for sentences, `meaning` what a person reads about it.
    `values` are the words of an ENUM.
    `folded`: compared without case. `form`: the form its values have; a closed one
    (country, region, city, currency) is checked when a query is bound, an address
    (domain, email) is compared by its key.
    `only`: the operators, where it takes others than its type does. `several`: one
    record can have several of them, and a condition holds when one of them fits. `ids`:
    the elements of a LIST are ids. `rising`: a whole number that further records never
    lower. `aliases`: other words for values of an ENUM, each with the one it means.
    `given`: it is part of what is asked, so it cannot be denied; a number is then the most
    there may be, whether written with = or <=. `least`, `most`: bounds of a number, money
    in ten-thousandths. `past`: a date that is never later than now. `undated`: sources do not
    say since when it is as it is, so that what they say last stands for past moments too.
    """

    name: str
    type: Type
    label: str
    meaning: str = ""
    values: tuple[str, ...] = ()
    folded: bool = False
    form: str | None = None
    only: tuple[Operator, ...] = ()
    several: bool = False
    ids: bool = False
    rising: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    given: bool = False
    least: int | None = None
    most: int | None = None
    past: bool = False
    undated: bool = False

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
    has it under this name. `population`: whom its ranks are taken over. `predicted`: a
    model has to have run before it can be asked about. `relative`: it is measured against
    the other customers of the store.
    """

    meaning: str
    missing: str = ""
    example: str
    needs: tuple[str, ...]
    population: Population = Population.CUSTOMERS
    moves: bool = False
    shopify: bool = False
    predicted: bool = False
    relative: bool = False

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
    `parameters` filter single records, `aggregates` look at what is left. `also_called`
    are other names for the same. `properties`: it also takes those of `facts.properties`,
    whose names only the records know. `requires`: of each of these groups one parameter
    has to be there. `event` is the name of the events that are its records,
    where events are. `undated`: its records have no date, and all of them are as a field that is
    so. `shopify_takes` are the parameters and aggregates that it has in Shopify
    too.
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
    also_called: tuple[str, ...] = ()
    properties: bool = False
    requires: tuple[tuple[str, ...], ...] = ()
    event: str | None = None
    undated: bool = False
    shopify_takes: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Of the name alone, as that of a field."""
        return hash(self.name)
