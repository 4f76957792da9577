"""Options and arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segmentry.cli.completion import field_lists, query_texts, segment_names

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="A past moment: 2024-01-31 (its end) or 2024-01-31T16:00:00. Default: now.",
        show_default=False,
    ),
]
SegmentName = Annotated[
    str, typer.Argument(help="The segment's name.", autocompletion=segment_names)
]
Text = Annotated[str, typer.Argument(help="The query.", autocompletion=query_texts)]
Description = Annotated[
    str | None, typer.Option("--description", help="What it is for.", show_default=False)
]
Goal = Annotated[
    str | None, typer.Option("--goal", help="What it is to achieve.", show_default=False)
]
Strategy = Annotated[
    str | None, typer.Option("--strategy", help="How that is done.", show_default=False)
]
Note = Annotated[
    str | None, typer.Option("--note", help="What support staff should know.", show_default=False)
]
Owner = Annotated[
    str | None, typer.Option("--owner", help="Who looks after it.", show_default=False)
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag; may be repeated.", show_default=False)
]
Folder = Annotated[
    str | None,
    typer.Option("--folder", help="A folder's path: Retention/2026.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")]
Fields = Annotated[
    str | None,
    typer.Option(
        "--fields",
        help="Attributes to show beside the id, with commas between them.",
        autocompletion=field_lists,
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="A file to write: .csv, .xlsx, .parquet or .jsonl. Of a folder, one in it.",
        show_default=False,
    ),
]
FileFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="How to write the file: csv, xlsx, parquet or jsonl. Default: by its ending.",
        show_default=False,
    ),
]
OrderRules = Annotated[
    str | None,
    typer.Option(
        "--order-rules",
        help="Which orders count: net, shopify or woocommerce.",
        show_default=False,
    ),
]


def split(text: str | None) -> list[str]:
    """The names in a text with commas between them; `none` is the same as no text."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return [] if names == ["none"] else names
