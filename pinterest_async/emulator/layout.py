"""What the emulator's pages for people look like."""

from __future__ import annotations

import html

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

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --accent: #8c3f3f; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
button { font: inherit; padding: .5rem 1.2rem; border: 1px solid var(--accent);
  border-radius: 2rem; background: var(--accent); color: #fff; cursor: pointer; }
button.plain { background: none; color: inherit; border-color: var(--line); }
.note { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; }
.boards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
.board { border: 1px solid var(--line); border-radius: .8rem; padding: .7rem; }
.board p { margin: .2rem 0 0; }
.board h3 { font-size: 1rem; margin: .5rem 0 0; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3px; height: 7rem;
  overflow: hidden; border-radius: .5rem; background: var(--line); }
.pictures img { width: 100%; height: 7rem; object-fit: cover; display: block; }
.bad { color: var(--accent); }
progress { width: 8rem; accent-color: var(--accent); }
"""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src http:",
    "referrer-policy": "no-referrer",
}


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page; `title` is plain text, `body` is HTML."""
    text = _PAGE.format(title=html.escape(title), style=_STYLE, body=body)
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)
