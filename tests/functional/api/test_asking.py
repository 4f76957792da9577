"""Questions, segments and members over HTTP."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Api


def test_a_query_is_counted(api: Api) -> None:
    """A preview has the count, its moment, the words, and counts part by part."""
    asked = {"query": "number_of_orders > 1 AND amount_spent > 100", "parts": True, "sample": 5}
    found = api.client.post("/preview", json=asked).json()
    assert found["count"] == 3
    assert found["customers"] == 4
    assert found["as_of"] == "2024-03-01T12:00:00Z"
    assert found["sample"] == ["a", "b", "c"]
    assert [part["count"] for part in found["parts"]["parts"]] == [3, 3]


def test_a_wrong_query_is_underlined(api: Api) -> None:
    """A query error says where and what to write instead."""
    refused = api.client.post("/preview", json={"query": "number_of_order > 1"})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    (problem,) = refused.json()["problems"]
    assert (problem["start"], problem["end"]) == (0, 15)
    assert problem["suggestion"] == "number_of_orders"


def test_a_query_as_a_tree_and_back(api: Api) -> None:
    """Text and groups are two views of one query."""
    text = "number_of_orders > 1 AND NOT (amount_spent > 100 OR last_order_date IS NULL)"
    checked = api.client.post("/check", json={"query": text}).json()
    written = api.client.post("/print", json={"tree": checked["tree"]}).json()
    assert written["query"] == checked["query"]


def test_a_segment_from_first_to_last(api: Api) -> None:
    """Made, read, changed, renamed, put away, taken back, deleted; each version is kept."""
    client = api.client
    made = client.post("/segments", json={"name": "Big", "query": "amount_spent > 50"})
    assert made.status_code == 201
    id, tag = made.json()["id"], made.headers["etag"]
    changed = client.patch(
        f"/segments/{id}",
        json={"query": "amount_spent > 60", "name": "Bigger", "tags": ["b", "a"]},
        headers={"If-Match": tag},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["tags"]) == ("Bigger", ["a", "b"])
    versions = client.get(f"/segments/{id}/versions").json()
    assert [each["author"] for each in versions] == ["test"] * 3
    assert client.post(f"/segments/{id}/archive").json()["archived"]
    assert client.get("/segments").json()["segments"] == []
    restored = client.post(f"/segments/{id}/restore")
    gone = client.delete(f"/segments/{id}", headers={"If-Match": restored.headers["etag"]})
    assert gone.json() == {"orphaned": []}
    assert client.get(f"/segments/{id}").status_code == 404


def test_nobody_overwrites_what_they_have_not_seen(api: Api) -> None:
    """API-16, ENG-11: without If-Match 428, with an old one 409 that says what differs, with
    none of this segment's 412."""
    client = api.client
    made = client.post("/segments", json={"name": "Big", "query": "amount_spent > 50"})
    path, old = f"/segments/{made.json()['id']}", {"If-Match": made.headers["etag"]}
    change = {"query": "amount_spent > 60"}
    assert client.patch(path, json=change).status_code == 428
    assert client.patch(path, json=change, headers=old).status_code == 200
    late = client.patch(path, json={"query": "amount_spent > 70"}, headers=old)
    assert late.status_code == 409
    assert "amount_spent > 50 -> amount_spent > 60" in late.json()["detail"]
    for wrong in ('"x"', '"1-1-1"', '"9-1-9"', "*", '"1-٣-1"'):
        header = {b"If-Match": wrong.encode()}
        assert client.patch(path, json=change, headers=header).status_code == 412, wrong
    assert client.delete(path).status_code == 428
    assert client.delete(path, headers=old).status_code == 409


def test_a_name_that_is_taken_is_a_conflict(api: Api) -> None:
    """The answer proposes a free one."""
    for name, status in (("Big", 201), ("BIG", 409)):
        made = api.client.post("/segments", json={"name": name, "query": "amount_spent > 50"})
        assert made.status_code == status
    assert "BIG (2)" in made.json()["detail"]


def test_members_page_by_page(api: Api) -> None:
    """API-12: pages have no gap and no double, of one moment, with the values asked for."""
    id = _segment(api, "number_of_orders >= 0")
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": "1", "fields": "amount_spent", "cursor": cursor or ""}
        page = api.client.get(f"/segments/{id}/members", params=asked).json()
        assert page["count"] == 4
        seen += [each["customer_id"] for each in page["members"]]
        api.clock.forward(seconds=1)
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == list("abcd")
    assert page["members"][0]["fields"] == {"amount_spent": "0.0000"}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from("aAbBzZ019é"), min_size=1, max_size=3).map("".join))
