"""The commands that ask: what they print, what they say when asked wrongly, how they end."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import segmentry as sg

from .command import Ended, run, run_here

WORDY = "number_of_order > 3 AND\n  foo = 3"
"""Two things wrong: a misspelt filter, and on the second line one like nothing there is."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three customers: ann with three orders, bob with one, cid with none."""
    folder = tmp_path_factory.mktemp("query") / "shop"
    orders = [
        ("1", "ann", "2024-01-31T12:00:00"),
        ("2", "ann", "2024-01-31T23:30:00"),
        ("3", "ann", "2024-07-01T00:30:00"),
        ("4", "bob", "2024-07-01T12:00:00"),
    ]
    with sg.Workspace.create(folder, timezone="Europe/London", currency="GBP") as store:
        store.load(
            {
                "customers": [
                    {"customer_id": name, "created_at": "2020-01-01T00:00:00"}
                    for name in ("ann", "bob", "cid")
                ],
                "orders": [
                    {"order_id": order, "customer_id": who, "ordered_at": at, "paid": "10.50"}
                    for order, who, at in orders
                ],
            },
            source="shop",
        )
    return folder


def ask(shop: Path, *words: str) -> Ended:
    """Run a command on the store."""
    return run_here("--workspace", shop, *words)


def count(shop: Path, text: str, as_of: str) -> str:
    """How many customers a query is true for at a moment, as printed."""
    return ask(shop, "query", text, "--as-of", as_of, "--count").out


# -- answers ----------------------------------------------------------------------------


def test_query_says_who_how_many_and_when(shop: Path) -> None:
    """The sentence, the count with its share, the moment on the store's clock."""
    done = ask(shop, "query", "number_of_orders >= 1", "--as-of", "2024-07-31")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "Customers whose number of orders is at least 1.",
        "2 of 3 customers, 66.7% of all",
        "as of 31 July 2024, 23:59:59 (Europe/London)",
    ]


def test_count_prints_a_number_and_nothing_else(shop: Path) -> None:
    """For a script to read."""
    assert ask(shop, "query", "number_of_orders >= 1", "--count").out == "2\n"


def test_members_prints_ids_one_a_line(shop: Path) -> None:
    """As the store's only source gives them, in order."""
    assert ask(shop, "query", "number_of_orders >= 1", "--members").out == "ann\nbob\n"


def test_no_members_print_nothing(shop: Path) -> None:
    """An empty line would be one member for a script that counts lines."""
    assert ask(shop, "query", "number_of_orders > 99", "--members").out == ""


def test_query_as_json(shop: Path) -> None:
    """Everything about the answer; the members where they are asked for."""
    text = "number_of_orders >= 1"
    answer = run_here(
        "--json", "-w", shop, "query", text, "--as-of", "2024-01-31", "--members"
    ).json
    assert answer == {
        "query": "number_of_orders >= 1",
        "sentence": "Customers whose number of orders is at least 1.",
        "count": 1,
        "live": 3,
        "as_of": "2024-01-31T23:59:59.999999+00:00",
        "undated": [],
        "notes": [],
        "members": ["ann"],
    }
    assert "members" not in run_here("--json", "-w", shop, "query", text).json


def test_workspace_from_the_environment_or_the_present_folder(shop: Path) -> None:
    """`--workspace` need not be typed every time."""
    words = ("query", "number_of_orders = 3", "--count")
    assert run_here(*words, SEGMENTRY_WORKSPACE=str(shop)).out == "1\n"
    assert run_here(*words, cwd=shop).out == "1\n"


@pytest.mark.parametrize(
    ("as_of", "orders"),
    [
        ("2024-01-30", 0),
        ("2024-01-31", 2),
        ("2024-01-31T12:00:00", 1),
        ("2024-01-31T11:59:59", 0),
        ("2024-06-30", 2),
        ("2024-06-30T23:30:00Z", 3),
        ("2024-07-01T00:29:59", 2),
        ("2024-07-01T00:30:00+01:00", 3),
    ],
)
def test_as_of_is_a_day_or_a_time(shop: Path, as_of: str, orders: int) -> None:
    """A day means its end, a time without a zone the store's clock."""
    text = f"number_of_orders = {orders}"
    assert "ann" in ask(shop, "query", text, "--as-of", as_of, "--members").out.splitlines()


