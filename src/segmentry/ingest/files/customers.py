"""Typed rows of customers files -> customers, their tags, addresses, consents, metafields.

One row a customer; where one stands twice the last row holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from segmentry.ingest.files.building import Built, Context, Rows, literal, numbered, split
from segmentry.ingest.files.report import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEYED = """
    CREATE VIEW keyed AS SELECT *, coalesce(customer_id, email_key, phone) AS key FROM typed
"""
_KEPT = """
    CREATE TABLE kept AS
    SELECT * FROM keyed
    WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)
    QUALIFY row_number() OVER (PARTITION BY key ORDER BY f DESC, line DESC) = 1
    ORDER BY f, line
"""
_CUSTOMERS = """
    SELECT q(key) AS customer_id, created_at, email, email_key, phone,
        coalesce(name, nullif(concat_ws(' ', first_name, last_name), '')) AS name,
        note, language, upper(account_status) AS account_status, created_by_app_id, birth_date,
        age, income, gender, marital_status, education, occupation, internal,
        CASE WHEN customer_id IS NULL THEN NULL ELSE false END AS guest
    FROM kept
"""
_TAGS = "SELECT q(key) AS customer_id, unnest({tags}) AS tag FROM kept ORDER BY f, line"
# A region is its country's: CA alone would be a country.
_ADDRESS = """
    SELECT q(key) AS customer_id, "{0}.country" AS country,
        CASE
            WHEN "{0}.region" LIKE "{0}.country" || '-%' THEN upper("{0}.region")
            WHEN length("{0}.region") <= 3 THEN "{0}.country" || '-' || upper("{0}.region")
        END AS region,
        "{0}.city" AS city, ltrim("{0}.postal_code", '''') AS postal_code,
        "{0}.latitude" AS latitude, "{0}.longitude" AS longitude,
        coalesce("{0}.is_default", {1}) AS is_default
    FROM kept
    WHERE f IN {files}
        AND (coalesce("{0}.country", "{0}.region", "{0}.city", "{0}.postal_code") IS NOT NULL
            OR "{0}.latitude" IS NOT NULL)
"""
_CONSENT = """
    SELECT q(key) AS customer_id, {channel} AS channel, {address} AS address_key,
        "{0}.state" AS state, coalesce("{0}.acted_at", list_extract({seen}, f + 1)) AS acted_at,
        'import' AS source,
        coalesce("{0}.source" || '; ', '') || list_extract({proofs}, f + 1) AS proof
    FROM kept WHERE f IN {files} AND "{0}.state" IS NOT NULL AND {address} IS NOT NULL
"""
_METAFIELD = """
    SELECT q(key) AS customer_id, {namespace} AS namespace, {key} AS key, {type} AS type,
        "{0}.value" AS value
    FROM kept WHERE f IN {files}
"""


def build(typed: pa.Table, wrong: Iterable[pa.Table], context: Context) -> Built:
    """The customers in the rows. Refuses rows with no id, address or number."""
    rows = Rows(typed, wrong, context)
    rows.db.execute(_KEYED)
    rows.refuse(
        "customer_id",
        "coalesce(name, last_name, first_name)",
        "'the customer has no id, usable e-mail address or phone number'",
        "FROM keyed WHERE key IS NULL",
    )
    rows.db.execute(_KEPT)
    tables = {"customers": rows.table("customers", _CUSTOMERS)}
    if rows.mapped("tags"):
        separator = next(iter(context.files.values())).mapping.format.tag_separator
        tables["customer_tags"] = rows.table(
            "customer_tags", _TAGS.format(tags=split("tags", separator))
        )
    tables |= _addresses(rows) | _consents(rows) | _metafields(rows)
    return Built(tables, rows.wrong(), _notes(rows))


@dataclass(frozen=True, slots=True)
class _Block:
    """A repeated part, such as `consents.1`, and the files (as a SQL list) that state the
    same of it: two files may number theirs alike and mean different ones."""

    name: str
    stated: Mapping[str, str]
    files: str


def _blocks(rows: Rows, sort: str) -> list[_Block]:
    """The repeated parts of all files of the import."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}
    for number, file in rows.context.files.items():
        for name, stated in file.mapping.blocks.items():
            if name.startswith(f"{sort}."):
                found.setdefault((name, tuple(stated.items())), []).append(number)
    return [_Block(name, dict(stated), numbered(files)) for (name, stated), files in found.items()]


def _all(rows: Rows, table: str, parts: list[str]) -> dict[str, pa.Table]:
    return {table: rows.table(table, " UNION ALL ".join(parts))} if parts else {}


def _addresses(rows: Rows) -> dict[str, pa.Table]:
    parts = [
        _ADDRESS.format(each.name, "true" if number == 0 else "false", files=each.files)
        for number, each in enumerate(_blocks(rows, "addresses"))
    ]
    return _all(rows, "addresses", parts)


def _consents(rows: Rows) -> dict[str, pa.Table]:
    files = rows.context.files
    proofs = [
        f"{files[n].name}, SHA-256 {files[n].detected.sha256}" if n in files else ""
        for n in range(max(files) + 1)
    ]
    seen = [f"TIMESTAMP '{m.replace(tzinfo=None).isoformat()}'" for m in rows.context.seen]
    parts = [
        _CONSENT.format(
            each.name,
            channel=literal(each.stated["channel"].upper()),
            address="phone" if each.stated["channel"].upper() == "SMS" else "email_key",
            seen=f"[{', '.join(seen)}]",
            proofs=f"[{', '.join(map(literal, proofs))}]",
            files=each.files,
        )
        for each in _blocks(rows, "consents")
    ]
    return _all(rows, "consents", parts)


def _metafields(rows: Rows) -> dict[str, pa.Table]:
    parts = [
        _METAFIELD.format(
            each.name,
            files=each.files,
            **{name: literal(value) for name, value in each.stated.items()},
        )
        for each in _blocks(rows, "metafields")
    ]
    return _all(rows, "attributes", parts)


def _notes(rows: Rows) -> list[Note]:
    twice = rows.count(
        """SELECT count(*) - (SELECT count(*) FROM kept) FROM keyed
        WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)"""
    )
    if not twice:
        return []
    names = ", ".join(file.name for file in rows.context.files.values())
    return [Note(names, None, "customers stand more than once; the last row holds", twice)]
