"""A thousand members come, receive media and go: the server has nothing left of them."""

import asyncio
import os
from pathlib import Path

import aiohttp
import pytest

from loadtest.measure import rss_kib
from loadtest.server import Server
from loadtest.watching import LIVE, Lesson, end, join

ROOMS, WARM = 40, 8
STUDENTS = 25
SETTLED_S = 12.0  # by then what was freed has been given back to the system
JOIN_KIB = 16  # a join: what waits for the garbage collector; a connection that stays has 50


@pytest.mark.timeout(180)
async def test_a_thousand_joins_and_leaves_leave_no_memory_task_or_socket(tmp_path: Path) -> None:
    server = await Server(tmp_path).start()
    try:
        before = (0, 0, 0)
        for number, room in enumerate(await server.rooms(ROOMS)):
            if number == WARM:
                await asyncio.sleep(SETTLED_S)
                before = await held(server)
            await come_and_go(server, Lesson(room, STUDENTS, LIVE))
        over = asyncio.get_running_loop().time() + SETTLED_S
        while True:
            files, tasks, kib = await held(server)
            gone = (files, tasks + ROOMS - WARM) == before[:2]  # each room has one while it is open
            if gone and kib - before[2] < JOIN_KIB * STUDENTS * (ROOMS - WARM):
                break
            found = f"{files} files, {tasks} tasks, {kib - before[2]} KiB more than {before}"
            assert asyncio.get_running_loop().time() < over, found
            await asyncio.sleep(0.5)
    finally:
        await server.kill()


async def come_and_go(server: Server, lesson: Lesson) -> None:
    await join([lesson], server)
    await lesson.begin()
    for student in lesson.students:
        student.report()
    await end([lesson], server)


async def held(server: Server) -> tuple[int, int, int]:
    """The server's open files, tasks, and resident KiB."""
    files = len(os.listdir(f"/proc/{server.pid}/fd"))
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{server.port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    tasks = next(line.split()[1] for line in lines if line.startswith("roomserver_tasks "))
    return files, round(float(tasks)), rss_kib(server.pid)