def test_pages_of_data_that_change(api: Api, new: str) -> None:
    """API-12: whoever was there all the time is on the pages just once, whatever comes."""
    id = _segment(api, "number_of_orders >= 0")
    first = api.client.get(f"/segments/{id}/members", params={"limit": 2}).json()
    before = {"created_at": "2020-01-01T00:00:00"}
    with api.served.workspace() as workspace:
        there = set(workspace.query("number_of_orders >= 0").ids)
        workspace.load({"customers": [{"customer_id": new, **before}]}, source="shop")
    seen = [each["customer_id"] for each in first["members"]]
    cursor = first["next"]
    while cursor:
        asked = {"limit": 2, "cursor": cursor}
        page = api.client.get(f"/segments/{id}/members", params=asked).json()
        seen += [each["customer_id"] for each in page["members"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"limit": -1}, 422),
        ({"limit": 0}, 422),
        ({"limit": 10**9}, 422),
        ({"limit": 500}, 200),
        ({"cursor": "forged"}, 422),
        ({"cursor": "é" * 40}, 422),
        ({"cursor": ""}, 200),
        ({"limi": 3}, 422),
        ({"as_of": "yesterday"}, 422),
        ({"fields": "no_such"}, 422),
    ],
)
def test_what_pages_there_are_not(api: Api, asked: dict[str, Any], status: int) -> None:
    """API-12, API-17: bounds, cursors that were made up, parameters nobody knows."""
    id = _segment(api, "number_of_orders >= 0")
    answer = api.client.get(f"/segments/{id}/members", params=asked)
    assert answer.status_code == status, answer.text


def test_a_cursor_is_of_one_list(api: Api) -> None:
    """API-12: the cursor of another list is none of this one."""
    one, other = _segment(api, "number_of_orders >= 0"), _segment(api, "number_of_orders >= 1")
    cursor = api.client.get(f"/segments/{one}/members", params={"limit": 1}).json()["next"]
    asked = {"limit": 1, "cursor": cursor}
    assert api.client.get(f"/segments/{one}/members", params=asked).status_code == 200
    assert api.client.get(f"/segments/{other}/members", params=asked).status_code == 422


def test_one_customer(api: Api) -> None:
    """Whether they belong, why, since when and until when; ids may have any signs."""
    id = _segment(api, "orders_placed MATCHES (date >= -30d, count >= 1)")
    found = api.client.get(f"/segments/{id}/members/a").json()
    assert found["inside"]
    assert found["next_change_at"] == "2024-03-12T00:00:00Z"
    why = api.client.get(f"/segments/{id}/why/a").json()
    assert why["reason"]["count"] == 4
    assert why["reason"]["holds"]
    assert api.client.get(f"/segments/{id}/members/nobody").status_code == 404
    with api.served.workspace() as workspace:
        workspace.load({"customers": [{"customer_id": "gid://shop/1"}]}, source="shop")
    assert not api.client.get(f"/segments/{id}/members/gid://shop/1").json()["inside"]
    assert api.client.get("/customers/gid://shop/1/segments").json()["segments"] == []


def test_who_may_not_see_customers_sees_numbers(api: Api) -> None:
    """PRV-08, EXP-05: without the scope there are counts, and nobody's id or values."""
    id = _segment(api, "number_of_orders >= 0")
    viewer = api.as_with("segments:read")
    found = viewer.post("/preview", json={"query": "number_of_orders > 1", "sample": 5})
    assert (found.json()["count"], found.json()["sample"]) == (3, [])
    for path in (f"/segments/{id}/members", f"/segments/{id}/why/a", "/customers/a", "/changes"):
        assert viewer.get(path).status_code == 403, path
    change = viewer.post(f"/segments/{id}/preview", json={"query": "number_of_orders > 1"}).json()
    assert (change["left"], change["leaving"]) == (1, [])


