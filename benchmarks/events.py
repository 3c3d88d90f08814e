"""Conversion events: what sending many costs beside a bare loop that only hashes and encodes.

The bare loop hashes and encodes the same events, by the thousand, to the same bytes, and checks,
sends and hears nothing. The job does all that it does, but for the network: a response with a
verdict for each event is there at once. With a journal, that is a file as `journal=` makes it. The
peak of memory is that of a process of its own for each number of events.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from benchmarks.rig import Row, cpu_of_calls, row, settle
from pinterest_async import Pinterest
from pinterest_async.jobs import send_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVENTS: Final = 10_000
ROUNDS: Final = 7
FEW: Final = 20_000
MANY: Final = 200_000
BAR: Final = 2.0
JOURNALLED: Final = 2.5
FLAT: Final = 1.1
AT_ONCE: Final = 1000
HASHED: Final = ("em", "ph", "fn", "ln", "ct", "st", "zp", "country", "external_id")
AD_ACCOUNT: Final = "549755885175"


def events(number: int) -> Iterator[dict[str, Any]]:
    """Give so many checkouts, as a shop has them."""
    now = int(time.time())
    for one in range(number):
        yield {
            "event_name": "checkout",
            "action_source": "web",
            "event_time": now - one % 3600,
            "event_id": f"order-{one}",
            "event_source_url": f"https://shop.example.com/orders/{one}",
            "user_data": {
                "em": f"Customer.{one}@Example.com ",
                "ph": f"+49 170 {one:07}",
                "fn": "Ada",
                "ln": f"Lovelace{one}",
                "ct": "Bad Homburg",
                "st": "HE",
                "zp": f"{one % 90_000 + 10_000}",
                "country": "DE",
                "external_id": f"C{one}",
                "client_ip_address": f"198.51.{one // 256 % 256}.{one % 256}",
                "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
                "click_id": f"dj0yJnU9b2JDcFFHekV4SHJNcmVrbFBkUEdqakh0akdUT1VjVVUm{one}",
            },
            "custom_data": {
                "value": f"{one % 200}.99",
                "currency": "EUR",
                "order_id": f"order-{one}",
                "num_items": 2,
                "contents": [
                    {"id": f"sku-{one % 900}", "item_price": "14.99", "quantity": 1},
                    {"id": f"sku-{one % 700}", "item_price": "7.50", "quantity": 1},
                ],
            },
        }


class Answering:
    """A session that takes every event at once."""

    closed = False

    def __init__(self, number: int) -> None:
        one = {"status": "processed", "error_message": "", "warning_message": ""}
        told = {
            "num_events_received": number,
            "num_events_processed": number,
            "events": [one] * number,
        }
        self.status = 200
        self.headers: Mapping[str, str] = {"content-type": "application/json"}
        self._body = msgspec.json.encode(told)
        self.sent = b""

    async def request(self, *_: object, data: bytes, **__: object) -> Answering:
        """Respond to whatever is asked."""
        self.sent = data
        return self

    async def read(self) -> bytes:
        """Return the response."""
        return self._body


def hash_and_encode(given: list[dict[str, Any]]) -> list[bytes]:
    """Do by hand what has to be done at the least."""
    encode = msgspec.json.Encoder().encode
    bodies: list[bytes] = []
    for start in range(0, len(given), AT_ONCE):
        made: list[dict[str, Any]] = []
        for event in given[start : start + AT_ONCE]:
            user = dict(event["user_data"])
            for name in HASHED:
                text = user[name].strip()
                if name == "ph":
                    text = re.sub(r"\D", "", text)
                elif name == "ct":
                    text = re.sub(r"[\W_]", "", text.lower())
                elif name != "external_id":
                    text = text.lower()
                user[name] = [hashlib.sha256(text.encode()).hexdigest()]
            made.append({**event, "user_data": user})
        bodies.append(encode({"data": made}))
    return bodies


async def send(given: Any, journal: Path | None = None) -> bytes:
    """Send events with the job; return the last that was sent."""
    session: Any = Answering(AT_ONCE)
    async with Pinterest("pina_benchmark", session=session) as client:
        async for verdict in send_events(client, AD_ACCOUNT, given, journal=journal):
            if verdict.state != "processed":
                raise RuntimeError(verdict)
    return bytes(session.sent)


def measure(rounds: int = ROUNDS) -> list[Row]:
    """Measure the CPU of both, and the memory of the job."""
    given = list(events(EVENTS))
    alike = [hash_and_encode(given)[-1], asyncio.run(send(given))]
    if msgspec.json.decode(alike[0]) != msgspec.json.decode(alike[1]):
        raise RuntimeError("the bare loop and the job do not send the same")
    settle()
    with tempfile.TemporaryDirectory(prefix="events-") as folder:
        journals = iter(range(10**6))

        async def bare() -> None:
            hash_and_encode(given)

        async def job() -> None:
            await send(given)

        async def journalled() -> None:
            await send(given, Path(folder, f"{next(journals)}.sqlite"))

        calls = {"hashed and encoded": bare, "sent": job, "sent with a journal": journalled}
        times = asyncio.run(cpu_of_calls(calls, rounds=rounds, count=1))
    each = {name: [one / EVENTS for one in taken] for name, taken in times.items()}
    peak = {number: _peak(number) for number in (FEW, MANY)}
    flat = peak[MANY] / peak[FEW]
    return [
        row(each, "hashed and encoded", what="an event hashed and encoded by a bare loop"),
        row(each, "sent", what="an event sent", against="hashed and encoded", bar=BAR),
        row(
            each,
            "sent with a journal",
            what="an event sent with a journal",
            against="hashed and encoded",
            bar=JOURNALLED,
        ),
        Row(
            what=f"peak memory, {MANY:,} events",
            value=peak[MANY] / 2**20,
            unit="MiB",
            against=f"{FEW:,} events",
            ratio=flat,
            bar=FLAT,
        ),
    ]


def _peak(number: int) -> float:
    """The most memory that a process of its own held, in bytes."""
    words = [sys.executable, "-m", "benchmarks.events", str(number)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return float(done.stdout)


def main(number: str) -> None:
    """Send so many events, and print how much memory was held at most."""
    asyncio.run(send(events(int(number))))
    # Not getrusage, whose figure begins with what the process that started this one held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    sys.stdout.write(str(int(peak) * 1024))


if __name__ == "__main__":
    main(*sys.argv[1:])
