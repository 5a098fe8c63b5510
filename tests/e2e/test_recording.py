"""A lesson is recorded from a real browser, and its sound and pictures play in step with the board."""

import hashlib
import json
import os
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.sfu import film
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.server import ServerProcess, eventually, serving, token

from .test_lesson import class_of_two, link

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
DRIFT_S = 0.2
# Of each file that plays now: how far its element is from the replay's clock, as both are at this moment.
DRIFT_JS = """
async () => {
  const player = await window.archive.open();
  const at = player.since.at + (player.env.now() - player.since.now) * player.speed;
  const found = {};
  for (const recording of player.recordings) {
    const inside = at >= recording.start_ms + 300 && at < recording.start_ms + recording.duration_ms - 300;
    const element = [...window.__media].find((one) => one.src.includes(recording.name) && !one.paused);
    if (inside) found[recording.source] = element ? element.currentTime - (at - recording.start_ms) / 1000 : null;
  }
  return found;
}
"""
COLLECT = """
window.__media = new Set();
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () { window.__media.add(this); return play.call(this); };
"""


async def with_camera(teacher: Person, student: Person) -> None:
    """The teacher is seen and heard."""
    if await teacher.at("camera-button").get_attribute("aria-pressed") != "true":
        await teacher.press("camera-button")
    await student.receives("energy", more_than=0)
    await student.receives("frames", more_than=0)


async def told(person: Person) -> bool:
    return await person.at("recording").is_visible()


def lies(server: ServerProcess, room: str) -> list[Path]:
    return sorted(path for path in (server.data / "recordings" / room).iterdir() if path.suffix != ".json")


async def ended(server: ServerProcess, room: str) -> dict[str, Any]:
    """End the room; its record, once that is out."""
    await server.call("POST", f"/v1/rooms/{room}/end")

    async def record() -> dict[str, Any] | None:
        _, text = await server.call("GET", "/v1/records")
        lines = [json.loads(line) for line in text.splitlines() if line] if isinstance(text, str) else text["records"]
        return next((one["data"] for one in lines if one["subject"] == room), None)

    found = await eventually(record, within_s=60)
    assert found is not None
    return found


@pytest.mark.rule("REC-5")
@pytest.mark.rule("REC-9")
@pytest.mark.parametrize(("processes", "size"), [(0, (1280, 800)), (1, (390, 844))], ids=["desk", "phone and a worker"])
async def test_a_lesson_is_recorded_and_seen_again(tmp_path: Path, processes: int, size: tuple[int, int]) -> None:
    async with serving(tmp_path, processes=processes, forms=SHORT) as server:
        room = await server.room("one_to_many", subject="mathematics", topic="圆的面积")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await with_camera(teacher, student)
            assert await told(teacher)
            assert await told(student)
            await student.look("recording")
            await teacher.draw((0.2, 0.3), (0.4, 0.6), (0.6, 0.3))
            await teacher.page.wait_for_timeout(9_000)  # of the lesson: something to play
            data = await ended(server, room)
        kept = {one["source"]: one for one in data["recordings"]}
        assert set(kept) == {"microphone", "camera"}
        assert {path.name for path in lies(server, room)} == {one["name"] for one in kept.values()}
        for source, codec in (("microphone", "opus"), ("camera", "vp8")):
            one = kept[source]
            path = server.data / "recordings" / room / one["name"]
            seen = film.read(path)
            assert seen.codec == codec
            assert seen.duration_ms == pytest.approx(one["duration_ms"], abs=200)
            assert one["duration_ms"] > 9_000
            assert one["gaps"] == []
            assert all(later > earlier for earlier, later in pairwise(seen.times))
            assert seen.pictures > 100
            assert hashlib.sha256(path.read_bytes()).hexdigest() == one["sha256"]
            assert data["opened_ms"] + one["at"] == one["started_ms"]
        await asks(server, room, kept["camera"])
        async with chromium() as browser:
            await plays(server, browser, room, size)


SHORT = "[forms.one_to_many]\nevaluation = false\n"


async def asks(server: ServerProcess, room: str, camera: dict[str, Any]) -> None:
    """Over HTTP: who may have the files, and parts of them."""
    path = f"/v1/rooms/{room}/recordings"
    assert (await server.call("GET", path, key="nobody"))[0] == 401
    status, listed = await server.call("GET", path, key=token("late", "student", room=room))
    assert status == 200
    file = next(one for one in listed["recordings"] if one["source"] == "camera")
    data = (server.data / "recordings" / room / camera["name"]).read_bytes()
    async with aiohttp.ClientSession(server.url) as session:
        async with session.get(file["url"], headers={"Range": "bytes=10-29"}) as answer:
            assert (answer.status, await answer.read()) == (206, data[10:30])
            assert answer.content_type == "video/webm"
        for bad in (f"{path}/{camera['name']}", file["url"][:-1] + "0", file["url"][:-1] + "1"):
            if bad != file["url"]:
                async with session.get(bad) as answer:
                    assert answer.status == 401


