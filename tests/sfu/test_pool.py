"""Worker processes: real ones, killed and stopped, with peers that speak to them over real sockets."""

import asyncio
import errno
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from sfu.core import orders as o
from sfu.core.choice import Limits
from sfu.core.orders import Word
from sfu.core.sdp import parse
from sfu.shell import forwarding
from sfu.shell.forwarding import Forwarding, MediaConfig
from sfu.shell.pipe import DOWN_BYTES, Open, Tell
from sfu.shell.pool import Pool
from sfu.shell.remote import RemoteRoom
from tests.sfu.lesson import SOURCES, TRACKS, video, voice
from tests.sfu.packets import AUDIO, VIDEO, VP8_KEYFRAME
from tests.sfu.peer import Peer

WAIT_S = 15.0  # a worker that starts on a busy machine


class Desk:
    """A room with what its media has said, and peers that are closed at the end."""

    def __init__(self, media: Forwarding, room: str = "r") -> None:
        self.words: list[Word] = []
        self.room = media.open_room(room, self.words.append)
        self.asked = 1, 0  # the newest question
        self._peers: list[Peer] = []

    def peer(self) -> Peer:
        self._peers.append(Peer())
        return self._peers[-1]

    def ask(self) -> tuple[int, int]:
        self.asked = 1, self.asked[1] + 1
        return self.asked

    async def word(self, kind: type[Any], since: int = 0) -> Any:
        return await until(lambda: next((word for word in self.words[since:] if isinstance(word, kind)), None))

    async def told(self, order: o.Publish | o.Answer | o.Renew) -> Any:
        """What an order is answered."""
        mark = len(self.words)
        self.room.tell(order)
        answer = await self.word(o.Taken | o.Heard | o.Renewed | o.Away, mark)  # type: ignore[arg-type]
        assert answer.ask == order.ask
        return answer

    async def publishes(self, member: int, tracks: dict[str, str] = TRACKS) -> Peer:
        """A member whose offer is taken, connected."""
        peer = self.peer()
        taken = await self.told(o.Publish(self.ask(), member, peer.offer(AUDIO, VIDEO), tracks, SOURCES))
        assert taken.tracks == dict.fromkeys(tracks.values(), ("high",))
        await peer.connect(taken.sdp)
        return peer

    async def answers(self, member: int, since: int = 0) -> Peer:
        """A member that receives what is offered, connected."""
        offer = await self.word(o.Offered, since)
        assert offer.member == member
        peer = self.peer()
        heard = await self.told(o.Answer(self.ask(), member, offer.offer, peer.answer(offer.sdp)))
        assert heard.good
        await peer.connect(offer.sdp)
        return peer

    async def close(self) -> None:
        for peer in self._peers:
            await peer.close()


async def until(true: Callable[[], Any]) -> Any:
    async with asyncio.timeout(WAIT_S):
        while not (found := true()):  # noqa: ASYNC110  what other processes do wakes nobody
            await asyncio.sleep(0.01)
    return found


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def flows(publisher: Peer, viewer: Peer, first: int) -> None:
    """What is said reaches the viewer; both connections may still be shaking hands."""
    async with asyncio.timeout(WAIT_S):
        for sequence in range(first, first + 1000):
            publisher.send(voice(sequence, b"can you hear me"))
            publisher.send(video(sequence, VP8_KEYFRAME))
            if not viewer.rtp.empty():
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = await Pool.start(MediaConfig(), 1)
    yield pool
    await pool.close()


@pytest.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    desk = Desk(pool)
    yield desk
    await desk.close()


