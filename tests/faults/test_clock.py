"""A clock that was set back while the server was down: time in a room goes on from its newest event."""

import asyncio
import time
from pathlib import Path

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from roomserver.core import effects as fx
from roomserver.core.effects import Effect
from roomserver.core.forms import Form
from roomserver.shell.sqlite import SqliteStore
from roomserver.shell.store import Batch, RoomRow, StoredEvent
from tests.support.lesson import Lesson
from tests.support.member import Member
from tests.support.server import serving, token

from .evidence import evidence, record_of, unharmed

HOUR_S = 3_600
LESSON_S = 9  # of which a loaded machine needs a part to bring everybody back after a kill


async def store(path: Path, room: str, effects: list[Effect], *, created_ms: int) -> None:
    """What a node that was an hour ahead has left behind."""
    kept = await SqliteStore.start(path)
    entries = [effect.entry for effect in effects if isinstance(effect, fx.Append)]
    salts = {effect.member: effect.salt for effect in effects if isinstance(effect, fx.Salt)}
    meta = b'{"form":"one_to_one","subject":"","topic":""}'
    await kept.create(RoomRow(room, 1, created_ms, None, meta))
    events = [StoredEvent(entry.seq, entry.body, entry.personal, entry.hash) for entry in entries]
    await kept.append(Batch(room, 1, events, salts))
    await kept.close()


@pytest.mark.rule("CLOCK-2", "LOG-2", "END-6")
async def test_a_room_whose_newest_event_lies_an_hour_ahead_goes_on_from_there(tmp_path: Path) -> None:
    ahead = time.time() + HOUR_S
    form = Form(seats={"teacher": 1, "student": 1}, duration_s=LESSON_S, warnings_s=(), evaluation=False)
    lesson = Lesson(form, now=ahead)
    lesson.joins("t", "teacher")
    await store(tmp_path / "rooms.sqlite", "r-1", lesson.history, created_ms=lesson.state.opened_at_ms)

    async with serving(tmp_path) as server:
        begun = time.monotonic()
        teacher = await Member(server.ws, "r-1", token("t", "teacher")).connect()
        welcome = teacher.messages[0]
        assert isinstance(welcome, n.Welcome)
        assert welcome.now_ms >= lesson.state.opened_at_ms
        assert welcome.room is not None
        student = await Member(server.ws, "r-1", token("s", "student")).connect()
        live = await teacher.hear(e.RoomLive)
        for number in range(3):
            await student.ask(lambda id, number=number: c.SendChat(id=id, text=f"line {number}"))  # type: ignore[misc]
            await asyncio.sleep(0.02)

        await server.kill()  # and once more, with a log that is still ahead
        await server.start()
        await teacher.closed()
        await teacher.connect()
        await student.closed()
        await student.connect()
        await student.ask(lambda id: c.SendChat(id=id, text="after"))
        closed = await teacher.hear(e.RoomClosed)
        took = time.monotonic() - begun
        assert await teacher.closed() == 4410

        log = await evidence(server, "r-1")  # which checks that no instant lies before the one before it
        assert (closed.at, closed.reason) == (live.ends_at, "duration")
        assert took > LESSON_S - 0.1  # and not an hour more, which nobody waits for
        record = await record_of(server, "r-1")
        assert record is not None
        assert record["closed_ms"] == record["opened_ms"] + live.ends_at
        assert log.texts() == ["line 0", "line 1", "line 2", "after"]
        assert [entry.at for entry in log.entries] == sorted(entry.at for entry in log.entries)
        unharmed(server)
