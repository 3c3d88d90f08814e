"""What clients of others cost: a call, a page of 250 Pins, and their start, against ours.

Each of them lives in an environment of its own, which this makes, from PyPI:

    python -m benchmarks.peers

Every round measures each client once, in a process of its own. They are synchronous, so the calls
go one after the other, ours as well.
"""

from __future__ import annotations

import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Final

from benchmarks.rig import Row, cpu_of_programs, one_after_the_other, row, use_core
from benchmarks.server import serving
from pinterest_async import Pinterest

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
COUNTS: Final = {"get": 150, "page": 8}
# The bars of each kind of work, for the client that Pinterest publishes.
BAR: Final = {"get": 0.2, "page": 1 / 30}


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


def _cpu_of_peer(peer: str, address: str, what: str) -> float:
    program = str(HERE / "peer_calls.py")
    command = [str(python_of(peer)), program, peer, address, what, str(COUNTS[what])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(done.stdout)


async def cpu_of_ours(address: str, what: str) -> float:
    """Make the same calls with ours; give the µs of CPU of one."""
    async with Pinterest("pina_benchmark", base_url=f"{address}/v5") as client:

        async def get() -> str | None:
            return (await client.pins.get("8137442264200000")).title

        async def page() -> int:
            return len((await client.boards.list_pins("1", page_size=250)).items)

        call = get if what == "get" else page
        await one_after_the_other(call, 3)
        began = time.process_time()
        await one_after_the_other(call, COUNTS[what])
        return (time.process_time() - began) / COUNTS[what] * 1e6


def _cpu_in_own_process(address: str, what: str) -> float:
    program = (
        "import asyncio; from benchmarks.peers import cpu_of_ours; "
        f"print(asyncio.run(cpu_of_ours({address!r}, {what!r})))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(done.stdout)


def measure(*, rounds: int = 7) -> list[Row]:
    """Measure all clients.

    Raises:
        FileNotFoundError: the environments were not made.
    """
    missing = [peer for peer in PEERS if not python_of(peer).exists()]
    if missing:
        raise FileNotFoundError(f"no {', '.join(missing)}: run `python -m benchmarks.peers` first")
    rows: list[Row] = []
    with serving(core=use_core(0)) as address:
        for what, name in (("get", "a call"), ("page", "a page of 250 Pins")):
            times: dict[str, list[float]] = {peer: [] for peer in ["ours", *PEERS]}
            for _ in range(rounds):
                times["ours"].append(_cpu_in_own_process(address, what))
                for peer in PEERS:
                    times[peer].append(_cpu_of_peer(peer, address, what))
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
