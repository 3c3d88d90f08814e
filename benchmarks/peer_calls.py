"""Calls with a client of others, run by the interpreter of that client's environment.

    PYTHON benchmarks/peer_calls.py PACKAGE ADDRESS get|get50|page|fetch COUNT THREADS

It prints the µs of CPU that a call took.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "pina_benchmark"  # noqa: S105 - opens nothing
PIN = "8137442264200000"


def fetch(address: str) -> Callable[[], Any]:
    """Fetch the page and do nothing with it, with the library that both of them use."""
    pool = import_module("urllib3").PoolManager()
    return lambda: len(pool.request("GET", f"{address}/v5/boards/1/pins?page_size=250").data)


def official(address: str, what: str) -> Callable[[], Any]:
    """`pinterest-api-sdk`, which Pinterest publishes."""
    os.environ["PINTEREST_API_URI"] = f"{address}/v5"
    module = import_module("pinterest.client")
    client = module.PinterestSDKClient.create_client_with_token(TOKEN)
    pins = import_module("pinterest.organic.pins")
    if what != "page":
        return lambda: pins.Pin(pin_id=PIN, client=client).title
    board = import_module("pinterest.organic.boards").Board(board_id="1", client=client)
    return lambda: len(board.list_pins(page_size=250)[0])


def generated(address: str, what: str) -> Callable[[], Any]:
    """`pinterestsdk`, which was generated from the description."""
    sdk = import_module("pinterestsdk")
    client = sdk.ApiClient(sdk.Configuration(host=f"{address}/v5", access_token=TOKEN))
    if what != "page":
        pins = sdk.PinsApi(client)
        return lambda: pins.pins_get(PIN).title
    boards = sdk.BoardsApi(client)
    return lambda: len(boards.boards_list_pins("1", page_size=250).items)


def main() -> None:
    """Make the calls."""
    package, address, what = sys.argv[1:4]
    count, threads = map(int, sys.argv[4:])
    if what == "fetch":
        call = fetch(address)
    else:
        call = {"pinterest-api-sdk": official, "pinterestsdk": generated}[package](address, what)
    got = call()
    if what == "page" and got != 250:
        raise RuntimeError(f"{got} Pins on the page")

    def repeat(times: int) -> None:
        for _ in range(times):
            call()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(repeat, [count // 5 // threads] * threads))
        began = time.process_time()
        list(pool.map(repeat, [count // threads] * threads))
        print((time.process_time() - began) / count * 1e6)


if __name__ == "__main__":
    main()
