"""What was measured, as numbers: times of a process, percentiles, a span with its cost."""

import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

Figures = dict[str, float]
TICKS_S = os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the least value that at least `share` (0 to 1] of the values do not exceed; of none, 0."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def summed(pid: int, of: Callable[[int], int]) -> int:
    """Of a process and all that it has started: workers, a recorder.  The process itself is read last.

    So the time of a child that ends just now is found once, with its parent's.
    """
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in (thread / "children").read_text("ascii").split():
                with suppress(FileNotFoundError, ProcessLookupError):
                    total += summed(int(child), of)
    return total + of(pid)


def cpu_s(pid: int) -> float:
    """Processor time that a process and its children have used, user and system, all their threads."""
    return summed(pid, lambda one: cpu_of(Path(f"/proc/{one}/stat").read_text("ascii", "replace"))) / TICKS_S


def cpu_of(stat: str) -> int:
    """utime + stime in clock ticks, and those of children that have ended; proc(5), fields 14 to 17.

    The name in field 2 may hold anything.
    """
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def waited_s(pid: int) -> float:
    """Time that a process's first thread could have run and something else had the core; proc(5), schedstat."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9


def rss_kib(pid: int) -> int:
    """Memory of a process and its children that is in RAM; proc(5), VmRSS.  What they share counts for each."""
    return summed(pid, _rss_kib)


def _rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise ValueError("no VmRSS: the process is gone")


def core_busy_s(core: int) -> float:
    """Time in which a core had something to do, whatever it was; proc(5), /proc/stat."""
    for line in Path("/proc/stat").read_text("ascii").splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq = map(int, ticks[:7])
            return (user + nice + system + irq + softirq) / TICKS_S
    raise ValueError(f"no core {core}")


def udp_drops() -> dict[int, int]:
    """Datagrams that found a socket's queue full, by the socket's inode; proc(5), /proc/net/udp."""
    lines = Path("/proc/net/udp").read_text("ascii").splitlines()[1:]
    return {int(fields[9]): int(fields[12]) for fields in map(str.split, lines)}


def udp_inode(port: int) -> int:
    """The socket that is bound to a port and connected to nobody.

    Raises:
        ValueError: there is none.
    """
    for line in Path("/proc/net/udp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[2] == "00000000:0000":
            return int(fields[9])
    raise ValueError(f"nobody listens at UDP {port}")


@dataclass(slots=True)
class Span:
    """A stretch of time, and what the server (with its children) and this process spent in it."""

    pid: int
    wall_s: float = 0.0
    cpu_s: float = 0.0
    load_s: float = 0.0
    waited_s: float = 0.0
    _begun: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self._now()

    def _now(self) -> tuple[float, ...]:
        return time.perf_counter(), cpu_s(self.pid), time.process_time(), waited_s(self.pid)

    def end(self) -> Self:
        spent = (after - before for after, before in zip(self._now(), self._begun, strict=True))
        self.wall_s, self.cpu_s, self.load_s, self.waited_s = spent
        return self

    @property
    def cpu_percent(self) -> float:
        """Of one core, the server."""
        return 100 * self.cpu_s / self.wall_s

    @property
    def wanted_percent(self) -> float:
        """Of one core, what the server would have used with nothing else on it."""
        return 100 * min(1.0, (self.cpu_s + self.waited_s) / self.wall_s)

    @property
    def load_cpu_percent(self) -> float:
        """Of one core, the load itself: near 100 it measures itself and no longer the server."""
        return 100 * self.load_s / self.wall_s
