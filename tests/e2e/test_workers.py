"""A media worker is killed in the middle of a lesson in two real browsers: nobody does anything, and all is back."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM
from tests.support.server import serving

from .test_lesson import class_of_two, say, show_chat

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]


@pytest.mark.rule("WORKER-7")
async def test_sound_and_picture_come_back_by_themselves(tmp_path: Path) -> None:
    async with serving(tmp_path, processes=1) as server:
        room = await server.room("one_to_one")
        async with class_of_two(server, room, server.url) as (teacher, student):
            both = (teacher, student)
            for person in both:
                if await person.at("camera-button").get_attribute("aria-pressed") != "true":
                    await person.press("camera-button")
            for person in both:
                await person.receives("energy", more_than=0)
                await person.receives("frames", more_than=0)
            for text in ("我听不到了", "又听不到了"):
                before = {person: await person.connections() for person in both}
                killed = time.monotonic()
                os.kill(server.workers()[0], signal.SIGKILL)
                await say(student, text)
                await show_chat(teacher)
                await teacher.sees(text, "chat-list")
                for person in both:
                    await person.receives("energy", more_than=0, after=before[person])
                    await person.receives("frames", more_than=0, after=before[person])
                    print(f"{person.name} hears and sees again after {time.monotonic() - killed:.1f} s")
                    assert await person.connections() == before[person] + 2  # one to send, one to receive
            assert await server.metric("roomserver_media_worker_restarts_total", worker="0") == 2
            await teacher.look("worker-killed")
            _, log = await server.call("GET", f"/v1/rooms/{room}/log")
            assert log.count('"type":"chat.message"') == 2
            assert '"type":"member.away"' not in log  # the lines held
