"""One room on a real engine, with peers that publish and watch: what the tests over sockets share."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sfu.core import rtcp
from sfu.core.allocation import Name
from sfu.core.orders import Ask
from sfu.shell.engine import MediaEngine, MediaRoom
from tests.sfu import packets
from tests.sfu.packets import AUDIO, VIDEO, VP8_DELTA
from tests.sfu.peer import WAIT_S, Peer

AUDIO_SSRC, VIDEO_SSRC = 4660, 22136
TRACKS = {"0": "t1", "1": "t2"}
SOURCES = {"0": "microphone", "1": "camera"}


@dataclass
class Offer:
    member: int
    number: int
    text: str
    tracks: dict[str, str]


class Listener:
    def __init__(self) -> None:
        self.offers: asyncio.Queue[Offer] = asyncio.Queue()
        self.carried: asyncio.Queue[tuple[int, dict[str, str]]] = asyncio.Queue()
        self.scores: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        self.received: asyncio.Queue[tuple[int, dict[str, Name]]] = asyncio.Queue()
        self.uses: asyncio.Queue[tuple[int, dict[str, Name]]] = asyncio.Queue()
        self.ended: asyncio.Queue[Ask] = asyncio.Queue()
        self.stopped: asyncio.Queue[str] = asyncio.Queue()
        self.spoke: asyncio.Queue[tuple[int, ...]] = asyncio.Queue()
        self.troubles: asyncio.Queue[str] = asyncio.Queue()

    def offer(self, member: int, offer: int, sdp: str, tracks: dict[str, str]) -> None:
        self.offers.put_nowait(Offer(member, offer, sdp, tracks))

    def carries(self, member: int, tracks: dict[str, str]) -> None:
        self.carried.put_nowait((member, tracks))

    def receiving(self, member: int, layers: dict[str, Name]) -> None:
        self.received.put_nowait((member, layers))

    def used(self, member: int, layers: dict[str, Name]) -> None:
        self.uses.put_nowait((member, layers))

    def quality(self, member: int, score: int) -> None:
        self.scores.put_nowait((member, score))

    def unwatched(self, ask: Ask) -> None:
        self.ended.put_nowait(ask)

    def track_stopped(self, track: str) -> None:
        self.stopped.put_nowait(track)

    def speaking(self, members: tuple[int, ...]) -> None:
        self.spoke.put_nowait(members)

    def recording(self, trouble: str) -> None:
        self.troubles.put_nowait(trouble)

    async def offered(self) -> Offer:
        return await asyncio.wait_for(self.offers.get(), WAIT_S)


class Lesson:
    """One room with a listener, and peers that are closed at the end."""

    def __init__(self, engine: MediaEngine) -> None:
        self.engine = engine
        self.heard = Listener()
        self.room: MediaRoom = engine.open_room("r", self.heard)
        self._peers: list[Peer] = []

    def peer(self, role: str = "client") -> Peer:
        self._peers.append(Peer(role))
        return self._peers[-1]

    async def publisher(self, member: int = 1) -> Peer:
        peer = self.peer()
        await peer.connect(self.room.publish(member, peer.offer(AUDIO, VIDEO), TRACKS, SOURCES))
        await self.until(lambda: self.engine.counters.connected > 0)
        return peer

    async def layered_publisher(self, member: int = 1, *, first: bool = False) -> Peer:
        """A microphone, and a camera in three layers."""
        peer = self.peer()
        offer = peer.offer(AUDIO, packets.LAYERED)
        await peer.connect(self.room.publish(member, offer, TRACKS, SOURCES, first=first))
        await self.until(lambda: self.engine.counters.connected > 0)
        return peer

    async def viewer(self, member: int = 2, extensions: tuple[str, ...] = ()) -> Peer:
        """A member that receives what is published already, and takes these extensions."""
        peer, connected = self.peer(), self.engine.counters.connected
        self.room.subscribe(member)
        offer = await self.heard.offered()
        self.room.answer(member, offer.number, peer.answer(offer.text, extensions=extensions))
        await peer.connect(offer.text)
        await self.until(lambda: self.engine.counters.connected > connected)
        return peer

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not true():  # noqa: ASYNC110  counters are plain numbers and wake nobody
                await asyncio.sleep(0.001)

    async def close(self) -> None:
        for peer in self._peers:
            await peer.close()


def voice(sequence: int, payload: bytes = b"sound", level: int = 40) -> bytes:
    extension = packets.element(7, bytes((level,)))
    return packets.rtp(sequence, payload, ssrc=AUDIO_SSRC, timestamp=960 * sequence, extensions=extension)


def video(sequence: int, payload: bytes = VP8_DELTA, *, extensions: bytes = b"") -> bytes:
    stamp = 3000 * sequence
    return packets.rtp(sequence, payload, payload_type=96, ssrc=VIDEO_SSRC, timestamp=stamp, extensions=extensions)


LAYERS = ("q", "h", "f")


def layered(
    rid: str, sequence: int, payload: bytes = VP8_DELTA, *, again: bool = False, mid: str = "1", timestamp: int = 0
) -> bytes:
    """A packet of one of three layers; `again`: a retransmission, `payload` begins with the number repeated."""
    extensions = packets.element(4, mid.encode()) + packets.element(11 if again else 10, rid.encode())
    number = LAYERS.index(rid)
    return packets.rtp(
        sequence,
        payload,
        payload_type=97 if again else 96,
        ssrc=300 + 2 * number + again,
        timestamp=timestamp or 3000 * sequence,
        extensions=extensions,
    )


async def message(peer: Peer, kind: type) -> rtcp.Message:
    """The next RTCP message of a kind."""
    async with asyncio.timeout(WAIT_S):
        while True:
            for found in rtcp.parse(await peer.rtcp.get()):
                if isinstance(found, kind):
                    return found