@pytest.fixture(params=[0, 1], ids=["in this process", "in a worker"])
async def anywhere(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """A room whose media is forwarded in this process, or in a worker."""
    media = await forwarding.start(MediaConfig(), processes=request.param)
    desk = Desk(media)
    yield desk
    await desk.close()
    await media.close()


async def test_a_lesson_is_the_same_wherever_it_is_forwarded(anywhere: Desk) -> None:
    desk = anywhere
    desk.room.tell(o.Subscribe(2))
    publisher = await desk.publishes(1)
    viewer = await desk.answers(2)
    await flows(publisher, viewer, 1)
    assert await desk.told(o.Publish(desk.ask(), 1, "no offer", {}, {})) == o.Taken(desk.asked, {}, None)
    mark = len(desk.words)
    desk.room.tell(o.Stop("t2"))
    assert await desk.word(o.Carries, mark) == o.Carries(2, {"0": "t1"})
    desk.room.tell(o.Subscribe(2))
    again = await desk.word(o.Offered, mark)
    assert await desk.told(o.Answer(desk.ask(), 2, again.offer, "no answer")) == o.Heard(desk.asked, good=False)
    nothing = await desk.told(o.Publish(desk.ask(), 1, publisher.offer(AUDIO, VIDEO), {}, {}))
    assert (nothing.tracks, "a=inactive" in nothing.sdp) == ({}, True)
    assert await desk.word(o.Stopped, mark) == o.Stopped("t1")


@pytest.mark.rule("MEDIA-95")
@pytest.mark.parametrize("processes", [0, 1], ids=["in this process", "in a worker"])
async def test_a_large_class_is_the_same_wherever_it_is_forwarded(processes: int) -> None:
    media = await forwarding.start(MediaConfig(limits=Limits(microphones=1, cameras=0)), processes=processes)
    desk = Desk(media)
    await desk.publishes(1, {"0": "v1", "1": "c1"})
    two = await desk.publishes(2, {"0": "v2", "1": "c2"})
    desk.room.tell(o.Stage((2,)))
    desk.room.tell(o.Subscribe(9))
    viewer, mark = await desk.answers(9), len(desk.words)
    assert (await desk.word(o.Offered)).tracks == {"0": "v1", "1": "c2"}
    two.send(voice(1, b"two", level=20))
    await flows(two, viewer, 2)
    assert await desk.word(o.Carries, mark) == o.Carries(9, {"0": "v2", "1": "c2"})
    assert not [word for word in desk.words[mark:] if isinstance(word, o.Offered)]
    await desk.close()
    await media.close()


def test_a_new_worker_is_told_who_is_on_the_stage() -> None:
    sent: list[Any] = []

    def send(message: Any) -> bool:
        sent.append(message)
        return True

    room = RemoteRoom(1, "r", lambda word: None, place=lambda room: send, closed=lambda room: None)
    room.tell(o.Subscribe(2))
    room.tell(o.Stage((2, 3)))
    sent.clear()
    room.again(send)
    assert sent == [Open(1), Tell(1, o.Stage((2, 3))), Tell(1, o.Subscribe(2))]


@pytest.mark.rule("MEDIA-60")
@pytest.mark.rule("MEDIA-64")
async def test_tcp_and_ice_restarts_are_the_same_wherever_it_is_forwarded(anywhere: Desk) -> None:
    desk = anywhere
    desk.room.tell(o.Subscribe(2))
    publisher = await desk.publishes(1)
    viewer = await desk.answers(2)
    await flows(publisher, viewer, 1)
    before, mark = await desk.word(o.Offered), len(desk.words)
    desk.room.tell(o.Restart(2))
    offer = await desk.word(o.Offered, mark)
    assert parse(offer.sdp).session == parse(before.sdp).session
    assert (await desk.told(o.Answer(desk.ask(), 2, offer.offer, viewer.answer(offer.sdp)))).good
    candidate = re.search(r"a=candidate:\d+ 1 tcp \d+ 127\.0\.0\.1 (\d+) typ host tcptype passive", offer.sdp)
    assert candidate
    await viewer.check(offer.sdp, tcp=int(candidate[1]))
    while not viewer.rtp.empty():
        viewer.rtp.get_nowait()
    await flows(publisher, viewer, 2000)


@pytest.mark.rule("MEDIA-64")
async def test_who_offered_no_connection_has_none_to_restart(anywhere: Desk) -> None:
    anywhere.room.tell(o.Subscribe(2))
    assert await anywhere.told(o.Renew(anywhere.ask(), 2, "changed", "p" * 24)) == o.Renewed(anywhere.asked, None)


def test_each_worker_has_ports_of_its_own() -> None:
    ports = [(config.port, config.tcp_port) for config in map(MediaConfig(port=8081, tcp_port=443).of_worker, range(3))]
    assert ports == [(8081, 443), (8082, 444), (8083, 445)]
    assert MediaConfig().of_worker(2) == MediaConfig()
    assert MediaConfig(port=8081, tcp_port=0).of_worker(1).tcp_port == 0


@pytest.mark.rule("WORKER-1")
async def test_a_worker_that_is_killed_is_started_again_and_sound_flows_again(pool: Pool, desk: Desk) -> None:
    desk.room.tell(o.Subscribe(2))
    publisher, viewer = await desk.publishes(1), await desk.answers(2)
    await flows(publisher, viewer, 1)
    await until(lambda: pool.counts()["connected"] == 2)  # it is said every second
    before, port, mark = pool.pids, pool.port, len(desk.words)
    os.kill(before[0], signal.SIGKILL)
    await until(lambda: not pool.ready)
    await until(lambda: [word for word in desk.words[mark:] if isinstance(word, o.Stopped)])
    assert {word.track for word in desk.words[mark:] if isinstance(word, o.Stopped)} == {"t1", "t2"}
    await until(lambda: pool.ready)
    assert pool.pids != before
    assert pool.port == port
    again = await desk.publishes(1, {"0": "t3", "1": "t4"})
    viewer = await desk.answers(2, since=mark)  # nobody has asked for the new connection
    await flows(again, viewer, 1)
    assert [figures.restarts for figures in pool.workers()] == [1]
    await until(lambda: pool.counts()["connected"] == 4)  # those before are counted still


@pytest.mark.rule("WORKER-2")
async def test_who_asks_while_the_worker_is_away_is_told_so_at_once(pool: Pool, desk: Desk) -> None:
    desk.room.tell(o.Subscribe(1))
    os.kill(pool.pids[0], signal.SIGSTOP)
    first, renewing, second = desk.ask(), desk.ask(), desk.ask()
    desk.room.tell(o.Publish(first, 1, desk.peer().offer(AUDIO), {"0": "t1"}, SOURCES))
    desk.room.tell(o.Renew(renewing, 1, "changed", "p" * 24))
    os.kill(pool.pids[0], signal.SIGKILL)
    await until(lambda: not pool.ready)
    desk.room.tell(o.Answer(second, 1, 1, "an answer"))
    asked = [o.Away(first), o.Away(renewing), o.Away(second)]
    assert await until(lambda: len(desk.words) == len(asked) and desk.words) == asked


@pytest.mark.rule("WORKER-3")
async def test_a_worker_that_says_nothing_is_killed(pool: Pool, desk: Desk) -> None:
    stuck = pool.pids[0]
    os.kill(stuck, signal.SIGSTOP)
    await until(lambda: pool.ready and pool.pids[0] != stuck)
    assert not runs(stuck)


@pytest.mark.rule("WORKER-3")
async def test_a_worker_that_reads_nothing_is_killed_before_it_costs_memory(pool: Pool, desk: Desk) -> None:
    stuck, offer = pool.pids[0], "x" * 60_000
    os.kill(stuck, signal.SIGSTOP)
    for _ in range(DOWN_BYTES // len(offer)):
        desk.room.tell(o.Publish(desk.ask(), 1, offer, {}, {}))
    while pool.ready and desk.asked[1] < 2 * DOWN_BYTES // len(offer):  # the kernel keeps some, too
        desk.room.tell(o.Publish(desk.ask(), 1, offer, {}, {}))
    assert desk.words == [o.Away(desk.asked)]
    assert not pool.ready
    await until(lambda: pool.ready and pool.pids[0] != stuck)
    assert [word for word in desk.words if not isinstance(word, o.Away)] == []
    assert len(desk.words) == desk.asked[1]


@pytest.mark.rule("WORKER-4")
async def test_no_worker_outlives_its_pool() -> None:
    pool = await Pool.start(MediaConfig(), 2)
    pids = pool.pids
    os.kill(pids[1], signal.SIGSTOP)  # neither one that is stuck
    await pool.close()
    assert [pid for pid in pids if runs(pid)] == []


@pytest.mark.rule("WORKER-4")
async def test_a_worker_leaves_signals_for_the_server_to_its_parent(pool: Pool, desk: Desk) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        os.kill(pool.pids[0], name)
    await desk.publishes(1)
    assert [figures.restarts for figures in pool.workers()] == [0]


@pytest.mark.rule("WORKER-6")
async def test_a_room_has_the_least_loaded_worker_from_its_first_member_to_its_end() -> None:
    pool = await Pool.start(MediaConfig(), 2)

    def rooms() -> list[int]:
        return [figures.rooms for figures in pool.workers()]

    one, two, three, booked = (Desk(pool, name) for name in ("one", "two", "three", "booked"))
    assert rooms() == [0, 0]
    for member in range(1, 4):
        one.room.tell(o.Subscribe(member))
    two.room.tell(o.Subscribe(1))
    three.room.tell(o.Subscribe(1))
    assert rooms() == [1, 2]
    two.room.close()
    assert rooms() == [1, 1]
    again = Desk(pool, "two")
    again.room.tell(o.Subscribe(1))
    assert rooms() == [1, 2]
    os.kill(pool.pids[1], signal.SIGKILL)
    await until(lambda: not pool.ready)
    booked.room.tell(o.Subscribe(1))
    assert rooms() == [2, 2]
    await pool.close()


async def test_a_room_is_open_once(pool: Pool, desk: Desk) -> None:
    with pytest.raises(ValueError, match="open already"):
        pool.open_room("r", desk.words.append)


async def test_a_port_that_is_taken_is_an_error(pool: Pool) -> None:
    with pytest.raises(OSError, match="in use") as taken:
        await Pool.start(MediaConfig(port=pool.port - 1), 2)
    assert taken.value.errno == errno.EADDRINUSE


async def test_a_worker_that_cannot_run_is_an_error() -> None:
    with pytest.raises(OSError, match="status 1"):
        await Pool.start(MediaConfig(), 1, (sys.executable, "-c", "raise SystemExit(1)"))


@pytest.mark.rule("WORKER-1")
async def test_a_worker_that_dies_again_and_again_is_started_ever_more_slowly(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sfu.shell.pool.BACKOFF_S", 0.01)
    monkeypatch.setattr("sfu.shell.pool.BACKOFF_MAX_S", 0.03)
    [worker] = pool._workers
    worker._command = (sys.executable, "-c", "raise SystemExit(3)")
    os.kill(pool.pids[0], signal.SIGKILL)
    await until(lambda: worker.restarts > 3)
    waits = [re.sub(".*again in ", "", record.getMessage()) for record in caplog.records]
    assert waits[:4] == ["0.01 s", "0.02 s", "0.03 s", "0.03 s"]


@pytest.mark.rule("WORKER-5")
async def test_a_worker_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMSERVER_SECRET", "do not tell")
    secretive = await Pool.start(MediaConfig(), 1)
    environ = environment(secretive.pids[0])
    await secretive.close()
    assert b"PATH=" in environ
    assert b"do not tell" not in environ


async def test_a_room_that_fails_at_a_word_is_no_other_room_s_harm(pool: Pool, desk: Desk) -> None:
    def fails(word: Word) -> None:
        raise RuntimeError("a bug")

    other = pool.open_room("other", fails)
    other.tell(o.Publish((9, 9), 1, "no offer", {}, {}))
    await desk.publishes(1)
    assert [figures.restarts for figures in pool.workers()] == [0]


async def test_a_bug_in_a_worker_fails_one_order(pool: Pool, desk: Desk) -> None:
    await desk.publishes(1)
    theirs = o.Publish(desk.ask(), 2, desk.peer().offer(AUDIO), {"0": "t1"}, SOURCES)  # a track of another member
    assert await desk.told(theirs) == o.Taken(theirs.ask, {}, None)
    await desk.publishes(2, {"0": "t3", "1": "t4"})
    assert [figures.restarts for figures in pool.workers()] == [0]
