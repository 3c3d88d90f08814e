"""What happens to Redis, or to one of the processes, while the limits are measured.

`FAULTS` has a function for each. It is called when the calls begin, and does its harm until they
end; `Scene` says with what.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.context import SpawnProcess

    from benchmarks.limits_work import Fault
    from benchmarks.redis_server import RedisServer

PASSWORD: Final = "right"  # noqa: S105 - of a server that nobody else reaches
FIRST: Final = 1.5
"""Windows until anything happens."""
DEATH: Final = 1.0
"""Seconds until a process is killed: the calls of the first window are on their way."""
AGAIN: Final = 1.7
"""Windows from one time to the next: each is in another phase of its window."""
AWAY: Final = 2.2
"""Seconds for which Redis is away again and again."""
SLOW: Final = 0.3
"""Seconds that a slow Redis lets everybody wait, again and again."""
STALLED: Final = 1.5
"""The same for one that is slower than the limiter is patient."""


def lock(redis: RedisServer) -> None:
    """Let it ask for a password from now on; processes come with a wrong one."""
    redis.ask("CONFIG", "SET", "requirepass", PASSWORD)
    redis.url = f"redis://:wrong@127.0.0.1:{redis.port}/0"


class Scene(NamedTuple):
    """What there is to be harmed, and when."""

    redis: RedisServer
    processes: list[SpawnProcess]
    start: float
    """When the calls begin, in Unix time."""
    end: float
    window: float
    """Seconds."""

    def until(self, moment: float) -> bool:
        """Sleep until a moment, and say whether the calls still go on then."""
        time.sleep(max(min(moment, self.end) - time.time(), 0.0))
        return moment < self.end


def _stopped(scene: Scene) -> None:
    """It stops, and stays away."""
    if scene.until(scene.start + FIRST * scene.window):
        scene.redis.stop()


def _away(scene: Scene) -> None:
    """Again and again it is away, and has forgotten all when it comes back."""
    moment = scene.start + FIRST * scene.window
    while scene.until(moment):
        scene.redis.stop()
        scene.until(moment + AWAY)
        scene.redis.start()
        moment += AGAIN * scene.window


def _flushed(scene: Scene) -> None:
    """It forgets all, again and again, at another moment of a window each time."""
    moment = scene.start + FIRST * scene.window
    while scene.until(moment):
        scene.redis.ask("FLUSHALL")
        moment += AGAIN * scene.window


def _full(scene: Scene) -> None:
    """It takes nothing more in, for two windows."""
    scene.redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    for moment, memory in ((FIRST, "1"), (FIRST + 2, "0")):
        if scene.until(scene.start + moment * scene.window):
            scene.redis.ask("CONFIG", "SET", "maxmemory", memory)


def _pausing(seconds: float, every: float = 0.0) -> Callable[[Scene], None]:
    """It answers nobody for some seconds, again after so many windows, or at once."""

    def pause(scene: Scene) -> None:
        moment = scene.start + FIRST * scene.window
        while scene.until(moment):
            scene.redis.ask("CLIENT", "PAUSE", f"{seconds * 1000:.0f}", "ALL")
            moment = max(moment + every * scene.window, time.time() + seconds)

    return pause


def _killed(scene: Scene) -> None:
    """One process ends while its calls are on their way, and can tell nobody."""
    scene.until(scene.start + DEATH)
    scene.processes[0].kill()


FAULTS: Final[Mapping[Fault, Callable[[Scene], None]]] = {
    "stopped": _stopped,
    "away": _away,
    "flushed": _flushed,
    "full": _full,
    "slow": _pausing(SLOW),
    "stalled": _pausing(STALLED, AGAIN),
    "killed": _killed,
}
