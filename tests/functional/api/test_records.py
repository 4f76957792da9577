"""Live records over HTTP: acknowledged, visible, once."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import Api


def _order(number: int, customer: str = "d", **more: Any) -> dict[str, Any]:
    order = {"order_id": f"new-{number}", "customer_id": customer}
    when = {"ordered_at": "2024-03-01T11:00:00Z", "paid": "10.00", "total": "10.00"}
    return {"message_id": f"m-{number}", "records": {"orders": [order | when | more]}}


def _batch(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"source": "shop", "messages": list(messages)}


def _visible(api: Api, position: int) -> None:
    until = time.monotonic() + 60
    while api.client.get("/records").json()["position"] < position:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_order_changes_its_segment(api: Api) -> None:
    """Once a record is acknowledged its customer is in the segment, and the change is noted."""
    made = api.client.post("/segments", json={"name": "Buyers", "query": "number_of_orders > 0"})
    id = made.json()["id"]
    assert not api.client.get(f"/segments/{id}/members/d").json()["inside"]
    taken = api.client.post("/records", json=_batch(_order(1)))
    assert taken.status_code == 202, taken.text
    _visible(api, taken.json()["position"])
    assert api.client.get(f"/segments/{id}/members/d").json()["inside"]
    changes = api.client.get(f"/segments/{id}/history").json()
    assert (changes[0]["customer_id"], changes[0]["cause"]) == ("d", "data")
    assert changes[0]["triggers"]


def test_the_same_again_is_a_duplicate(api: Api) -> None:
    """ING-05, ING-06: in sequence, at once in many threads, and with another body."""
    batch = _batch(_order(1))
    assert api.client.post("/records", json=batch).json()["accepted"] == 1
    assert api.client.post("/records", json=batch).json()["duplicate"] == 1
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _post(api, _batch(_order(2))), range(16)))
    assert sum(each["accepted"] for each in answers) == 1
    assert sum(each["duplicate"] for each in answers) == 15
    other = api.client.post("/records", json=_batch(_order(1, paid="99.00")))
    assert other.status_code == 207
    assert other.json()["receipts"][0]["problem"]["code"] == "id_reused"


def _post(api: Api, batch: dict[str, Any]) -> dict[str, int]:
    answer: dict[str, int] = api.client.post("/records", json=batch).json()
    return answer


def test_one_bad_of_a_hundred(api: Api) -> None:
    """ING-22: the others are taken, the reason says which and why, and all again is known."""
    messages = [_order(n) for n in range(100)]
    messages[36]["records"] = {"orders": [{"order_id": "x", "paid": "a lot"}]}
    first = api.client.post("/records", json=_batch(*messages))
    assert first.status_code == 207
    assert (first.json()["accepted"], first.json()["refused"]) == (99, 1)
    assert first.json()["receipts"][36]["problem"]["pointer"].startswith("/messages/36")
    again = api.client.post("/records", json=_batch(*messages)).json()
    assert (again["duplicate"], again["refused"]) == (99, 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'{"messages": NaN}', 400),
        (b'{"source": "shop", "source": "shop", "messages": []}', 400),
        (b"\xef\xbb\xbf{}", 400),
        ('{"source": "shop", "messages": []}'.encode("utf-16"), 400),
        (b"[" * 200_000, 400),
        (b'{"source": "shop", "messages": [' + b" " * 600_000 + b"]}", 413),
        (b'{"source": "sh:op", "messages": []}', 422),
        (b'{"source": "shop", "messages": []}', 202),
    ],
)
def test_bodies_that_are_no_batch(api: Api, body: bytes, status: int) -> None:
    """ING-19, ING-21: refused with the place, never a fault of ours."""
    answer = api.client.post("/records", content=body)
    assert answer.status_code == status, answer.text


def test_packed_bodies(api: Api) -> None:
    """ING-20: gzip is read; what unpacks to much is stopped; twice packed, cut or of another
    kind is refused."""
    body = json.dumps(_batch(_order(1))).encode()
    packed = {"Content-Encoding": "gzip"}
    post = api.client.post
    assert post("/records", content=gzip.compress(body), headers=packed).status_code == 202
    bomb = gzip.compress(b" " * 200_000_000)
    assert len(bomb) < 200_000
    assert post("/records", content=bomb, headers=packed).status_code == 413
    twice = gzip.compress(gzip.compress(body))
    assert post("/records", content=twice, headers=packed).status_code == 400
    cut = gzip.compress(body)[:-6]
    assert post("/records", content=cut, headers=packed).status_code == 400
    assert post("/records", content=body, headers=packed).status_code == 400
    other = {"Content-Encoding": "br"}
    assert post("/records", content=body, headers=other).status_code == 415


def test_a_request_with_a_key_is_carried_out_once(api: Api) -> None:
    """ING-07: the answer is given again; the key with another body is refused; of somebody
    else it is another key."""
    key = {"Idempotency-Key": "k-1"}
    wanted = {"name": "Big", "query": "amount_spent > 50"}
    first = api.client.post("/segments", json=wanted, headers=key)
    again = api.client.post("/segments", json=wanted, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"]
    other = api.client.post("/segments", json=wanted | {"name": "Other"}, headers=key)
    assert other.status_code == 422
    others = api.as_with("segments:write").post("/segments", json=wanted, headers=key)
    assert others.status_code == 409
    nobody = api.as_nobody().post("/segments", json=wanted, headers=key)
    assert nobody.status_code == 401
    long = {"Idempotency-Key": "k" * 300}
    assert api.client.post("/segments", json=wanted, headers=long).status_code == 422
    assert api.client.get("/segments").json()["total"] == 1


def test_a_refused_request_can_be_tried_again(api: Api) -> None:
    """ING-07: what was not let in is not remembered."""
    key = {"Idempotency-Key": "k-1"}
    wanted = {"name": "Big", "query": "amount_spent > 50"}
    reader = api.as_with("segments:read")
    assert reader.post("/segments", json=wanted, headers=key).status_code == 403
    assert reader.post("/segments", json=wanted, headers=key).status_code == 403


def test_the_state_of_the_server(api: Api) -> None:
    """Alive and ready without signing in; measures for those who may."""
    client = api.as_nobody()
    assert client.get("https://shop.example/health").json() == {"status": "ok"}
    ready = client.get("https://shop.example/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert client.get("https://shop.example/metrics").status_code == 401
    measured = api.client.get("https://shop.example/metrics").text
    assert "segmentry_customers 4.0" in measured
    assert "segmentry_request_seconds_count" in measured


def test_trouble_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-13: what keeps records from being taken in is said, and over when it is."""

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with api.served.workspace() as workspace:
        real = workspace.apply_accepted
        monkeypatch.setattr(workspace, "apply_accepted", broken)
    taken = api.client.post("/records", json=_batch(_order(1))).json()
    _until(api, 503)
    with api.served.workspace() as workspace:
        monkeypatch.setattr(workspace, "apply_accepted", real)
    _visible(api, taken["position"])
    _until(api, 200)


def _until(api: Api, status: int) -> None:
    until = time.monotonic() + 60
    while api.as_nobody().get("https://shop.example/ready").status_code != status:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_files_take_no_key(api: Api) -> None:
    """ING-07: a key on a file that may be large is refused, and not passed over."""
    key = {"Idempotency-Key": "k-1"}
    refused = api.client.post("/imports", files={"files": ("x.csv", "a,b")}, headers=key)
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]
