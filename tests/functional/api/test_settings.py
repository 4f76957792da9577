"""How long events are kept, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api

PATH = "/settings/retention"


def _change(api: Api, tag: str | None, **days: Any) -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    return api.client.patch(PATH, json=days, headers=headers)


def test_retention_is_read_and_changed(api: Api) -> None:
    """Kinds that are not named stay, null is for ever; the log says who set what."""
    first = api.client.get(PATH)
    assert first.json() == {"storefront": None, "messages": None, "own": None}
    changed = _change(api, first.headers["etag"], storefront=30, own=365)
    assert changed.status_code == 200, changed.text
    again = _change(api, changed.headers["etag"], own=None)
    assert again.json() == {"storefront": 30, "messages": None, "own": None}
    read = api.client.get(PATH)
    assert (read.json(), read.headers["etag"]) == (again.json(), again.headers["etag"])
    with api.served.workspace() as workspace:
        assert workspace.retention == {"storefront": 30}
    noted = [each for each in api.client.get("/audit").json() if each["verb"] == "change_retention"]
    assert [each["details"] for each in noted] == [{"own": None}, {"storefront": 30, "own": 365}]
    assert {each["who_kind"] for each in noted} == {"token"}


def test_nobody_overwrites_what_they_have_not_seen(api: Api) -> None:
    """API-16: without the version 428, with an old one 412, and nothing is changed."""
    tag = api.client.get(PATH).headers["etag"]
    assert _change(api, None, own=5).status_code == 428
    assert _change(api, tag, own=5).status_code == 200
    assert _change(api, tag, own=6).status_code == 412
    assert api.client.get(PATH).json()["own"] == 5


@pytest.mark.parametrize(
    "days", [{"own": 0}, {"own": -1}, {"own": 100_000}, {"own": "x"}, {"own": 1.5}, {"other": 5}]
)
def test_days_that_are_none(api: Api, days: dict[str, Any]) -> None:
    """Refused by name, and nothing is kept of it."""
    tag = api.client.get(PATH).headers["etag"]
    assert _change(api, tag, **days).status_code == 422
    assert api.client.get(PATH).headers["etag"] == tag


def test_who_may_not_change_settings(api: Api) -> None:
    """Who may see them sees them."""
    client = api.as_with("settings:read")
    tag = client.get(PATH).headers["etag"]
    assert client.patch(PATH, json={"own": 1}, headers={"If-Match": tag}).status_code == 403