@pytest.mark.parametrize(("as_of", "expected"), [("1900-01-01", "0\n"), ("2199-12-31", "3\n")])
def test_as_of_a_day_far_away(shop: Path, as_of: str, expected: str) -> None:
    """The first and the last day that queries may name can be asked about."""
    text = "number_of_orders = 0 OR last_order_date < +1d"
    assert count(shop, text, as_of) == expected


@pytest.mark.parametrize("as_of", ["0001-01-01", "1899-12-31", "2200-01-01T00:00:00", "9999-12-31"])
def test_as_of_a_day_too_far_away(shop: Path, as_of: str) -> None:
    """Beyond them nothing is answered, as the calendar has no room for what a query adds."""
    done = ask(shop, "query", "number_of_orders = 0", "--as-of", as_of)
    assert (done.code, done.out) == (1, "")
    assert done.err == "Moments to ask about lie between 1900-01-01 and 2199-12-31.\n"


@pytest.mark.parametrize(
    "as_of",
    ["yesterday", "2024-13-01", "31/01/2024", "2024-01-31 noon", "20240131", "2024-W05-3", ""],
)
def test_as_of_that_is_no_moment(shop: Path, as_of: str) -> None:
    """The message says how to write one."""
    done = ask(shop, "query", "number_of_orders > 1", "--as-of", as_of)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"'{as_of}' is not a moment. Write 2024-01-31 or 2024-01-31T16:00:00.\n"


# -- the other questions ----------------------------------------------------------------


@pytest.mark.parametrize(("command", "last"), [("rfm", "PROSPECTS"), ("lifecycle", "NONE")])
def test_groups(shop: Path, command: str, last: str) -> None:
    """The groups are printed with their moment; JSON has the same groups."""
    done = ask(shop, command, "--as-of", "2024-07-31")
    assert (done.code, done.err) == (0, "")
    assert "as of 31 July 2024, 23:59:59 (Europe/London)" in done.out
    answer = run_here("--json", "-w", shop, command, "--as-of", "2024-07-31").json
    names = [group["name"] for group in answer["groups"]]
    assert names[-1] == last
    printed = [line.split(" ")[0] for line in done.out.splitlines() if "|" in line]
    assert printed[1:] == names
    placed = sum(group["members"] for group in answer["groups"])
    assert placed + answer["unplaced"] == answer["live"] == 3


def test_check_needs_no_workspace(tmp_path: Path) -> None:
    """It says a query's one written form and its meaning."""
    done = run_here("check", "number_of_orders>3 and amount_spent >= 10.5", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    written, meaning = done.out.splitlines()
    assert written == "number_of_orders > 3 AND amount_spent >= 10.5"
    assert meaning.startswith("Customers whose number of orders is more than 3 and")
    assert list(tmp_path.iterdir()) == []


def test_remarks_are_shown() -> None:
    """An older spelling is answered in its new form, with a word about it."""
    done = run_here("check", "last_order_date > 30_days_ago")
    assert done.code == 0
    written, meaning, note = done.out.splitlines()
    assert written == "last_order_date > -30d"
    assert "was less than 30 days ago" in meaning
    assert "older spelling" in note


# -- exit code 1 ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["query", "check"])
def test_wrong_query_is_shown_with_what_is_wrong(shop: Path, command: str) -> None:
    """Every problem with its line and column, the line underlined, and what was meant."""
    done = ask(shop, command, WORDY)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "Line 1 Column 0: 'number_of_order' filter cannot be found.",
        "  number_of_order > 3 AND",
        "  ^^^^^^^^^^^^^^^",
        "  Did you mean: number_of_orders",
        "",
        "Line 2 Column 2: 'foo' filter cannot be found.",
        "    foo = 3",
        "    ^^^",
    ]


def test_warnings_are_shown_beside_the_answer(shop: Path) -> None:
    """On the error output of `query`, so that a pipe gets the members alone; on that of `check`
    with the rest, and in JSON as data."""
    text = "number_of_orders > 5 AND number_of_orders < 3"
    warning = (
        "Warning, line 1 column 0: No customer fits `number_of_orders > 5` and "
        "`number_of_orders < 3` at once. So nobody is ever in this segment. "
        "Join them with OR, or change one."
    )
    done = ask(shop, "query", text, "--count")
    assert (done.code, done.out, done.err) == (0, "0\n", f"{warning}\n")
    assert " ".join(warning.split()) in " ".join(run_here("check", text).out.split())
    for words in (("query", text), ("check", text)):
        (found,) = run_here("--json", "-w", shop, *words).json["warnings"]
        assert (found["code"], found["severity"]) == ("never_true", "warning")


