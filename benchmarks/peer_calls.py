"""Calls with a client of others, run by the interpreter of that client's environment.

    PYTHON benchmarks/peer_calls.py PACKAGE ADDRESS get|page COUNT

It prints the µs of CPU that a call took.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "pina_benchmark"  # noqa: S105 - opens nothing
PIN = "8137442264200000"


def official(address: str, what: str) -> Callable[[], Any]:
    """`pinterest-api-sdk`, which Pinterest publishes."""
    os.environ["PINTEREST_API_URI"] = f"{address}/v5"
    module = import_module("pinterest.client")
    client = module.PinterestSDKClient.create_client_with_token(TOKEN)
    pins = import_module("pinterest.organic.pins")
    if what == "get":
        return lambda: pins.Pin(pin_id=PIN, client=client).title
    board = import_module("pinterest.organic.boards").Board(board_id="1", client=client)
    return lambda: len(board.list_pins(page_size=250)[0])


def generated(address: str, what: str) -> Callable[[], Any]:
    """`pinterestsdk`, which was generated from the description."""
    sdk = import_module("pinterestsdk")
    client = sdk.ApiClient(sdk.Configuration(host=f"{address}/v5", access_token=TOKEN))
    if what == "get":
        pins = sdk.PinsApi(client)
        return lambda: pins.pins_get(PIN).title
    boards = sdk.BoardsApi(client)
    return lambda: len(boards.boards_list_pins("1", page_size=250).items)


def main() -> None:
    """Make the calls."""
    package, address, what, count = sys.argv[1:]
    call = {"pinterest-api-sdk": official, "pinterestsdk": generated}[package](address, what)
    call()
    got = call()
    if what == "page" and got != 250:
        raise RuntimeError(f"{got} Pins on the page")
    began = time.process_time()
    for _ in range(int(count)):
        call()
    print((time.process_time() - began) / int(count) * 1e6)


if __name__ == "__main__":
    main()
