"""What a runner does about bugs of ours, and after its end."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from msgspec.structs import replace

from protocol import commands as c
from protocol import notices as n
from protocol.codes import CloseCode
from roomserver.core.forms import FORMS, Booking
from roomserver.core.state import RoomState
from roomserver.shell.link import Link
from roomserver.shell.recordings import Recordings
from roomserver.shell.sqlite import SqliteStore
from sfu.core import orders as o
from sfu.core.recording import Recording
from tests.roomserver.shell.nodes import DeafLink, NoMedia, comes, node
from tests.support.clock import ManualClock
from tests.support.lesson import PEN

FILE = Recording(
    name="0" * 32 + ".webm", track="a1", member=1, source="microphone", codec="opus", start_ms=0, ended="closed"
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(tmp_path / "rooms.sqlite")
    yield store
    await store.close()


class Recorded(DeafLink):
    """A client whose line is closed with a code."""

    def __init__(self) -> None:
        self.hung: list[CloseCode] = []

    def hang(self, code: CloseCode, reason: str, *, retry_in_s: float | None = None) -> None:
        self.hung.append(code)


def fails(*_: Any) -> None:
    raise RuntimeError("a bug")


@pytest.mark.rule("BUG-1")
async def test_a_bug_that_leaves_the_log_ahead_of_the_store_lets_the_room_go_and_it_is_opened_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = node(store)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner)
    with monkeypatch.context() as patch:
        patch.setattr(RoomState, "apply", fails)
        with pytest.raises(RuntimeError, match="a bug"):
            runner.receive(1, c.SendChat(id=1, text="hello"))
    assert rooms.get("r-1") is None
    again = await rooms.find("r-1")
    assert again is not None
    await comes(again)
    seqs = [event.seq for event in await store.events("r-1")]
    assert seqs == list(range(1, again.room.log.seq + 1))
    await rooms.leave()


async def test_a_bug_before_anything_was_logged_leaves_the_room_as_it_was(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = node(store)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner)
    with monkeypatch.context() as patch:
        patch.setattr("roomserver.core.room.decide", fails)
        with pytest.raises(RuntimeError, match="a bug"):
            runner.receive(1, c.SendChat(id=1, text="hello"))
    assert rooms.get("r-1") is runner
    runner.receive(1, c.SendChat(id=2, text="still here"))
    await runner.settled()
    assert not runner.failing
    await rooms.leave()


class Hearing(DeafLink):
    """A client that keeps what is written to it."""

    def __init__(self) -> None:
        self.heard = b""
        self.said: list[object] = []

    def write(self, frames: bytes) -> None:
        self.heard += frames

    def say(self, notice: object) -> None:
        self.said.append(notice)


@pytest.mark.rule("BOARD-39")
async def test_points_leave_after_90_ms_and_not_before_though_nothing_else_happens(store: SqliteStore) -> None:
    clock, link = ManualClock(), Hearing()
    rooms = node(store, clock)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner, link)
    runner.receive(1, c.BeginStroke(id=1, shape="1.1", **PEN))
    await clock.advance(1)
    assert b"board.begun" in link.heard
    runner.receive(1, c.ExtendStroke(2, "1.1", (3, 4)))
    await clock.advance(0.05)
    runner.receive(1, c.ExtendStroke(3, "1.1", (5, 6)))
    await clock.advance(0.039)
    assert b"board.extended" not in link.heard
    await clock.advance(0.002)
    assert b'"1.1",[3,4,5,6]]' in link.heard
    await rooms.leave()


@pytest.mark.rule("MEDIA-94")
async def test_the_media_is_told_who_is_on_the_stage_when_that_changes(store: SqliteStore) -> None:
    media = NoMedia()
    rooms = node(store, media=media)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner)
    stage = [order for order in media.told if isinstance(order, o.Stage)]
    assert stage == [o.Stage((1,))]
    runner.receive(1, c.SendChat(id=1, text="hello"))
    runner.lost(1, for_good=True)
    assert [order for order in media.told if isinstance(order, o.Stage)] == [*stage, o.Stage(())]
    await rooms.leave()


@pytest.mark.rule("MEDIA-95")
async def test_a_member_is_told_what_their_sections_carry(store: SqliteStore) -> None:
    link = Hearing()
    rooms = node(store)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    await comes(runner, link)
    runner.hear_media(o.Carries(1, {"0": "t7"}))
    runner.hear_media(o.Carries(2, {"0": "t8"}))  # has gone
    assert link.said[-1] == n.MediaCarries(tracks={"0": "t7"})
    await rooms.leave()


@pytest.mark.rule("REC-5")
@pytest.mark.parametrize(("faults", "kept"), [(0, [FILE.name]), (2, [FILE.name]), (1000, [])])
async def test_a_disk_that_cannot_tell_of_recordings_keeps_no_room_from_ending(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, faults: int, kept: list[str]
) -> None:
    asked = 0

    async def settled(*_: object) -> list[Recording]:
        nonlocal asked
        asked += 1
        if asked <= faults:
            raise OSError("input/output error")
        return [FILE]

    monkeypatch.setattr(Recordings, "settled", settled)
    clock = ManualClock()
    rooms = node(store, clock, forms={"one_to_one": replace(FORMS["one_to_one"], windows=(), record=True)})
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    runner.end()
    for _ in range(20):
        await clock.advance(1)
    await runner.settled()
    found = await store.record("r-1")
    assert found is not None
    assert [one["name"] for one in orjson.loads(found.envelope)["data"]["recordings"]] == kept
    assert len(rooms) == 0
    await rooms.leave()


async def test_who_enters_a_room_that_has_just_gone_is_sent_to_open_it_again(store: SqliteStore) -> None:
    rooms = node(store)
    runner = await rooms.create(Booking(room="r-1", form="one_to_one"))
    runner.crash()
    link = Recorded()
    runner.enter(cast(Link, link), c.Hello(id=1, room="r-1"), None)
    assert link.hung == [CloseCode.RESTART]
    runner.receive(1, c.SendChat(id=1, text="hello"))
    assert runner.lines == 0
    await rooms.leave()
