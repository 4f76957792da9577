"""The function over all events, the store's own among them."""

from __future__ import annotations

from segmentry.facts.field import Function
from segmentry.facts.functions.parameters import COUNT, DATE, text

EVENTS = Function(
    name="events",
    meaning="Events of any name. `property.KEY` compares a property, whose values of another "
    "type than the one written count as missing; `sum_KEY` adds up its numbers.",
    example="events MATCHES (name = 'quiz_finished', property.score >= 8)",
    noun=("event", "events"),
    verb="had",
    parameters=(text("name", "name", "The name of the event, as the store gave it."), DATE),
    aggregates=(COUNT,),
    needs=("events",),
    properties=True,
)

FUNCTIONS = (EVENTS,)
