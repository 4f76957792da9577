"""Notebooks: members and SQL as Arrow, through the library's own connection."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

import segmentry as sg
from segmentry.base.errors import QueryError, UserError
from segmentry.connected import Connected

from .conftest import ME, Api


@pytest.fixture
def connected(api: Api) -> Connected:
    """A connection that goes through the app in this process."""
    made = api.served.access.tokens.add(
        ME, "notebook", ["segments:read", "customers:read", "sql:read"]
    )

    def answer(request: httpx.Request) -> httpx.Response:
        found = api.as_nobody().request(
            request.method,
            str(request.url).replace("http://", "https://"),
            content=request.content,
            headers=dict(request.headers),
        )
        kept = {"content-type": found.headers["content-type"]}
        return httpx.Response(found.status_code, content=found.content, headers=kept)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Connected("http://shop.example", made.text, client)


def test_the_same_answers_as_here(api: Api, connected: Connected) -> None:
    """A query, members with values, a past moment, a segment: as the library gives them."""
    with api.served.workspace() as workspace:
        workspace.segments.add("Buyers", "number_of_orders > 0")
        here = workspace.query("amount_spent > 100", as_of=date(2024, 2, 10))
        members = workspace.segments["Buyers"].members(fields=["amount_spent"])
    there = connected.query("amount_spent > 100", as_of=date(2024, 2, 10))
    assert (there.ids, there.as_of, there.sentence) == (here.ids, here.as_of, here.sentence)
    assert (there.live, there.count) == (here.live, here.count)
    assert connected.segments.names == ("Buyers",)
    segment = connected.segments["buyers"]
    assert segment.members(fields=["amount_spent"]).to_pylist() == members.to_pylist()
    assert segment.result().count == 3
    assert segment.why("a")["inside"]
    assert segment.history().num_rows == 3
    assert connected.members("number_of_orders > 0", ["number_of_orders"]).num_rows == 3


def test_errors_are_those_of_the_library(connected: Connected) -> None:
    """A wrong query is underlined; what is not allowed is said."""
    with pytest.raises(QueryError) as wrong:
        connected.query("number_of_order > 1")
    assert wrong.value.problems[0].suggestion == "number_of_orders"
    with pytest.raises(UserError, match="customers:pii"):
        connected.members("number_of_orders > 1", ["customer_email"])
    with pytest.raises(UserError, match="no segment 'X'"):
        connected.segments["X"]


def test_where_nobody_answers() -> None:
    """The address is named."""
    with pytest.raises(UserError, match="does not answer"):
        sg.Workspace.connect("http://127.0.0.1:9", token="x")


def test_sql_reads_facts(connected: Connected) -> None:
    """Tables by their names, joined as anybody likes."""
    found = connected.sql(
        "SELECT customer_id, count(*) AS n FROM orders JOIN customers USING (customer_id) "
        "GROUP BY ALL ORDER BY 1"
    )
    assert found.to_pylist()[0] == {"customer_id": "shop:a", "n": 4}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders",
        "SELECT 1; SELECT 2",
        "COPY orders TO '/tmp/x.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('https://example.com')",
        "ATTACH 'x.duckdb'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "SET enable_external_access = true",
        "SELECT getenv('HOME')",
        "SELECT * FROM no_such_table",
        "SELECT * FROM sys",
        "nonsense",
        "",
    ],
)
def test_sql_reads_nothing_else(connected: Connected, statement: str) -> None:
    """No file, no address, no other variable of the program, and nothing is changed."""
    with pytest.raises(UserError):
        connected.sql(statement)