async def plays(server: ServerProcess, browser: Any, room: str, size: tuple[int, int]) -> None:
    async with sitting(browser, f"replay-{size[0]}", size=size) as late:
        await late.page.add_init_script(COLLECT)
        await late.page.goto(link(server.url, room, "late", "student", "小红"))
        await late.press("join-button")
        await late.at("replay-slider").wait_for()
        await late.press("replay-play")
        await late.at("recorded-camera").wait_for(state="visible")
        await late.until(lambda: in_step(late), "sound and picture are in step")
        await late.look("recorded")
        for speed in ("2", "1"):
            await late.at("replay-speed").select_option(speed)
            await late.page.evaluate("window.archive.open().then((p) => p.seek(p.recordings[1].start_ms + 1000))")
            await late.until(lambda: in_step(late), f"they are in step after a jump, at {speed}x")
        print(size, await late.page.evaluate(DRIFT_JS))
        await late.press("replay-play")
        assert await late.page.evaluate("[...window.__media].every((one) => one.paused)")


async def in_step(person: Person) -> bool:
    """For two seconds on end."""
    for _ in range(10):
        drift = await person.page.evaluate(DRIFT_JS)
        if set(drift) != {"microphone", "camera"} or not all(
            d is not None and abs(d) < DRIFT_S for d in drift.values()
        ):
            return False
        await person.page.wait_for_timeout(200)
    return True


def recorders(server: ServerProcess) -> list[int]:
    """The processes that record, of this server and its workers."""
    assert server.process is not None
    found, parents = [], {server.process.pid}
    for entry in sorted(Path("/proc").iterdir(), key=lambda one: int(one.name) if one.name.isdecimal() else 0):
        if not entry.name.isdecimal():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent in parents:
            parents.add(int(entry.name))
            if b"roomserver.shell.scribe" in command:
                found.append(int(entry.name))
    return found


@pytest.mark.rule("REC-6")
@pytest.mark.rule("REC-7")
async def test_a_recorder_that_dies_is_replaced_and_what_it_had_is_kept(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=SHORT) as server:
        room = await server.room("one_to_many")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await with_camera(teacher, student)
            await teacher.page.wait_for_timeout(4_000)
            (recorder,) = recorders(server)
            os.kill(recorder, signal.SIGKILL)
            await student.at("recording").wait_for(state="hidden")
            await student.at("recording").wait_for(state="visible")
            await student.receives("frames")  # the lesson goes on
            await teacher.page.wait_for_timeout(3_000)
            data = await ended(server, room)
        cameras = [one for one in data["recordings"] if one["source"] == "camera"]
        assert [one["ended"] for one in cameras] == ["mended", "closed"]
        assert cameras[0]["duration_ms"] > 2_500
        for one in data["recordings"]:
            assert film.read(server.data / "recordings" / room / one["name"]).times[-1] == pytest.approx(
                one["duration_ms"], abs=100
            )
        _, log = await server.call("GET", f"/v1/rooms/{room}/log")
        assert log.index('"type":"recording.stopped"') < log.index('"type":"recording.started"')
        assert await server.metric("roomserver_media_total", reason="recorder_restarts") == 1


@pytest.mark.rule("REC-6")
async def test_a_server_that_is_killed_leaves_its_recordings_to_the_next(tmp_path: Path) -> None:
    async with serving(tmp_path, forms=SHORT) as server:
        room = await server.room("one_to_many")
        async with class_of_two(server, room, server.url) as (teacher, student):
            await with_camera(teacher, student)
            await teacher.page.wait_for_timeout(4_000)
            await server.kill()
            await server.start()
            await student.until(lambda: again(student), "the line is there again")
            await with_camera(teacher, student)
            await teacher.page.wait_for_timeout(4_000)
            data = await ended(server, room)
        cameras = [one for one in data["recordings"] if one["source"] == "camera"]
        assert len(cameras) == 2
        assert all(one["ended"] == "closed" for one in cameras)
        assert cameras[1]["at"] > cameras[0]["at"] + cameras[0]["duration_ms"]
        assert len({one["sha256"] for one in data["recordings"]}) == len(data["recordings"])


async def again(person: Person) -> bool:
    return await person.at("connection-state").get_attribute("data-how") == "open"
