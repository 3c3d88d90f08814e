"""Pyright's language server, asked as an editor asks it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from pathlib import Path


class LanguageServer:
    """A server for a folder, as long as the context lasts."""

    def __init__(self, folder: Path) -> None:
        self._root = folder.as_uri()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pyright.langserver", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self._number = 0

    def __enter__(self) -> Self:
        folders = [{"uri": self._root, "name": "project"}]
        start = {"processId": None, "rootUri": self._root, "workspaceFolders": folders}
        self._ask("initialize", {**start, "capabilities": {"workspace": {"configuration": True}}})
        self._send({"method": "initialized", "params": {}})
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def open(self, name: str, text: str) -> str:
        """Open a file of this text, which need not exist, and return its address."""
        uri = f"{self._root}/{name}"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return uri

    def hover(self, uri: str, line: int, character: int) -> str:
        """What is shown at a place, without its marks."""
        at = {"line": line, "character": character}
        shown = self._ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": at})
        text = str(shown["contents"]["value"]) if shown else ""
        for mark, plain in (("`", ""), ("\\", ""), ("&nbsp;", " ")):
            text = text.replace(mark, plain)
        return " ".join(text.split())

    def _ask(self, method: str, parameters: Any) -> Any:
        self._number += 1
        self._send({"id": self._number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if "method" not in message and message.get("id") == self._number:
                return message["result"]
            if "method" in message and "id" in message:  # it asks for settings, and gets none
                asked: dict[str, list[Any]] = message.get("params") or {}
                items = asked.get("items", [])
                self._send({"id": message["id"], "result": [None] * len(items) or None})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        given = cast("IO[bytes]", self._process.stdin)
        given.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        given.flush()

    def _receive(self) -> dict[str, Any]:
        told = cast("IO[bytes]", self._process.stdout)
        length = 0
        while line := told.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return cast("dict[str, Any]", json.loads(told.read(length)))
