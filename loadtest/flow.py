"""Media in earnest: teachers send at a rate, students' sockets are emptied, and a few students look at what they get.

Sent at even intervals, one stream after another, whatever the server does.  All packets are counted, by their length
(`drain`); the first and the last student of a room, of four rooms at most, decrypt theirs and check number, payload
and time.  Times are the kernel's: from just before the packet is given to it until it lies in the student's queue, so
that a load that is late to look does not count.  Students say once a second that they receive, and all members every
five seconds that they are still there, as browsers do.
"""

import asyncio
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pylibsrtp import Error, Session

from sfu.core import rtp

from .drain import BATCH, Drain
from .measure import Span, core_busy_s, udp_drops, udp_inode
from .server import Server, ServerFailed
from .streams import Stamp, Stream
from .watching import PACKET_BYTES, Lesson, Teacher

DRAIN_S = 0.02  # between two looks at the students' sockets; many datagrams at once are the cheaper
LOOP_S = 0.02  # between two looks at the WebSockets
BURST = 16  # packets in a row, when behind
REPORT_S, CONSENT_S = 1.0, 5.0
CHECKED_ROOMS = 4
QUIET_S, SETTLE_S = 0.1, 3.0
WARM_HZ, WARM_S = 25.0, 15.0  # packets a second of a stream; a server may be slow to trust a line
EXPANSION = 32  # bytes by which a forwarded packet may be longer: SRTP's tag, and what a server adds
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")


@dataclass(slots=True)
class Flow:
    """What went in, what came out, and what it took."""

    kind: str
    viewers: int  # of each packet
    span: Span
    sent: int = 0
    planned: int = 0
    received: int = 0
    busy_s: float = 0.0  # of the server's core
    server_drops: int = 0  # datagrams that found the server's receive queue full
    load_drops: int = 0  # and those that found a student's
    checked: int = 0
    wrong: int = 0  # checked packets that were not what they should be
    took_ns: list[int] = field(default_factory=list)

    @property
    def us(self) -> float:
        """The server's processor time, µs a forwarded packet."""
        return 1e6 * self.span.cpu_s / max(1, self.received)

    @property
    def busy_percent(self) -> float:
        return 100 * self.busy_s / self.span.wall_s

    @property
    def packets_per_s(self) -> float:
        return self.received / self.span.wall_s

    @property
    def lost_percent(self) -> float:
        return 100 * (1 - self.received / max(1, self.sent * self.viewers))


class Checker:
    """A student who looks at what arrives of a teacher's streams."""

    def __init__(self, sock: socket.socket, srtp: Session, streams: Iterable[Stream]) -> None:
        self.socket = sock
        self._srtp = srtp
        self._streams = list(streams)
        self._formats = {stream.payload_type for stream in self._streams}
        self._of: dict[int, tuple[Stream, int]] = {}  # ssrc -> what it carries, and its distance in sequence numbers

    def take(self, flow: Flow) -> None:
        """Everything that waits."""
        while True:
            try:
                data, extra, _, _ = self.socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            if data[0] >> 6 != 2 or rtp.is_rtcp(data) or data[1] & 0x7F not in self._formats:
                continue
            flow.received += is_of(flow.kind, len(data))
            stamp = self._read(data)
            flow.checked += 1
            if stamp is None:
                flow.wrong += 1
            elif extra:
                seconds, nanoseconds = _TIMESPEC.unpack(extra[0][2])
                flow.took_ns.append(seconds * 1_000_000_000 + nanoseconds - stamp.sent_ns)

    def _read(self, data: bytes) -> Stamp | None:
        try:
            packet = self._srtp.unprotect(data)
        except Error:
            return None
        header = rtp.parse(packet)
        if header is None:
            return None
        known = self._of.get(header.ssrc)
        for stream in [known[0]] if known else self._streams:
            if (stamp := stream.read(packet, header)) is not None:
                distance = header.sequence - stamp.number & 0xFFFF
                self._of[header.ssrc] = stream, distance
                return stamp if known is None or known[1] == distance else None  # a jump is wrong, once
        return None


def is_of(kind: str, length: int) -> bool:
    return PACKET_BYTES[kind] <= length <= PACKET_BYTES[kind] + EXPANSION


