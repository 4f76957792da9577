"""The description of the interface, from which programs make clients: that they read well."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from segmentry.api.problems import MEDIA_TYPE

from .conftest import Api

LOOSE = {
    "Batch.messages.records",
    "CheckedQuery.tree",
    "Entry.details",
    "Import.report",
    "Job.result",
    "Known.joined_and_left",
    "Known.records",
    "Member.fields",
    "Message.records",
    "QueryTree.tree",
    "Reason.records",
    "Reason.value",
}
"""What can be of several kinds, by what it is of; a new one needs a reason to be here."""

REFERENCE = "#/components/schemas/"
PROBLEM = {"schema": {"$ref": f"{REFERENCE}Problem"}}


@pytest.fixture
def described(api: Api) -> dict[str, Any]:
    """The description, as it is sent."""
    found: dict[str, Any] = api.client.get("/openapi.json").json()
    return found


def _operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        yield from path.values()


def test_operations_have_an_id_a_tag_and_a_sentence(described: dict[str, Any]) -> None:
    """API-17: an id that becomes a name of a function in any language, once; one tag, by which
    clients are parted; a sentence that is not made of the id."""
    ids = [each["operationId"] for each in _operations(described)]
    assert len(ids) == len(set(ids))
    for each in _operations(described):
        id = each["operationId"]
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", id), id
        assert len(each["tags"]) == 1, id
        assert re.fullmatch(r"[A-Z].{5,150}", each["summary"]), (id, each["summary"])
        assert each["summary"] != id.replace("_", " ").title()
    summaries = [each["summary"] for each in _operations(described)]
    assert len(summaries) == len(set(summaries))


def test_answers_have_types(described: dict[str, Any]) -> None:
    """API-17, API-18: of what goes well, and of every refusal, which is a problem."""
    for each in _operations(described):
        for status, answer in each["responses"].items():
            told = (each["operationId"], status)
            if status == "204":
                assert "content" not in answer, told
                continue
            assert answer["content"], told
            for media, content in answer["content"].items():
                assert content["schema"], (*told, media)
            if status >= "400" and told != ("get_ready", "503"):
                assert answer["content"] == {MEDIA_TYPE: PROBLEM}, told


def test_bodies_and_parts_are_named_once(described: dict[str, Any]) -> None:
    """API-17: no name is made up by the framework, none stands for nothing, no two for the same,
    and no part of a body is without one."""
    schemas = described["components"]["schemas"]
    for name, schema in schemas.items():
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), name
        assert schema.get("description") or name == "ImportFiles", name
    for reference in re.findall(rf'"{REFERENCE}(\w+)"', json.dumps(described)):
        assert reference in schemas
    whole = [json.dumps(each, sort_keys=True) for each in schemas.values()]
    assert len(whole) == len(set(whole)), "two are the same"
    for name, schema in schemas.items():
        assert not [*_anonymous(schema["properties"])], name
    for each in _operations(described):
        for body in each.get("requestBody", {"content": {}})["content"].values():
            assert body["schema"].keys() == {"$ref"}, each["operationId"]


def _anonymous(schema: Any) -> Iterator[Any]:
    """Objects with properties within others."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for each in schema.values():
            yield from _anonymous(each)
    if isinstance(schema, list):
        for each in schema:
            yield from _anonymous(each)


def test_what_may_be_anything_is_counted(described: dict[str, Any]) -> None:
    """API-17: a client has a type for everything else."""
    loose = {
        f"{name}.{part}"
        for name, schema in described["components"]["schemas"].items()
        for part, of in schema["properties"].items()
        if _loose(of)
    }
    assert loose <= LOOSE, loose - LOOSE


def _loose(schema: dict[str, Any]) -> bool:
    """Whether a schema, or what it is a list or a table of, takes anything."""
    kinds = ("type", "$ref", "anyOf", "oneOf", "enum", "const", "allOf")
    if not schema.keys() & set(kinds):
        return True
    if schema.get("type") == "object" and "properties" not in schema:
        more = schema.get("additionalProperties", True)
        return more is True or _loose(more)
    return schema.get("type") == "array" and _loose(schema["items"])


def test_names_of_properties_are_said_once(described: dict[str, Any]) -> None:
    """No title repeats what a property is called; what is called `title` is there."""
    assert described["info"]["title"] == "Segmentry"
    assert "title" in described["components"]["schemas"]["Problem"]["properties"]
    for schema in described["components"]["schemas"].values():
        assert "title" not in schema
        for part in schema["properties"].values():
            assert "title" not in part
