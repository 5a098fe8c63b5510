"""Joining a lesson with a big board: 10,000 strokes of 40 points on four pages.

Thirty students draw it within the rate limits, page after page, without pressure, as fingers and mice do; then they
leave.  The first newcomer finds whatever nobody has asked for yet.  After them 300 students come one after another,
each a new person; half of them read JSON.  Every tenth makes a board of what comes (`whiteboard.Board`), the rest only
count the chunks.

- `bytes`: all that the server sends to a newcomer until the board is whole, in MessagePack.  `bytes_json` is the same
  in JSON, whose chunks are binary frames.
- `decoded_s`: from before the connection is opened until every chunk is inflated and its shapes stand on the board, in
  CPython on the load's core; the median.  `decoded_json_s` is the same for JSON, `first_decoded_s` the first newcomer.
- `web_decoded_s`: the web client's own modules under node, as the server serves them: from the frames of a JSON
  connection to its board; the median of ten.  0 where there is no node.
- `server_cpu_ms`: processor time of the server for each join with MessagePack after the first, all of it: handshake,
  token, log, snapshot, and the member going again.  `server_cpu_json_ms`: for each with JSON.
- `server_rss_mb`: resident memory of the server's process at the end.  `empty_rss_mb`: before the room was made: the
  interpreter and its libraries.  `board_mb`: the difference, in which are the newest events, to be sent again.
- `lost`: strokes that a newcomer's board did not have.
"""

import asyncio
import time
from collections.abc import Sequence

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.client import chunks_of
from protocol.codec import JSON, MSGPACK, Codec
from whiteboard import Board

from ..measure import Figures, Span, percentile, rss_kib
from ..plan import Size
from ..school import client, seated
from ..server import Server, ServerFailed
from ..swarm import Peer, join_all, until
from ..web import joined_s
from ..writer import Writer, fill

STROKES = 10_000
PAGES = 4  # a page holds at most 5,000
POINTS = 40
CREW = 30  # who draw them
JOINS = 300
DECODED = 10  # every so many-th newcomer makes a board of what comes
TAIL_S = 20.0


class Newcomer:
    """Joins, and is ready when the last chunk is in."""

    def __init__(self, room: str, number: int, codec: Codec, *, decodes: bool) -> None:
        self.board: Board | None = None
        self.took_s = 0.0
        self.peer = Peer(client(room, f"new-{number}", "student", codec), on_welcome=self._welcomed)
        self.peer.listener = self._heard
        self.frames: list[bytes] = []  # of who makes a board of them
        self._place = number
        self._decodes = decodes
        self._due = 0
        self._begun = 0.0
        self._whole = asyncio.Event()

    async def join(self, port: int) -> None:
        self._begun = time.perf_counter()
        await self.peer.join(port, self._place)
        async with asyncio.timeout(TAIL_S):
            await self._whole.wait()

    @property
    def octets(self) -> int:
        return self.peer.inflow.octets

    @property
    def shapes(self) -> int:
        return 0 if self.board is None else sum(len(page["shapes"]) for page in self.board.picture()["pages"])

    def _welcomed(self, welcome: n.Welcome) -> None:
        assert welcome.board is not None, "a newcomer gets a snapshot"
        self._due = chunks_of(welcome.board)
        if self._decodes:
            self.board = Board.restore(welcome.board)
            self.frames.append(self.peer.client.codec.encode(welcome))
        self._look()

    def _heard(self, payload: bytes) -> None:
        message, _ = self.peer.client.receive(payload)
        if isinstance(message, n.BoardChunk):
            if self.board is not None:
                self.board.fill(message.shapes)
                self.frames.append(payload)
            self._due -= 1
            self._look()

    def _look(self) -> None:
        if not self._due:
            self.took_s = time.perf_counter() - self._begun
            self._whole.set()


async def run(server: Server, size: Size) -> Figures:
    empty = rss_kib(server.pid)
    (room,) = await server.rooms(1)
    strokes, joins = size.of(STROKES), size.of(JOINS, least=4)
    await draw(server, room, strokes)
    first = Newcomer(room, 0, MSGPACK, decodes=True)
    await first.join(server.port)
    first.peer.drop()
    by_codec: dict[Codec, list[Newcomer]] = {}
    cpu_ms: dict[Codec, float] = {}
    for codec in (MSGPACK, JSON):
        people = by_codec[codec] = [
            Newcomer(room, len(by_codec) * joins + i + 1, codec, decodes=not i % DECODED) for i in range(joins // 2)
        ]
        cpu_ms[codec] = await come_and_go(server, people)
    rss = rss_kib(server.pid)
    web_s = await joined_s(server, by_codec[JSON][0].frames, strokes)
    everybody = [first, *by_codec[MSGPACK], *by_codec[JSON]]
    return {
        "bytes": octets(by_codec[MSGPACK]),
        "bytes_json": octets(by_codec[JSON]),
        "decoded_s": decoded_s(by_codec[MSGPACK]),
        "decoded_json_s": decoded_s(by_codec[JSON]),
        "first_decoded_s": first.took_s,
        "web_decoded_s": web_s,
        "server_cpu_ms": cpu_ms[MSGPACK],
        "server_cpu_json_ms": cpu_ms[JSON],
        "server_rss_mb": megabytes(rss),
        "empty_rss_mb": megabytes(empty),
        "board_mb": megabytes(rss - empty),
        "lost": sum(strokes - one.shapes for one in everybody if one.board is not None),
    }


async def come_and_go(server: Server, people: Sequence[Newcomer]) -> float:
    """One after another; processor time of the server for each, in ms."""
    span = Span(server.pid)
    for one in people:
        await one.join(server.port)
        one.peer.drop()
    return 1e3 * span.end().cpu_s / len(people)


def octets(people: Sequence[Newcomer]) -> float:
    return percentile([one.octets for one in people], 0.5)


def decoded_s(people: Sequence[Newcomer]) -> float:
    return percentile([one.took_s for one in people if one.board is not None], 0.5)


def megabytes(kib: int) -> float:
    return kib * 1024 / 1e6


async def draw(server: Server, room: str, strokes: int) -> None:
    """
    Raises:
        ServerFailed: not all strokes were taken.
    """
    people = seated(room, min(CREW, strokes))
    await join_all(people.everybody, server.port)
    writers = [Writer(peer, seed) for seed, peer in enumerate(people.students)]
    finished = 0

    def heard(payload: bytes) -> None:
        nonlocal finished
        message, _ = people.teacher.client.receive(payload)
        finished += isinstance(message, e.StrokeFinished)

    people.teacher.listener = heard
    pages = min(PAGES, strokes)
    for page in range(1, pages + 1):
        if page > 1:
            people.teacher.ask(lambda id: c.AddPage(id=id))
            people.teacher.ask(lambda id, page=page: c.TurnPage(id=id, page=page))  # type: ignore[misc]
        due = strokes * page // pages
        await fill(writers, page, due - finished, POINTS)
        if not await until(lambda due=due: finished >= due, within_s=TAIL_S):  # type: ignore[misc]
            raise ServerFailed(f"{finished} of {due} strokes were taken")
    for peer in people.everybody:
        peer.drop()
