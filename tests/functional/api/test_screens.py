"""The web app's files: which a browser gets, and what it may do with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from segmentry.api.screens import Screens

from .conftest import Api


@pytest.fixture
def built(tmp_path: Path) -> Iterator[TestClient]:
    """An app of files that a build could have made, and a secret beside them."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "web_dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Pages</title>")
    (folder / "mark.svg").write_text("<svg/>")
    (folder / "assets" / "app-1a2b3c.js").write_text("let one = 1")
    app = FastAPI(openapi_url=None)
    app.include_router(Screens(folder).router())
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/segments", "/segments/7", "/index.html", "/a.b/c"])
def test_every_other_path_is_a_page_of_the_app(built: TestClient, path: str) -> None:
    """It is never kept, so that a new version is seen at once."""
    answer = built.get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>Pages</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_files_with_a_hash_in_their_name_are_kept(built: TestClient) -> None:
    """What has none is asked for each time."""
    script, mark = built.get("/assets/app-1a2b3c.js"), built.get("/mark.svg")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert mark.headers["cache-control"] == "no-cache"
    assert built.head("/mark.svg").headers["content-length"] == "6"


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/assets/gone-0.js"])
def test_what_is_no_page_is_not_found(built: TestClient, path: str) -> None:
    """A page in place of an answer, or of a script of another version, would mislead."""
    assert built.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "//secret.txt"]
)
def test_no_other_file_is_given(built: TestClient, path: str) -> None:
    """Only those of the folder, whatever the path."""
    assert "secret" not in built.get(path).text


def test_a_browser_runs_only_our_scripts(api: Api) -> None:
    """No script within a page, none of others, no frame around it: on every page."""
    headers = api.as_nobody().get("https://shop.example/segments").headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path) -> None:
    """The interface works all the same."""
    app = FastAPI(openapi_url=None)
    app.include_router(Screens(tmp_path / "nothing").router())
    answer = TestClient(app).get("/segments")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert "content-security-policy" in answer.headers


def test_paths_of_the_interface_answer_as_before(api: Api) -> None:
    """An unknown one is a problem, not a page."""
    answer = api.client.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
