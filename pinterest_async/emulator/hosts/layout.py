"""What the emulator's pages for people look like."""

from __future__ import annotations

import html
from pathlib import Path

from aiohttp import web

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>{body}</main>
</body>
</html>
"""

# The look of the pages that exports are shown in.
_STYLE = (Path(__file__).parents[2] / "look.css").read_text(encoding="utf-8")

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src http:",
    "referrer-policy": "no-referrer",
}


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page; `title` is plain text, `body` is HTML."""
    text = _PAGE.format(title=html.escape(title), style=_STYLE, body=body)
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)
