"""Which place of the grammar the end of some tokens is: what may stand there, and of what.

Reads tokens one by one, as the parser does, but never fails: what does not belong where it
stands is skipped up to the next AND, OR, comma or bracket.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from segmentry.facts.anniversaries import OPERATORS as ANNIVERSARIES
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTION_NAMES
from segmentry.facts.field import Field, Function
from segmentry.facts.operators import OPERATORS, Type
from segmentry.facts.properties import property_named
from segmentry.query import suggest
from segmentry.query.lexer import Token
from segmentry.query.names import Names

Words = tuple[str, ...]


class Expects(Enum):
    """What belongs in a place."""

    CONDITION = auto()
    PARAMETER = auto()
    OPERATOR = auto()
    """The first or a further word of an operator; a value where the words so far are one."""
    VALUE = auto()
    UPPER_BOUND = auto()
    """The AND of BETWEEN."""
    STATISTIC = auto()
    """What a number is multiplied with."""
    DATE_NAME = auto()
    """The quoted name in the brackets of anniversary."""
    NEXT = auto()
    """Something is finished: AND, OR, a comma, a bracket."""
    NOTHING = auto()


class Inside(Enum):
    """What brackets hold."""

    GROUP = auto()
    PARAMETERS = auto()
    LIST = auto()
    DATE_NAME = auto()
    UNKNOWN = auto()


ANNIVERSARY = "anniversary"
MATCHES: tuple[Words, ...] = (("MATCHES",), ("NOT", "MATCHES"))
TAKE_LISTS: frozenset[Words] = frozenset(
    {
        *(("IN",), ("NOT", "IN"), ("CONTAINS",), ("NOT", "CONTAINS")),
        *(("CONTAINS", "ANY"), ("CONTAINS", "ALL")),
        *(("NOT", "CONTAINS", "ANY"), ("NOT", "CONTAINS", "ALL")),
    }
)
RANKS: frozenset[Words] = frozenset({("IN", "TOP"), ("IN", "BOTTOM")})
_WRITTEN = {":": "=", "==": "=", "<>": "!="}
_NO_VALUE = (("IS", "NULL"), ("IS", "NOT", "NULL"))
_FORMS: frozenset[Words] = frozenset(
    tuple(operator.written(negated).split()) for operator in OPERATORS for negated in (False, True)
) | frozenset(MATCHES)
_BEGUN = frozenset(form[:length] for form in _FORMS for length in range(len(form) + 1))


@dataclass(slots=True)
class Brackets:
    """Open brackets: what they hold, of which function, and its parameters so far."""

    inside: Inside
    function: Function | None = None
    given: set[str] = dataclasses.field(default_factory=set)


@dataclass(slots=True)
class Place:
    """A place in the grammar: what belongs there, of which field or function, after which
    words of an operator, in which brackets. `name` is what the condition begins with."""

    names: Names
    expects: Expects = Expects.CONDITION
    name: str = ""
    field: Field | None = None
    function: Function | None = None
    words: Words = ()
    open: list[Brackets] = dataclasses.field(default_factory=lambda: [Brackets(Inside.GROUP)])
    bounds: int = 0
    resume: Expects = Expects.NEXT

    @property
    def brackets(self) -> Brackets:
        """The innermost brackets; the whole query counts as a group."""
        return self.open[-1]

    @property
    def complete_operator(self) -> bool:
        """Whether the words so far are an operator."""
        return self.words in _FORMS

    # -- one token after another ----------------------------------------------------

    def step(self, token: Token) -> None:
        """Go on past a token."""
        joins = token.is_word("AND", "OR")
        if joins and not (self.expects is Expects.UPPER_BOUND and token.is_word("AND")):
            self._join()
        elif token.is_mark(")"):
            self._close()
        else:
            _STEPS[self.expects](self, token)

    def _condition(self, token: Token) -> None:
        if token.is_word("NOT"):
            return
        if token.is_mark("("):
            self._open(Brackets(Inside.GROUP), Expects.CONDITION)
        elif token.kind == "name":
            self.name = token.text
            self.function = FUNCTION_NAMES.get(token.text)
            self.field = ATTRIBUTES.get(token.text) or self.names.metafields.get(token.text)
            self._compare()
        else:
            self._lost(token)

    def _parameter(self, token: Token) -> None:
        if token.kind != "name":
            self._lost(token)
            return
        self.brackets.given.add(token.text)
        self.name, self.function = token.text, None
        self.field = _parameter(self.brackets.function, token.text)
        self._compare()

    def _compare(self) -> None:
        self.words, self.bounds, self.expects = (), 0, Expects.OPERATOR

    def _operator(self, token: Token) -> None:
        words = (*self.words, *_operator_words(token))
        if token.is_mark("(") and not self.words:
            self._call()
        elif words != self.words and words in _BEGUN:
            self.words = words
            if words in _NO_VALUE:
                self.expects = Expects.NEXT
        elif self.complete_operator:
            self._value(token)
        else:
            self._lost(token)

    def _call(self) -> None:
        """Brackets after a name: an anniversary, or the older spelling of a function."""
        if self.name == ANNIVERSARY:
            self._open(Brackets(Inside.DATE_NAME), Expects.DATE_NAME)
        else:
            self._open(Brackets(Inside.PARAMETERS, self.function), Expects.PARAMETER)

    def _value(self, token: Token) -> None:
        if token.is_mark("("):
            self._bracketed()
        elif token.kind in ("mark", "compare", "other"):
            self._lost(token)
        elif self.words == ("BETWEEN",) and self.bounds == 0:
            self.bounds, self.expects = 1, Expects.UPPER_BOUND
        else:
            self.expects = Expects.NEXT

    def _bracketed(self) -> None:
        """Brackets after an operator."""
        if self.words in MATCHES:
            self._open(Brackets(Inside.PARAMETERS, self.function), Expects.PARAMETER)
        elif self.words in TAKE_LISTS:
            self._open(Brackets(Inside.LIST), Expects.VALUE)
        else:
            self._open(Brackets(Inside.UNKNOWN), Expects.NOTHING)

    def _upper_bound(self, token: Token) -> None:
        if token.is_mark("*"):
            self._multiply()
        elif token.is_word("AND"):
            self.expects = Expects.VALUE
        else:
            self._lost(token)

    def _statistic(self, token: Token) -> None:
        self.expects = self.resume

    def _date_name(self, token: Token) -> None:
        if token.kind == "string":
            self.name = token.text[1:-1]
            self.expects = Expects.NEXT

    def _next(self, token: Token) -> None:
        inside = self.brackets.inside
        if token.is_mark("*"):
            self._multiply()
        elif token.is_mark(",") and inside is Inside.PARAMETERS:
            self.expects = Expects.PARAMETER
        elif token.is_mark(",") and inside is Inside.LIST:
            self.expects = Expects.VALUE
        elif not token.is_mark("%"):
            self._lost(token)

    def _multiply(self) -> None:
        self.resume, self.expects = self.expects, Expects.STATISTIC

    def _lost(self, token: Token) -> None:
        """Something that does not belong here."""
        self.expects = Expects.NOTHING
        if token.is_mark("("):
            self._open(Brackets(Inside.UNKNOWN), Expects.NOTHING)
        elif token.is_mark(",") and self.brackets.inside is Inside.PARAMETERS:
            self.expects = Expects.PARAMETER
        elif token.is_mark(",") and self.brackets.inside is Inside.LIST:
            self.expects = Expects.VALUE

    # -- brackets -------------------------------------------------------------------

    def _open(self, brackets: Brackets, expects: Expects) -> None:
        self.open.append(brackets)
        self.expects = expects

    def _close(self) -> None:
        """A closing bracket ends what is open, however far that was read."""
        self.expects = Expects.NEXT
        if len(self.open) == 1:
            return
        if self.open.pop().inside is Inside.DATE_NAME:
            self.field = Field(
                name=ANNIVERSARY, type=Type.DAY, label="anniversary", only=ANNIVERSARIES
            )
            self.name, self.function = "", None
            self._compare()

    def _join(self) -> None:
        """AND or OR begins the next condition of the group; brackets of others, if any are
        open, were forgotten."""
        while self.brackets.inside is not Inside.GROUP:
            self.open.pop()
        self.expects = Expects.CONDITION


_STEPS = {
    Expects.CONDITION: Place._condition,
    Expects.PARAMETER: Place._parameter,
    Expects.OPERATOR: Place._operator,
    Expects.VALUE: Place._value,
    Expects.UPPER_BOUND: Place._upper_bound,
    Expects.STATISTIC: Place._statistic,
    Expects.DATE_NAME: Place._date_name,
    Expects.NEXT: Place._next,
    Expects.NOTHING: Place._lost,
}


def place_after(tokens: Iterable[Token], names: Names) -> Place:
    """The place that follows these tokens. Where the name of what is compared does not
    exist, it is the place of the name that is probably meant."""
    place = Place(names)
    for token in tokens:
        place.step(token)
    if place.field is None and place.function is None:
        place.field = _meant(place)
    return place


def _operator_words(token: Token) -> Words:
    """What a token adds to an operator; NOT_MATCHES is two words in one."""
    if token.kind not in ("name", "compare", "mark"):
        return ()
    return tuple(_WRITTEN.get(token.text, token.text).upper().replace("_", " ", 1).split())


def _parameter(function: Function | None, name: str) -> Field | None:
    if function is None:
        return None
    return _fields(function).get(name) or (
        property_named(name, None) if function.properties else None
    )


def _fields(function: Function) -> dict[str, Field]:
    return {each.name: each for each in (*function.parameters, *function.aggregates)}


def _meant(place: Place) -> Field | None:
    """The field closest to a name that does not exist."""
    function = place.brackets.function
    if function is not None:
        fields = _fields(function)
        return fields.get(suggest.parameter(place.name, fields) or "")
    return ATTRIBUTES.get(suggest.name(place.name) or "")
