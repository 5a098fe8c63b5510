"""The one TCP port, for clients whose network lets no UDP through: ICE-TCP, passive (RFC 6544), framed by RFC 4571.

A connection is a path like any other once it has proved whose it is, with a signed check as its first datagram.  Until
then it is a socket and a timer, and nothing is kept of what it says.  Nobody makes us hold memory by not reading: what
does not fit is dropped, pictures long before sound.  Rules: MEDIA-60, MEDIA-61 in docs/rules.md.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, cast

import pylibsrtp

from sfu.core.copying import Copy
from sfu.core.framing import Frames, TooLong, frame
from sfu.core.load import Load
from sfu.core.throttle import Allowance
from sfu.shell.counters import Counters
from sfu.shell.port import Path, Port, bind
from sfu.shell.wire import (
    DATAGRAM_BYTES,
    Address,
    Datagram,
    Follower,
    Forward,
    Host,
    Lane,
    Outlet,
    protected,
    source_of,
)

CONNECTIONS_MAX = 1024  # in all; two for each member, and one more for each address that we offer
ONE_ADDRESS_MAX = 256  # a school behind one address
STRANGERS_MAX = 512  # that have not proved themselves, in all: the rest stays free for whoever does
STRANGERS_ONE_MAX = 32  # of one address that have not proved themselves; a browser does so in one round trip
PROVE_S = 5.0
DATAGRAMS_PER_S = 4_000  # of one connection: twice what a publisher of four tracks may send; empty ones cost work, too
LAST_WORD_S = 1.0  # from the end of a path to the end of its connection
VIDEO_BYTES = 64 * 1024  # that wait already when more pictures come: a keyframe
ALL_BYTES = 160 * 1024  # and when anything comes: one more turn of pictures, and a few seconds of four voices
AGAIN_BYTES = VIDEO_BYTES // 4  # with less than this waiting, pictures go on
UNSENT_BYTES = 16 * 1024  # that the kernel may hold beyond what is on its way
SEND_BUFFER_BYTES = 256 * 1024  # of the kernel; what is on its way
BACKLOG = 128
_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h


class Streams:
    """All connections of the TCP port."""

    def __init__(self, sockets: Sequence[socket.socket], port: Port, counters: Counters) -> None:
        self.number: int = sockets[0].getsockname()[1]
        self.counters = counters
        self.port = port
        self.loop = asyncio.get_running_loop()
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []
        self._open: set[Stream] = set()
        self._of: Counter[bytes] = Counter()  # source -> connections
        self._strange: dict[
            bytes, dict[Stream, None]
        ] = {}  # source -> those that have not proved themselves, oldest first

    @classmethod
    async def open(cls, addresses: Sequence[str], number: int, port: Port, counters: Counters) -> "Streams":
        """
        Raises:
            NotOurs: one of the addresses.
            OSError: the port is taken.
        """
        streams = cls(bind(addresses, number, socket.SOCK_STREAM, _reused), port, counters)
        for sock in streams._sockets:
            server = await streams.loop.create_server(lambda: Stream(streams), sock=sock, backlog=BACKLOG)
            streams._servers.append(server)
        return streams

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for stream in list(self._open):
            stream.end()

    # From the connections.

    def admits(self, stream: "Stream") -> bool:
        source = stream.who
        if (
            len(self._open) >= CONNECTIONS_MAX
            or self._of[source] >= ONE_ADDRESS_MAX
            or len(self._strange.get(source, ())) >= STRANGERS_ONE_MAX
            or not self._has_room(source)
        ):
            self.counters.dropped["tcp_connections"] += 1
            return False
        self._open.add(stream)
        self._of[source] += 1
        self._strange.setdefault(source, {})[stream] = None
        return True

    def proved(self, stream: "Stream") -> None:
        """Does nothing if it is no stranger."""
        others = self._strange.get(stream.who, {})
        others.pop(stream, None)
        if not others:
            self._strange.pop(stream.who, None)

    def left(self, stream: "Stream") -> None:
        self._open.discard(stream)
        self._of[stream.who] -= 1
        if not self._of[stream.who]:
            del self._of[stream.who]
        self.proved(stream)

    def _has_room(self, source: bytes) -> bool:
        """For one more stranger.  A source that has more of them than another gives way to it."""
        if sum(map(len, self._strange.values())) < STRANGERS_MAX:
            return True
        fullest = max(self._strange.values(), key=len)
        if len(fullest) <= len(self._strange.get(source, ())) + 1:
            return False
        oldest = next(iter(fullest))
        self.proved(oldest)
        self.counters.dropped["tcp_connections"] += 1
        oldest.end()
        return True


class Stream(asyncio.Protocol):
    """One connection: the way of one path.  Its address is like a UDP one, and never the same."""

    kind: ClassVar[str] = "tcp"

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._transport: asyncio.Transport
        self._frames = Frames(DATAGRAM_BYTES)
        self._datagrams = Allowance(DATAGRAMS_PER_S, DATAGRAMS_PER_S)
        self._stranger = True
        self._full = False  # for pictures
        self._paused: dict[int, Copy] = {}  # by ssrc
        self._ending: asyncio.TimerHandle
        self.address: Address = None
        self.who = b""

    # From the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        host: Host | None = transport.get_extra_info("peername")
        if host is None:  # it has gone already
            self._transport.abort()
            return
        self.who = source_of(host[0])
        if not self._streams.admits(self):
            self._transport.abort()
            return
        self.address = ("tcp", *host)
        self._transport.set_write_buffer_limits(high=VIDEO_BYTES, low=AGAIN_BYTES)
        _tune(transport.get_extra_info("socket"))
        self._ending = self._streams.loop.call_later(PROVE_S, self.end)

    def data_received(self, data: bytes) -> None:
        if self.address is None or self._transport.is_closing():
            return
        streams, now, why = self._streams, self._streams.loop.time(), ""
        try:
            for datagram in self._frames.feed(data):
                if why := self._receive(datagram, now):
                    break
        except TooLong:
            why = "tcp_frame"
        if why:
            streams.counters.dropped[why] += 1
            self.end()
        streams.port.end_turn()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.address is None:
            return
        self._ending.cancel()
        self._streams.left(self)
        self._streams.port.lost(Path(self, self.address))

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        paused, self._paused = self._paused, {}
        for copy in paused.values():
            copy.want_keyframe()

    def _receive(self, datagram: bytes, now: float) -> str:
        """Hand it on.  Why the connection must end, or nothing."""
        if not self._datagrams.take(now=now):
            return "tcp_flood"
        self._streams.port.receive(self, self.address, Datagram(datagram), now)
        return "tcp_stranger" if self._stranger and not self._prove() else ""

    def _prove(self) -> bool:
        if not self._streams.port.knows(self.address):
            return False
        self._stranger = False
        self._ending.cancel()
        self._streams.proved(self)
        return True

    def end(self) -> None:
        """At once: what waits is lost."""
        self._transport.abort()

    # As the way of its path.

    @property
    def waiting_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def lane(self, session: pylibsrtp.Session, address: Address) -> Lane:
        return _StreamLane(self, session)

    def send(self, datagram: bytes, address: Address) -> None:
        self.write([datagram])

    def write(self, datagrams: Sequence[bytes]) -> None:
        """All of them, or none when too much waits already."""
        counters, framed = self._streams.counters, b"".join(map(frame, datagrams))
        if self._transport.is_closing() or self.waiting_bytes > ALL_BYTES:
            counters.dropped["not_sent"] += len(datagrams)
            return
        self._transport.write(framed)
        counters.packets_out += len(datagrams)
        counters.bytes_out += len(framed)

    def rank(self, followers: Sequence[Follower]) -> Forward:
        def forward(load: Load) -> None:
            for copy, lane in followers:
                assert isinstance(lane, _StreamLane)
                self._forward(lane.session, copy, load)

        return forward

    def _forward(self, session: pylibsrtp.Session, copy: Copy, load: Load) -> None:
        """Pictures go only while little waits, and begin again with a keyframe."""
        dropped = self._streams.counters.dropped
        if self._full and copy.track is not None and copy.track.carried.kind == "video":
            dropped["slow_tcp"] += len(load.packets)
            if copy.ssrc not in self._paused:
                self._paused[copy.ssrc] = copy
                copy.pause()
        elif datagrams := list(protected(session, copy, load, dropped)):
            self.write(datagrams)

    def host(self, address: Address) -> Host:
        host: Host = address[1:]
        return host

    def source(self, address: Address) -> bytes:
        return self.who

    def release(self, address: Address) -> None:
        """It ends in a moment: the last words of its transport may still be said."""
        if not self._transport.is_closing():
            self._transport.pause_reading()
        self._ending = self._streams.loop.call_later(LAST_WORD_S, self.end)


class _StreamLane:
    def __init__(self, outlet: Stream, session: pylibsrtp.Session) -> None:
        self.outlet: Outlet = outlet
        self.session = session


def _tune(sock: socket.socket) -> None:
    for level, option, value in (
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES),
        (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
    ):
        try:
            sock.setsockopt(level, option, value)
        except OSError:  # another system: more may wait in the kernel
            pass


def _reused(sock: socket.socket) -> None:
    """A server that starts again takes the port while connections of the one before still linger."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