class Load:
    """The lessons' members on the wire.  `core` is the server's."""

    def __init__(self, server: Server, lessons: Sequence[Lesson], core: int) -> None:
        self._server = server
        self._core = core
        self._teachers = [lesson.teacher for lesson in lessons]
        self._students = [student for lesson in lessons for student in lesson.students]
        self._drain = Drain()
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[Flow], None]] = {}
        self._checkers: list[Checker] = []
        for number, lesson in enumerate(lessons):
            self._watch(lesson.teacher.bot.socket, self._heard(lesson.teacher))
            looking = {lesson.students[0], lesson.students[-1]} if number < CHECKED_ROOMS else set()
            for student in lesson.students:
                bot = student.bot
                if student in looking:
                    self._checkers.append(Checker(bot.socket, bot.receiving, lesson.teacher.streams.values()))
                    self._watch(bot.socket, self._checkers[-1].take)
                else:
                    self._watch(bot.socket, self._counted(bot.socket.fileno()))
        self.viewers = len(lessons[0].students)
        self._servers = udp_inode(server.media_port)
        self._ours = {os.fstat(fd).st_ino for fd in self._handlers}
        self._begun, self._reports, self._consents = time.perf_counter(), 0, 0

    def close(self) -> None:
        self._epoll.close()

    def streams(self, kind: str) -> list[tuple[Teacher, Stream]]:
        """All streams of a kind, those of one teacher not in a row."""
        each = [[(t, s) for s in t.streams.values() if s.kind == kind] for t in self._teachers]
        return [pair for row in zip(*each, strict=True) for pair in row]

    def time_arrivals(self, on: bool) -> None:
        """Have the kernel note when packets of those who look arrive."""
        for checker in self._checkers:
            checker.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, on)

    async def warm(self) -> None:
        """Send a little of everything until everybody gets it.

        Raises:
            ServerFailed: somebody does not.
        """
        for kind in PACKET_BYTES:
            pairs = self.streams(kind)
            deadline = time.perf_counter() + WARM_S
            while True:
                for _, stream in pairs:
                    stream.wants_keyframe = True
                flow = await self.flow(pairs, WARM_HZ * len(pairs), 0.4, tail_s=QUIET_S)
                if flow.received >= flow.sent * self.viewers:
                    break
                if time.perf_counter() > deadline:
                    raise ServerFailed(f"{flow.received} of {flow.sent} x {self.viewers} packets of {kind} arrived")

    async def settle(self, kind: str) -> None:
        """Until nothing arrives that was sent before."""
        pairs, deadline = self.streams(kind), time.perf_counter() + SETTLE_S
        while (await self.flow(pairs, 0, QUIET_S, tail_s=0.0)).received and time.perf_counter() < deadline:
            pass

    async def flow(
        self, pairs: Sequence[tuple[Teacher, Stream]], packets_per_s: float, seconds: float, *, tail_s: float = 0.0
    ) -> Flow:
        """Send that many packets a second over these streams in turn, then receive for `tail_s` more."""
        flow = Flow(pairs[0][1].kind, self.viewers, Span(self._server.pid))
        drops, busy = udp_drops(), core_busy_s(self._core)
        begun = time.perf_counter()
        looked = looped = begun
        while (now := time.perf_counter()) < begun + seconds + tail_s:
            if now > begun + seconds and flow.received >= flow.sent * self.viewers:
                break
            due = int(min(now - begun, seconds) * packets_per_s)
            for _ in range(min(BURST, due - flow.sent)):
                teacher, stream = pairs[flow.sent % len(pairs)]
                teacher.bot.socket.send(teacher.bot.sending.protect(stream.packet(time.time_ns())))
                flow.sent += 1
            if now - looked >= DRAIN_S:
                looked = now
                self._receive(flow)
                self._say(now - self._begun)
            if now - looped >= LOOP_S:
                looped = now
                await asyncio.sleep(0)
            if flow.sent >= due:
                self._rest(begun + (flow.sent + 1) / packets_per_s if packets_per_s else 0.0, looked)
        self._receive(flow)
        flow.span.end()
        flow.busy_s = core_busy_s(self._core) - busy
        flow.planned = int(seconds * packets_per_s)
        lost = {inode: total - drops.get(inode, 0) for inode, total in udp_drops().items()}
        flow.server_drops = lost.get(self._servers, 0)
        flow.load_drops = sum(lost.get(inode, 0) for inode in self._ours)
        return flow

    def _receive(self, flow: Flow) -> None:
        for fd, _ in self._epoll.poll(0):
            self._handlers[fd](flow)

    def _rest(self, next_packet: float, looked: float) -> None:
        """Until there is something to do again."""
        until = looked + DRAIN_S
        if next_packet:
            until = min(until, next_packet)
        if (wait := until - time.perf_counter()) > 1e-4:
            time.sleep(wait)

    def _say(self, elapsed: float) -> None:
        """What members say of themselves, spread evenly over the time."""
        students, members = self._students, [*self._teachers, *self._students]
        while self._reports < elapsed / REPORT_S * len(students):
            students[self._reports % len(students)].report()
            self._reports += 1
        while self._consents < elapsed / CONSENT_S * len(members):
            members[self._consents % len(members)].bot.consent()
            self._consents += 1

    def _watch(self, sock: socket.socket, handler: Callable[[Flow], None]) -> None:
        self._handlers[sock.fileno()] = handler
        self._epoll.register(sock, select.EPOLLIN)

    def _heard(self, teacher: Teacher) -> Callable[[Flow], None]:
        def heard(_: Flow) -> None:
            try:
                while True:
                    teacher.heard(teacher.bot.socket.recv(2048))
            except BlockingIOError:
                return

        return heard

    def _counted(self, fd: int) -> Callable[[Flow], None]:
        def counted(flow: Flow) -> None:
            least, most = PACKET_BYTES[flow.kind], PACKET_BYTES[flow.kind] + EXPANSION
            while lengths := self._drain.lengths(fd):
                flow.received += sum(least <= length <= most for length in lengths)
                if len(lengths) < BATCH:
                    return

        return counted