def test_compared(api: Api) -> None:
    """Overlap, partition, side by side, groups, movement, sizes, health: all are answered."""
    one, other = _segment(api, "number_of_orders >= 1"), _segment(api, "amount_spent > 200")
    client = api.client
    overlap = client.post("/overlap", json={"segments": [one, other]}).json()
    assert overlap["pairs"][0]["both"] == 2
    parts = client.post("/partition", json={"segments": [one, other]}).json()
    assert (parts["exact"], parts["none"], parts["several"]) == (False, 1, 2)
    compared = client.post("/compare", json={"segments": [one]}).json()
    assert compared["profiles"][1]["spent"] == "666.0000"
    for path in (
        "/lifecycle",
        "/rfm",
        "/movement?attribute=lifecycle_stage&since=2024-02-05",
        f"/segments/{one}/sizes?since=2024-02-01",
        f"/segments/{one}/turns",
        f"/segments/{one}/history",
        f"/segments/{one}/uses",
        "/segment-health",
        "/presets",
        "/filters",
        "/filters/customer_tags/values",
        "/metafields",
        "/imports",
        "/store",
        "/openapi.json",
    ):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"query": NaN}',
        b'{"query": 1e999}',
        b'{"query": "\\ud800"}',
        b"\xff\xfe{\x00}\x00",
        b"{",
        b"[" * 200_000,
        b'{"query": ' + b"9" * 5_000 + b"}",
        b'{"query": "x", "role": "admin"}',
    ],
)
def test_bodies_that_are_none(api: Api, body: bytes) -> None:
    """API-04, API-18, ING-19: refused as a problem with a number, never a fault of ours."""
    headers = {"Content-Type": "application/json"}
    refused = api.client.post("/preview", content=body, headers=headers)
    assert refused.status_code in (400, 422), refused.text
    told = refused.json()
    assert told["request_id"] == refused.headers["x-request-id"]
    assert "Traceback" not in refused.text


def test_a_fault_of_ours_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """API-18: the answer has a number and no SQL, path or stack; neither has the log a text
    that could name somebody."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT * FROM customers WHERE email = 'ann@example.com'")

    with api.served.workspace() as workspace:
        monkeypatch.setattr(workspace, "check", broken)
    answer = api.client.post("/check", json={"query": "number_of_orders > 1"})
    assert answer.status_code == 500
    assert "SELECT" not in answer.text


def _segment(api: Api, query: str) -> int:
    made = api.client.post("/segments", json={"name": f"S {query}", "query": query})
    if made.status_code == 409:
        found = api.client.get("/segments").json()["segments"]
        return int(next(each["id"] for each in found if each["query"] == query))
    assert made.status_code == 201, made.text
    id: int = json.loads(made.text)["id"]
    return id


def test_answers_belong_to_one_moment(api: Api) -> None:
    """QRY-20: thirty people ask the same while orders arrive; who has bought and who has not are
    all customers in every answer, and nobody is shown an older moment after a newer one."""
    asked = {"query": "number_of_orders > 0 OR number_of_orders = 0", "parts": True}
    stop = Event()

    def post() -> None:
        for number in count():
            if stop.is_set():
                return
            rows = {
                "customers": [{"customer_id": f"n{number}"}],
                "orders": [
                    {
                        "order_id": f"n{number}",
                        "customer_id": f"n{number - number % 2}",
                        "ordered_at": "2024-02-20T10:00:00Z",
                        "paid": "5.00",
                    }
                ],
            }
            api.served.accept([{"records": rows}], "shop")

    def ask(person: int) -> list[tuple[int, int, int, int]]:
        found = []
        with api.as_with("segments:read") as client:
            for _ in range(3):
                answer = client.post("/preview", json=asked)
                assert answer.status_code == 200, answer.text
                told = answer.json()
                some, none = (part["count"] for part in told["parts"]["parts"])
                found.append((told["customers"], told["count"], some, none))
        return found

    posting = Thread(target=post)
    posting.start()
    try:
        with ThreadPoolExecutor(30) as pool:
            answers = list(pool.map(ask, range(30)))
    finally:
        stop.set()
        posting.join()
    for of_one in answers:
        for customers, members, some, none in of_one:
            assert customers == members == some + none
        assert of_one == sorted(of_one)
    assert len({each for of_one in answers for each in of_one}) > 1, "data changed meanwhile"


def test_who_listens_is_told_of_segments_that_change(api: Api) -> None:
    """Whatever is done to a segment shows on other screens; what only asks shows nowhere."""
    seen = [api.served.version]

    def told() -> bool:
        seen.append(api.served.version)
        return seen[-1] > seen[-2]

    made = api.client.post("/segments", json={"name": "New", "query": "number_of_orders > 1"})
    assert told()
    path = f"/segments/{made.json()['id']}"
    etag = {"If-Match": made.headers["ETag"]}
    api.client.patch(path, json={"description": "People who came back."}, headers=etag)
    assert told()
    for act in ("archive", "restore", "duplicate"):
        api.client.post(f"{path}/{act}", json={}).raise_for_status()
        assert told(), act
    api.client.post("/preview", json={"query": "number_of_orders > 1"})
    api.client.get(path)
    assert not told()