def test_people_without_a_value_are_counted_at_the_moment(shop: Path) -> None:
    """A note after the answer, and nothing beside what a pipe reads."""
    text = "last_order_date < 2024-07-01"
    done = ask(shop, "query", text, "--as-of", "2024-07-31")
    assert (done.code, done.err) == (0, "")
    assert "Note, line 1 column 0: `last_order_date < 2024-07-01`: 1 customer has no" in done.out
    early = ask(shop, "query", text, "--as-of", "2024-01-31")
    assert ": 2 customers have no last order and are left out." in " ".join(early.out.split())
    assert ask(shop, "query", text, "--count") == Ended(0, "0\n", "")
    assert "1 customer has no last order" in " ".join(ask(shop, "check", text).out.split())


def test_values_that_nobody_has_are_told(shop: Path) -> None:
    """With one that is spelt alike, where there is one."""
    done = ask(shop, "query", "customer_tags CONTAINS 'vip'", "--members")
    assert done.out == ""
    assert done.err == (
        "Warning, line 1 column 23: Nobody has, under tags, 'vip', as far as the data go.\n"
    )


def test_portability_is_told_when_asked(shop: Path) -> None:
    """Yes, or no with every reason; in JSON always."""
    fine, ours = "customer_tags CONTAINS 'a'", "days_since_last_order > 90"
    assert "In Shopify this text would run unchanged." in run_here("check", fine, "--portable").out
    told = run_here("check", ours, "--portable").out
    assert "In Shopify this text would not run unchanged." in told
    assert "Warning, line 1 column 0: days_since_last_order is Segmentry's own" in told
    assert "Shopify" not in run_here("check", ours).out
    answers = [
        run_here("--json", *of, "check", text).json
        for of in ((), ("-w", shop))
        for text in (fine, ours)
    ]
    assert [answer["portable"] for answer in answers] == [True, False] * 2
    assert [len(answer["portability"]) for answer in answers] == [0, 1] * 2


@pytest.mark.parametrize("command", ["query", "check"])
def test_wrong_query_as_json(shop: Path, command: str) -> None:
    """One JSON value on the error output, nothing on the other."""
    done = run_here("--json", "-w", shop, command, WORDY)
    assert (done.code, done.out) == (1, "")
    error = json.loads(done.err)
    assert set(error) == {"error", "problems"}
    first, second = error["problems"]
    assert first == {
        "code": "unknown_filter",
        "message": "'number_of_order' filter cannot be found.",
        "start": 0,
        "end": 15,
        "line": 1,
        "column": 0,
        "suggestion": "number_of_orders",
        "severity": "error",
    }
    assert WORDY[second["start"] : second["end"]] == "foo"
    assert (second["line"], second["column"], second["suggestion"]) == (2, 2, None)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("", "  ^"),
        ("number_of_orders >", "                    ^"),
        ("number_of_orders > 3 AND AND", None),
        ("\tfoo = 3", "   ^^^"),
    ],
)
def test_marks_stay_under_the_line(text: str, marked: str | None) -> None:
    """At the end of a line, in an empty one and after a tab too."""
    done = run_here("check", text)
    assert done.code == 1
    _, shown, marks = done.err.splitlines()[:3]
    assert "\t" not in shown
    assert set(marks) == {" ", "^"}
    assert len(marks) <= len(shown) + 1
    assert marked is None or marks == marked


def test_long_line_is_cut_around_what_is_wrong() -> None:
    """The marks are under the word they mean."""
    text = "number_of_orders > 3 AND " * 20 + "foo = 3" + " AND number_of_orders > 3" * 20
    _, shown, marks = run_here("check", text).err.splitlines()[:3]
    assert len(shown) < 110
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "foo"


