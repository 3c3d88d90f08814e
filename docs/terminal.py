"""Draws `docs/pictures/export.svg`: what the README's first command prints in a terminal.

    python docs/terminal.py

The command runs in a terminal of its own; what stands there at the end is drawn.
"""

from __future__ import annotations

import html
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

PICTURE: Final = Path(__file__).parent / "pictures" / "export.svg"
SHOWN: Final = "pinterest-async export out --emulator --overwrite"
COLUMNS: Final = 74
LINE: Final = 20
GREEN: Final = "#7ec699"
STYLE: Final = "font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre"


def output() -> str:
    """Run the command in a terminal, and return all that it writes."""
    with tempfile.TemporaryDirectory() as folder:
        near, far = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "pinterest_async.cli", *SHOWN.split()[1:]],
            cwd=folder,
            env={**os.environ, "COLUMNS": f"{COLUMNS}", "TERM": "xterm-256color"},
            stdin=far,
            stdout=far,
            stderr=far,
        )
        os.close(far)
        written = b""
        while True:
            try:
                written += os.read(near, 65536)
            except OSError:  # the terminal's other end is closed
                break
        os.close(near)
        if process.wait() != 0:
            raise SystemExit(written.decode())
    return written.decode()


def screen(written: str) -> list[str]:
    """Return the lines that are left when everything is written."""
    lines: list[str] = []
    for line in written.replace("\r\n", "\n").split("\n"):
        # Progress is drawn over itself: what counts is behind the last return to the line's begin.
        left = re.split(r"\r|\x1b\[2K", line)[-1]
        plain = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", left)
        if plain.strip():
            lines.append(plain)
    return lines


def drawn(lines: list[str]) -> str:
    """Return the picture."""
    green = rf'<tspan fill="{GREEN}">\g<0></tspan>'
    rows = [re.sub("━+|^\\$", green, html.escape(line)) for line in (f"$ {SHOWN}", *lines)]
    height = LINE * len(rows) + 56
    texts = "\n".join(
        f'<text x="20" y="{56 + LINE * number}">{row}</text>' for number, row in enumerate(rows)
    )
    width = COLUMNS * 9
    dots = "".join(f'<circle cx="{20 + 18 * n}" cy="20" r="5" fill="#555"/>' for n in range(3))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'width="{width}">\n<title>{html.escape(lines[-1])}</title>\n'
        f"<style>text {{ {STYLE}; fill: #d8dade }}</style>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="#1e2024"/>{dots}\n{texts}\n</svg>\n'
    )


if __name__ == "__main__":
    PICTURE.write_text(drawn(screen(output())), "utf-8")
