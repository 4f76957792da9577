"""What passes between a process that reads files and whoever started it: JSON, in a file what is
asked, and in lines what is answered."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from segmentry.ingest.apart.parts import Asked

BEGIN = "begin.json"
"""The name of the file with what is asked, in the folder that the parts are written to."""


class Begin(msgspec.Struct, tag=True, frozen=True):
    """What is to be read, where to, with how much memory and time at most."""

    asked: Asked
    memory: int
    seconds: int


class Share(msgspec.Struct, tag=True, frozen=True):
    """So far it is, and of what."""

    share: float
    what: str


class Refused(msgspec.Struct, tag=True, frozen=True):
    """The files cannot be taken in, and why."""

    why: str


class Full(msgspec.Struct, tag=True, frozen=True):
    """There is no more memory."""


class Fault(msgspec.Struct, tag=True, frozen=True):
    """A fault of ours: its kind, and where."""

    kind: str
    where: str


class Done(msgspec.Struct, tag=True, frozen=True):
    """The parts are written."""


Said: TypeAlias = Share | Refused | Full | Fault | Done

encode = msgspec.json.encode
begun = msgspec.json.Decoder(Begin)
said: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)
