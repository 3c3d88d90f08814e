"""What clients of others cost: a call, a page of 250 Pins, and their start, against ours.

Each of them lives in an environment of its own, which this makes, from PyPI:

    python -m benchmarks.peers

Every round measures each client once, in a process of its own and after some calls to warm up. The
others are synchronous: to have 50 calls in flight they need 50 threads. What they take from bytes
to objects is what a page takes them less what urllib3, which both stand on, takes to fetch it.
"""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Final

from benchmarks import responses
from benchmarks.rig import Row, cpu_of_programs, cpu_of_work, in_flight, row, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest
from pinterest_async._call.endpoint import Endpoint
from pinterest_async.models import Pin
from pinterest_async.operations import OPERATIONS

HERE: Final = Path(__file__).parent
ENVIRONMENTS: Final = HERE / ".peers"
PEERS: Final = {"pinterest-api-sdk": "0.2.7", "pinterestsdk": "2.1.0"}
STARTS: Final = {
    "pinterest-api-sdk": (
        "from pinterest.client import PinterestSDKClient\n"
        "from pinterest.organic import boards, pins\n"
        "PinterestSDKClient.create_client_with_token('pina_benchmark')"
    ),
    "pinterestsdk": (
        "import pinterestsdk as sdk\n"
        "sdk.PinsApi(sdk.ApiClient(sdk.Configuration(access_token='pina_benchmark')))"
    ),
    "ours": (
        "from pinterest_async import Pinterest\n"
        "pinterest = Pinterest('pina_benchmark')\n"
        "pinterest.pins, pinterest.boards"
    ),
}
WORK: Final = {
    "get": "calls one after the other",
    "get50": "calls, 50 in flight",
    "page": "a page of 250 Pins",
    "body": "a page of 250 Pins, from bytes to objects",
}
COUNTS: Final = {"get": 1000, "get50": 1000, "page": 25, "fetch": 25}
TASKS: Final = {"get": 1, "get50": 50, "page": 1, "fetch": 1}
# The bars of each kind of work, for the client that Pinterest publishes.
BAR: Final = {"get": 0.2, "get50": 0.2, "page": None, "body": 1 / 30}


def python_of(peer: str) -> Path:
    """The interpreter of a client's environment."""
    return ENVIRONMENTS / peer / "bin" / "python"


def make_environments() -> None:
    """Install each client into an environment of its own."""
    for peer, version in PEERS.items():
        print(f"{peer} {version}")
        venv.create(ENVIRONMENTS / peer, with_pip=True, clear=True)
        python = str(python_of(peer))
        command = [python, "-m", "pip", "install", "--quiet", f"{peer}=={version}"]
        subprocess.run(command, check=True)  # noqa: S603 - our own


def _cpu_of_objects(peer: str, address: str) -> float:
    return _cpu_of_peer(peer, address, "page") - _cpu_of_peer(peer, address, "fetch")


def _cpu_of_structs() -> float:
    body = responses.page([responses.pin(number) for number in range(responses.PAGE)], None)
    decode = Endpoint[Pin](OPERATIONS["boards/list_pins"], Pin).decode_page
    times = cpu_of_work({"ours": lambda: decode(body)}, rounds=3, count=20)
    return times["ours"][-1]


def _cpu_of_peer(peer: str, address: str, what: str) -> float:
    program = str(HERE / "peer_calls.py")
    counts = [str(COUNTS[what]), str(TASKS[what])]
    command = [str(python_of(peer)), program, peer, address, what, *counts]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(done.stdout)


async def cpu_of_ours(address: str, what: str) -> float:
    """Make the same calls with ours; give the µs of CPU of one."""
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:

        async def get() -> str | None:
            return (await client.pins.get("8137442264200000")).title

        async def page() -> int:
            return len((await client.boards.list_pins("1", page_size=250)).items)

        call = page if what == "page" else get
        await in_flight(call, COUNTS[what] // 5, TASKS[what])
        began = time.process_time()
        await in_flight(call, COUNTS[what], TASKS[what])
        return (time.process_time() - began) / COUNTS[what] * 1e6


def _cpu_in_own_process(address: str, what: str) -> float:
    program = (
        "import asyncio; from benchmarks.peers import cpu_of_ours; "
        f"print(asyncio.run(cpu_of_ours({address!r}, {what!r})))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(done.stdout)


def measure(*, rounds: int = 5) -> list[Row]:
    """Measure all clients.

    Raises:
        FileNotFoundError: the environments were not made.
    """
    missing = [peer for peer in PEERS if not python_of(peer).exists()]
    if missing:
        raise FileNotFoundError(f"no {', '.join(missing)}: run `python -m benchmarks.peers` first")
    rows: list[Row] = []
    with serving(core=use_core(0)) as address:
        for what, name in WORK.items():
            times: dict[str, list[float]] = {peer: [] for peer in ["ours", *PEERS]}
            for _ in range(rounds):
                if what == "body":
                    times["ours"].append(_cpu_of_structs())
                else:
                    times["ours"].append(_cpu_in_own_process(address, what))
                for peer in PEERS:
                    times[peer].append(
                        _cpu_of_objects(peer, address)
                        if what == "body"
                        else _cpu_of_peer(peer, address, what)
                    )
            rows += [row(times, peer, what=f"{name}: {peer}") for peer in PEERS]
            rows += [
                row(
                    times,
                    "ours",
                    what=f"{name}: ours",
                    against=peer,
                    bar=BAR[what] if peer == "pinterest-api-sdk" else None,
                )
                for peer in PEERS
            ]
    pythons = {peer: str(python_of(peer)) for peer in PEERS}
    cpu_of_programs(STARTS, rounds=1, python=pythons)
    starts = cpu_of_programs(STARTS, rounds=rounds, python=pythons)
    rows += [row(starts, peer, what=f"start: {peer}", unit="ms CPU") for peer in PEERS]
    rows += [row(starts, "ours", what="start: ours", unit="ms CPU", against=peer) for peer in PEERS]
    return rows


if __name__ == "__main__":
    make_environments()
