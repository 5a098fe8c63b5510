"""Rooms in which a teacher is seen and heard: real members on WebSockets, each with a media connection of their own.

The teacher publishes, the students answer the server's offer.  Who sends and receives the media is `flow`.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from itertools import count
from typing import Any

from protocol import commands as c
from protocol import notices as n
from protocol.fields import Source
from sfu.core import rtcp, sdp

from .descriptions import answer, offer
from .mediabot import SECURITY, MediaBot
from .school import client, places
from .server import Server, ServerFailed
from .streams import Picture, Stream, Voice
from .swarm import Peer

OFFER_S = 30.0
AT_ONCE = 32  # connecting at the same time
ENOUGH_BPS = 100_000_000  # what a viewer says that it can take: the line is not what is measured
LIVE: tuple[Source, ...] = ("camera", "microphone")
EVERYTHING: tuple[Source, ...] = ("camera", "microphone", "screen", "screen_audio")
PACKET_BYTES = {"video": 1_100, "audio": 100}  # the RTP header included
ssrcs = count(1_000)


class Member:
    """Somebody in a room."""

    def __init__(self, room: str, sub: str, role: str) -> None:
        self.place = next(places)
        self.peer = Peer(client(room, sub, role))
        self.peer.listener = self._heard
        self.bot = MediaBot(self.place)
        loop = asyncio.get_running_loop()
        self._description: asyncio.Future[tuple[str, int]] = loop.create_future()  # and the number of the offer

    async def described(self) -> tuple[str, int]:
        """The server's answer or its first offer.

        Raises:
            ServerFailed: it refused, or said nothing.
        """
        try:
            return await asyncio.wait_for(self._description, OFFER_S)
        except TimeoutError:
            raise ServerFailed(f"neither offer nor answer within {OFFER_S} s") from None

    def send_rtcp(self, compound: bytes) -> None:
        self.bot.socket.send(self.bot.sending.protect_rtcp(compound))

    async def leave(self) -> None:
        await self.bot.close()
        self.peer.drop()

    def _heard(self, payload: bytes) -> None:
        message, _ = self.peer.client.receive(payload)
        if self._description.done():
            return
        if isinstance(message, n.Ok) and message.sdp is not None:
            self._description.set_result((message.sdp, 0))
        elif isinstance(message, n.MediaOffer):
            self._description.set_result((message.sdp, message.offer))
        elif isinstance(message, n.Error):
            self._description.set_exception(ServerFailed(f"{message.code}: {message.message}"))


class Teacher(Member):
    def __init__(self, room: str, sources: Sequence[Source]) -> None:
        super().__init__(room, f"{room}-t", "teacher")
        self.sources = {str(mid): source for mid, source in enumerate(sources)}
        self.streams: dict[str, Stream] = {
            mid: Picture(next(ssrcs), PACKET_BYTES["video"])
            if source in ("camera", "screen")
            else Voice(next(ssrcs), PACKET_BYTES["audio"])
            for mid, source in self.sources.items()
        }

    async def publish(self) -> None:
        text = offer(self.streams, SECURITY)
        self.peer.ask(lambda id: c.PublishMedia(id=id, sdp=text, tracks=self.sources))
        description, _ = await self.described()
        await self.bot.connect(description)

    def heard(self, data: bytes) -> None:
        """A datagram of the server's: keyframes are made when they are asked for; lost packets are not sent again."""
        if not (data[0] >> 6 == 2 and 192 <= data[1] <= 223):
            return
        asked = {m.ssrc for m in rtcp.parse(self.bot.receiving.unprotect_rtcp(data)) if type(m) is rtcp.KeyframeRequest}
        for stream in self.streams.values():
            stream.wants_keyframe |= stream.ssrc in asked


class Student(Member):
    def __init__(self, room: str, sub: str) -> None:
        super().__init__(room, sub, "student")
        self._ssrcs: list[int] = []

    async def watch(self) -> None:
        text, number = await self.described()
        self._ssrcs = [ssrc for section in sdp.parse(text).sections for ssrc in section.ssrcs[:1]]
        reply = answer(text, SECURITY)
        self.peer.ask(lambda id: c.AnswerMedia(id=id, offer=number, sdp=reply))
        await self.bot.connect(text)

    def report(self) -> None:
        """That all arrives, and the line could carry more; a browser says so about once a second."""
        blocks = [rtcp.Report(ssrc, 0, 0, 0, 0, 0, 0) for ssrc in self._ssrcs]
        self.send_rtcp(rtcp.receiver_report(1, blocks) + rtcp.remb(1, ENOUGH_BPS, self._ssrcs))


class Lesson:
    """One room.  `join` it, then `begin`; the server knows it as `room`."""

    def __init__(self, room: str, students: int, sources: Sequence[Source] = EVERYTHING) -> None:
        self.room = room
        self.teacher = Teacher(room, sources)
        self.students = [Student(room, f"{room}-{number}") for number in range(students)]

    @property
    def members(self) -> list[Member]:
        return [self.teacher, *self.students]

    async def begin(self) -> None:
        """Everybody's media connection."""
        await self.teacher.publish()
        await gathered(student.watch() for student in self.students)


async def join(lessons: Iterable[Lesson], server: Server) -> None:
    """Everybody comes in."""
    members = [member for lesson in lessons for member in lesson.members]
    await gathered(member.peer.join(server.port, member.place) for member in members)


async def begin(lessons: Iterable[Lesson]) -> None:
    for lesson in lessons:
        await lesson.begin()


async def end(lessons: Iterable[Lesson], server: Server) -> None:
    """The lessons are over, and the server has let go of everybody."""
    for lesson in lessons:
        await server.end(lesson.room)
        await gathered(member.leave() for member in lesson.members)


async def gathered(tasks: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All of them, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(task: Coroutine[Any, Any, None]) -> None:
        async with gate:
            await task

    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(one(task))
