"""Where media is forwarded: in this process or in worker processes, behind one interface.

Nothing here may import the engine: with workers the room's process never loads aiortc, PyAV and OpenSSL's bindings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from sfu.core.choice import Limits
from sfu.core.orders import Order, Say
from sfu.core.spread import Spread


class MediaConfig(Struct, frozen=True, tag=True):
    """
    Attributes:
        addresses: local addresses to bind; candidates in this order.
        port: UDP, the same for all addresses; 0: any that is free.
        advertise: local address -> the addresses that clients reach it by, where a NAT lies between.
        tcp_port: None: the same number as `port`; 0: no TCP.
        limits: how much of a large class is forwarded.
        recorder: what runs `sfu.shell.recorder`; empty: that itself.  Its last argument is added.
        recordings_leave_bytes: of a disk's room that are not for recordings.
        listed: the addresses are what this machine had a moment ago, and nobody's word: one that has gone is left out.
    """

    addresses: tuple[str, ...] = ("127.0.0.1",)
    port: int = 0
    advertise: Mapping[str, tuple[str, ...]] = {}
    tcp_port: int | None = None
    limits: Limits = Limits()
    recorder: tuple[str, ...] = ()
    recordings_leave_bytes: int = 0
    listed: bool = False

    @property
    def advertised(self) -> tuple[str, ...]:
        """What clients are told, each once."""
        told = (each for address in self.addresses for each in self.advertise.get(address, (address,)))
        return tuple(dict.fromkeys(told))

    def without(self, address: str) -> "MediaConfig":
        return replace(self, addresses=tuple(each for each in self.addresses if each != address))

    def of_worker(self, number: int) -> "MediaConfig":
        """Ports of its own for each: `port`, `port + 1` and so on, the same for TCP."""
        port, tcp_port = self.port and self.port + number, self.tcp_port and self.tcp_port + number
        return replace(self, port=port, tcp_port=tcp_port)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of one worker."""

    up: bool
    rooms: int
    restarts: int
    cpu_s: float
    packets_out: int


class ForwardedRoom(Protocol):
    """The media of one room, wherever it is forwarded."""

    def tell(self, order: Order) -> None:
        """Have it carried out, after all that was told before.  What comes of it is said, at once or later."""

    def close(self) -> None:
        """Nothing more is said."""


class Forwarding(Protocol):
    """All that this server forwards."""

    @property
    def port(self) -> int:
        """UDP; of the first worker, where there are several."""

    @property
    def ready(self) -> bool:
        """Is media forwarded for every room?"""

    def open_room(self, room_id: str, say: Say) -> ForwardedRoom:
        """
        Args:
            say: called from the event loop, with all that the room's media has to say.

        Raises:
            ValueError: the room is open already.
        """

    def counts(self) -> Mapping[str, int]:
        """What `Counters` counts, by name, since the server's start."""

    def dropped(self) -> Mapping[str, int]:
        """Datagrams dropped, by reason."""

    def spreads(self) -> Mapping[str, Spread]:
        """Histograms of all connections, since the server's start."""

    def workers(self) -> Sequence[Figures]:
        """Each worker; none when media is forwarded in this process."""

    async def close(self) -> None: ...


async def start(config: MediaConfig, *, command: Sequence[str] = (), processes: int = 0) -> Forwarding:
    """
    Args:
        command: that runs `sfu.shell.worker`; its last argument, the worker's number, is added.
        processes: workers; 0: forward in this process.

    Raises:
        OSError: a port is taken, or an address is not ours.
    """
    if processes:
        from sfu.shell.pool import Pool

        return await Pool.start(config, processes, command)
    from sfu.shell.local import Local

    return await Local.start(config)