def test_unknown_workspace(tmp_path: Path) -> None:
    """The message says which folder, and how to make or name one."""
    done = run_here("-w", "nowhere", "query", "number_of_orders > 1", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("nowhere is not a workspace.")
    assert "segmentry init nowhere" in done.err
    assert "--workspace" in done.err
    assert list(tmp_path.iterdir()) == []


def test_unknown_workspace_as_json(tmp_path: Path) -> None:
    """The same as JSON, without problems in a query."""
    done = run_here("--json", "-w", "nowhere", "rfm", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    error = json.loads(done.err)
    assert error["error"].startswith("nowhere is not a workspace.")
    assert error["problems"] == []


def test_workspace_in_use(shop: Path) -> None:
    """Only one process can use a workspace; the other is told so."""
    with sg.Workspace.open(shop):
        done = run("-w", shop, "query", "number_of_orders > 1")
    assert (done.code, done.out) == (1, "")
    assert "in use by another process" in done.err


# -- exit codes 2 and 3 -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query",), "Missing argument"),
        (("nonsense",), "No such command 'nonsense'"),
        (("check", "a", "--bad"), "No such option: --bad"),
        (("--bad",), "No such option: --bad"),
        (("query", "a", "--as-of"), "Option '--as-of' requires an argument"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str) -> None:
    """Ends with 2 and says what is wrong, on the error output."""
    done = run_here(*words)
    assert (done.code, done.out) == (2, "")
    assert "Error" in done.err
    assert said in done.err


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of ours that fails in a way nobody thought of."""

    def bind(*words: str) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("segmentry.query.bind.bind", bind)


@pytest.mark.usefixtures("broken")
def test_fault_of_ours() -> None:
    """Ends with 3, says so, and how to see where."""
    done = run_here("check", "number_of_orders > 3")
    assert (done.code, done.out) == (3, "")
    assert "fault of Segmentry's: RuntimeError: broken on purpose" in done.err
    assert "SEGMENTRY_TRACE=1" in done.err
    assert "Traceback" not in done.err


@pytest.mark.usefixtures("broken")
def test_fault_of_ours_with_its_trace() -> None:
    """On request the place in the code is shown."""
    done = run_here("check", "number_of_orders > 3", SEGMENTRY_TRACE="1")
    assert done.code == 3
    assert "Traceback" in done.err
    assert "in bind" in done.err


@pytest.mark.usefixtures("broken")
def test_fault_of_ours_as_json() -> None:
    """Still one JSON value."""
    done = run_here("--json", "check", "number_of_orders > 3")
    assert (done.code, done.out) == (3, "")
    assert json.loads(done.err) == {"error": "broken on purpose", "problems": []}


BROKEN = """
import segmentry.query.bind
segmentry.query.bind.bind = None
"""


@pytest.mark.parametrize(
    ("words", "before", "code"),
    [
        (("check", "number_of_orders > 3"), "", 0),
        (("check", "number_of_order > 3"), "", 1),
        (("check",), "", 2),
        (("check", "number_of_orders > 3"), BROKEN, 3),
    ],
)
def test_exit_codes_of_a_process(words: tuple[str, ...], before: str, code: int) -> None:
    """What a shell sees; the other tests run commands without a process."""
    done = run(*words, before=before)
    assert done.code == code
    assert bool(done.out) == (code == 0)
    assert bool(done.err) == (code != 0)


# -- pipes and terminals ----------------------------------------------------------------


@pytest.mark.parametrize("words", [("--members",), ("--count",), ()])
def test_reader_that_went_away(shop: Path, words: tuple[str, ...]) -> None:
    """As with `segmentry query ... --members | head`: no error."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run("-w", shop, "query", "number_of_orders > 0", *words, stdout=writing)
    finally:
        os.close(writing)
    assert (done.code, done.err) == (0, "")


def test_output_that_is_not_utf8(shop: Path) -> None:
    """Tables need no sign beyond ASCII."""
    done = run("-w", shop, "rfm", PYTHONIOENCODING="ascii")
    assert (done.code, done.err) == (0, "")


def test_sign_that_the_output_lacks(shop: Path) -> None:
    """It is replaced; the answer still comes."""
    text = "customer_tags CONTAINS 'café'"
    assert run("-w", shop, "query", text, PYTHONIOENCODING="ascii").code == 0


def test_complete_lists_what_can_follow(shop: Path, tmp_path: Path) -> None:
    """With a workspace its own values too; as a table, or as JSON with the place of each."""
    table = run_here("complete", "number_of_orders IS ", cwd=tmp_path)
    assert [line.split("|")[0].strip() for line in table.out.splitlines()[2:]] == [
        "NULL",
        "NOT NULL",
    ]
    ended = run_here(
        "-w", shop, "complete", "customer_source CONTAINS 's OR x", "--cursor", "27", "--json"
    )
    (found,) = ended.json["suggestions"]
    assert found == {"text": "'shop'", "kind": "value", "detail": "", "start": 25, "end": 27}
