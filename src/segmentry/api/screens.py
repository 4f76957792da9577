"""Gives browsers the web app: the files that its build put into `web_dist`.

Whatever path is none of the interface's is one of the app's pages, all of which are one file;
the app itself finds out which is meant. Where it was not built, each says how to build it.
"""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

import segmentry

DIST = Path(segmentry.__file__).parent / "web_dist"

_FOREVER = "public, max-age=31536000, immutable"
"""For files whose names have a hash of what is in them."""

_PAGE = "index.html"

GUARD = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # charts and positions; no script comes with them
            "font-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""What a browser may do with a file of ours, beside what holds for every answer."""

_UNBUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Segmentry</title>
<h1>The web app is not built</h1>
<p>This Segmentry was installed without it. The command line and the HTTP interface do their work.
<p>To build it, run <code>make web</code> in the source folder, or install the package anew where
Node 22 or newer is on the path; then start the server again.
</html>
"""


class Screens:
    """The files of a folder by their paths; those that are there when the server starts."""

    def __init__(self, folder: Path = DIST) -> None:
        found = (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else ()
        self._files = {path.relative_to(folder).as_posix(): path for path in found}

    def router(self) -> APIRouter:
        """The route of all paths that nothing before it answers."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/{path:path}", self.answer, methods=["GET", "HEAD"])
        return router

    def answer(self, request: Request, path: str) -> Response:
        """A file, or the page of the app. Refuses what would be the interface's."""
        if path.partition("/")[0] in ("api", "assets") and path not in self._files:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        if _PAGE not in self._files:
            return HTMLResponse(_UNBUILT, HTTPStatus.SERVICE_UNAVAILABLE, GUARD)
        name = path if path in self._files else _PAGE
        kept = _FOREVER if name.startswith("assets/") else "no-cache"
        headers = GUARD | {"Cache-Control": "no-store" if name == _PAGE else kept}
        return FileResponse(self._files[name], headers=headers)
