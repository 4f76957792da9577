"""What queries may name: attributes, functions, operators, values, ready-made segments."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from segmentry.access import Caller as Who
from segmentry.api.asking import ServedNow, may
from segmentry.api.model import Model
from segmentry.api.routes.saved import SavedSegment, saved_segment
from segmentry.facts import field as declared
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.facts.metafields import TYPES
from segmentry.segments.offer import Offer
from segmentry.segments.preset import CATEGORIES

router = APIRouter(tags=["catalogue"])

Reads = Annotated[Who, may("segments:read")]
Writes = Annotated[Who, may("segments:write")]
Settles = Annotated[Who, may("settings:write")]


class OperatorUse(Model):
    """One way to compare, as a query writes it, and what it says of a value."""

    text: str
    words: str


class FilterField(Model):
    """Something that can be compared: an attribute, or a parameter of a function."""

    name: str
    type: str = Field(examples=["MONEY"])
    label: str
    meaning: str
    operators: list[OperatorUse]
    values: list[str] = Field(description="The words there are, where there are only some.")
    has_values: bool = Field(description="Whether the store's own values can be asked for.")


class FilterAttribute(FilterField):
    """A value of a customer that a query may ask about."""

    missing: str = Field(description="Who has no value; empty for one that nobody lacks.")
    example: str
    metafield: bool
    predicted: bool
    changes_with_time: bool
    portable: bool


class FilterFunction(Model):
    """Records of a customer that a query may count, filter and add up."""

    name: str
    meaning: str
    example: str
    noun: str
    parameters: list[FilterField]
    aggregates: list[FilterField]
    takes_properties: bool
    portable: bool


class Filters(Model):
    """All that a query of this store may name."""

    attributes: list[FilterAttribute]
    functions: list[FilterFunction]


class FilterValue(Model):
    """A value that the store's data have, and a word on it."""

    text: str
    detail: str


class Metafield(Model):
    """A value about customers that the store declared."""

    name: str = Field(examples=["metafields.custom.size"], max_length=500)
    type: str = Field(examples=list(TYPES))


class PresetParameter(Model):
    """A gap in a ready-made segment's query."""

    name: str
    type: str
    label: str
    default: str | None
    example: str | None


class Preset(Model):
    """A ready-made segment as this store can have it; without a query `missing` says why not."""

    id: str
    name: str
    categories: list[str]
    purpose: str
    strategy: str
    note: str
    query: str | None
    variant: str | None
    missing: list[str]
    parameters: list[PresetParameter]


class PresetWanted(Model):
    """How a ready-made segment is to be saved."""

    name: str | None = Field(None, max_length=1_000)
    values: dict[str, str] = Field({}, description="Values for its parameters.")
    variant: str | None = None


@router.get("/filters")
def list_filters(served: ServedNow, who: Reads) -> Filters:
    """All that a query of this store may name, with what each takes and means."""
    with served.workspace(who.id) as workspace:
        own = workspace.metafields.by_name()
    return Filters(
        attributes=[
            *(_attribute(each, metafield=False) for each in ATTRIBUTES.values()),
            *(_attribute(each, metafield=True) for each in own.values()),
        ],
        functions=[_function(each) for each in FUNCTIONS.values()],
    )


@router.get("/filters/{name}/values")
def list_filter_values(
    served: ServedNow,
    who: Reads,
    name: str,
    prefix: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> list[FilterValue]:
    """Values that an attribute (`customer_tags`) or a parameter (`orders_placed.tag`) has in
    this store and that begin with a text, the most frequent first."""
    with served.workspace(who.id) as workspace:
        found = workspace.suggest_values(name, prefix)
        return [FilterValue.model_validate(each) for each in found[:limit]]


@router.get("/metafields")
def list_metafields(served: ServedNow, who: Reads) -> list[Metafield]:
    """The metafields that this store declares, by hand or by its data."""
    with served.workspace(who.id) as workspace:
        return [_metafield(each) for each in workspace.metafields]


@router.post("/metafields", status_code=201)
def declare_metafield(served: ServedNow, who: Settles, wanted: Metafield) -> Metafield:
    """Declare a metafield, or give it another type."""
    with served.workspace(who.id) as workspace:
        return _metafield(workspace.metafields.add(wanted.name, wanted.type))


@router.get("/presets")
def list_presets(
    served: ServedNow,
    who: Reads,
    category: Annotated[str | None, Query(examples=sorted(CATEGORIES))] = None,
) -> list[Preset]:
    """Every ready-made segment: its query where the data serve it, else what it lacks."""
    with served.workspace(who.id) as workspace:
        found = workspace.presets()
    return [_preset(each) for each in found if category in (None, *each.preset.categories)]


@router.post("/presets/{id}", status_code=201)
def add_preset(served: ServedNow, who: Writes, id: str, wanted: PresetWanted) -> SavedSegment:
    """Save a ready-made segment, with values for its parameters."""
    with served.workspace(who.id, changes=True) as workspace:
        added = workspace.add_preset(id, wanted.values, variant=wanted.variant, name=wanted.name)
        return saved_segment(workspace, added)


def _field(field: declared.Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type.name,
        "label": field.label,
        "meaning": field.meaning,
        "operators": [
            OperatorUse(text=each.written(negated), words=words)
            for each in field.operators
            for negated, words in ((False, each.words), (True, each.negated_words))
            if words and not (negated and (field.given or each.negated_symbol is None))
        ],
        "values": list(field.values),
        "has_values": not field.values and field.type.name in ("TEXT", "ID", "LIST", "ENUM"),
    }


def _attribute(each: declared.Attribute, *, metafield: bool) -> FilterAttribute:
    return FilterAttribute(
        **_field(each),
        missing=each.missing,
        example=each.example,
        metafield=metafield,
        predicted=each.predicted,
        changes_with_time=each.moves,
        portable=each.shopify,
    )


def _function(each: declared.Function) -> FilterFunction:
    return FilterFunction(
        name=each.name,
        meaning=each.meaning,
        example=each.example,
        noun=each.noun[1],
        parameters=[FilterField(**_field(one)) for one in each.parameters],
        aggregates=[FilterField(**_field(one)) for one in each.aggregates],
        takes_properties=each.properties,
        portable=each.shopify,
    )


def _metafield(each: declared.Attribute) -> Metafield:
    type = next(name for name, known in TYPES.items() if known is each.type)
    return Metafield(name=each.name, type=type)


def _preset(each: Offer) -> Preset:
    preset = each.preset
    return Preset(
        id=preset.id,
        name=preset.name,
        categories=list(preset.categories),
        purpose=preset.purpose,
        strategy=preset.strategy,
        note=preset.note,
        query=each.query,
        variant=each.variant,
        missing=list(each.missing),
        parameters=[PresetParameter.model_validate(one) for one in preset.parameters],
    )
