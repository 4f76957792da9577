"""From the link that the server prints to a file of a segment's members."""

from __future__ import annotations

import csv
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import EMAIL, PASSWORD, PHONE, WIDE, Shop

SERIOUS = {"serious", "critical"}
THEMES: tuple[Literal["light", "dark"], Literal["light", "dark"]] = ("light", "dark")


def sign_in(page: Page) -> None:
    """Fill in the form and send it."""
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_from_signing_in_to_a_file(first_run: Shop) -> None:
    """Whoever has an account signs in, finds a segment, looks at it and takes its members
    along; every date is the store's, wherever the browser is."""
    with first_run.page("/segments", anew=True) as page:
        sign_in(page)
        expect(page.get_by_role("heading", name="Segments", exact=True)).to_be_visible()
        expect(page.get_by_text("as of 9 Dec 2011, 23:59:59")).to_be_visible()
        page.keyboard.press("/")
        page.keyboard.type("frequent")
        table = page.get_by_role("table", name="Segments")
        expect(table.get_by_role("row")).to_have_count(2)
        expect(table).to_contain_text("442")
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Frequent buyers")).to_be_visible()
        expect(page.get_by_text("Customers who placed more than 3 orders")).to_be_visible()
        members = page.get_by_role("table", name="Members")
        expect(members).to_have_attribute("aria-rowcount", "443")
        expect(members.get_by_role("row", name="12362")).to_contain_text("25 Jan 2012")
        members.get_by_role("button", name="Amount spent").click()
        expect(members.get_by_role("columnheader", name="Amount spent")).to_have_attribute(
            "aria-sort", "descending"
        )
        expect(page.get_by_text("Leave within 30 days")).to_be_visible()

        page.get_by_role("button", name="Export").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_placeholder("Find a column").fill("first order")
        dialog.get_by_label("First order", exact=True).check()
        dialog.get_by_role("button", name="Make the file").click()
        expect(dialog.get_by_text("The file is ready: 442 customers.")).to_be_visible()
        with page.expect_download() as started:
            dialog.get_by_role("link", name="Download").click()
        with started.value.path().open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 442
        assert "first_order_date" in rows[0]

        page.keyboard.press("Escape")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_put_away_comes_back(first_run: Shop) -> None:
    """Archiving has a way back, which stays as long as somebody points at it; a copy is one
    key away."""
    with first_run.page("/segments") as page:
        row = page.get_by_role("row").filter(has_text="Churn risks")
        row.get_by_role("button", name="Actions for Churn risks").click()
        page.get_by_role("menuitem", name="Archive").click()
        page.get_by_text("Churn risks was archived").hover()
        expect(row).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(row).to_have_count(1)
        row.get_by_role("link").focus()
        page.keyboard.press("d")
        page.get_by_text("Churn risks (2) was made").hover()
        copy = page.get_by_role("link", name="Churn risks (2)")
        expect(copy).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(copy).to_have_count(0)


def test_a_session_that_ends_is_gone_on_with(first_run: Shop) -> None:
    """UI-11: a dialog over the page; what was done goes on after it, and nothing is lost."""
    with first_run.page("/segments", anew=True) as page:
        sign_in(page)
        page.get_by_placeholder("Search names and rules").fill("repeat")
        rows = page.get_by_role("table", name="Segments").get_by_role("row")
        expect(rows).to_have_count(5)
        cookies = {each["name"]: each["value"] for each in page.context.cookies()}
        address = first_run.running.address
        with httpx.Client(base_url=f"{address}/api/v1", cookies=cookies) as ours:
            csrf = ours.get("/session").json()["csrf"]
            ended = ours.delete("/session", headers={"X-CSRF-Token": csrf, "Origin": address})
        assert ended.status_code == 204
        page.get_by_role("link", name="At-Risk Repeat").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("You were signed out")
        sign_in(page)
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("heading", name="At-Risk Repeat")).to_be_visible()
        page.go_back()
        expect(page.get_by_placeholder("Search names and rules")).to_have_value("repeat")
        expect(rows).to_have_count(5)


@pytest.mark.parametrize(
    ("path", "ready"), [("/", "Before"), ("/segments", "By email"), ("/segments/1", "12362")]
)
def test_everybody_can_use_it(first_run: Shop, path: str, ready: str) -> None:
    """UI-06: axe finds nothing serious, on a light screen and on a dark phone, where nothing is
    cut off either."""
    found = []
    with first_run.page(path) as page:
        page.get_by_text(ready).first.wait_for()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        for (width, height), theme in zip((WIDE, PHONE), THEMES, strict=True):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme)
            found += [
                (theme, each["id"], each["nodes"][0]["html"][:200])
                for each in Axe().run(page).response["violations"]
                if each["impact"] in SERIOUS
            ]
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert found == []
