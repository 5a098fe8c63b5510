"""Firefox in our web client, in a network of its own, in a lesson with Chromium.

Its candidates are those that it has at home: UDP and TCP on one interface, their addresses hidden behind names of mDNS,
none on loopback.  It nominates every pair that works, and not only the last; and it sees its interface go down.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.test_lesson import enter, link
from tests.e2e.test_networks import ROUTES
from tests.interop.firefox import FIREFOX, Firefox, firefox
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.network import Cable, why_not
from tests.support.server import eventually, serving

pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not FIREFOX, reason="no Firefox here (Debian: apt-get install firefox-esr)"),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]
AWAY_S, BACK_S = 30, 30  # far more than it takes
ADDRESSES = r"""
() => window.__connections.flatMap(({localDescription}) =>
  [...localDescription.sdp.matchAll(/^a=candidate:(?:\S+ ){4}(\S+)/gm)].map(([, address]) => address))
"""
CREDENTIALS = r"""
() => window.__connections.filter(({connectionState}) => connectionState !== "closed")
  .map(({localDescription}) => /^a=ice-ufrag:(.*)/m.exec(localDescription.sdp)[1])
"""
OFFERING = '() => window.__connections.some(({signalingState}) => signalingState === "have-local-offer")'
RECONNECTING = '() => document.body.dataset.state === "reconnecting"'
IN_THE_ROOM = '() => document.body.dataset.state === "room"'


@asynccontextmanager
async def a_lesson_of_two(line: Cable, tmp_path: Path) -> AsyncIterator[tuple[Person, Firefox]]:
    """A teacher in Chromium on this machine and a student in Firefox at the other end of the line, with cameras."""
    async with (
        serving(tmp_path, also=line.here) as server,
        chromium() as desk,
        sitting(desk, "teacher") as teacher,
        firefox(line, tmp_path) as student,
    ):
        room = await server.room("one_to_one")
        await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
        await student.enter(link(f"http://{line.here}:{server.port}", room, "s", "student", "小明"))
        if await teacher.at("camera-button").get_attribute("aria-pressed") != "true":
            await teacher.press("camera-button")
        await student.press("camera-button")
        yield teacher, student


async def both_see_and_hear(teacher: Person, student: Firefox) -> None:
    for what in ("frames", "energy"):
        await teacher.receives(what)
        await student.receives(what)


async def test_firefox_is_seen_and_heard_and_sees_and_hears(line: Cable, tmp_path: Path) -> None:
    async with a_lesson_of_two(line, tmp_path) as (teacher, student):
        await both_see_and_hear(teacher, student)
        assert set(await student.run(ROUTES)) == {"udp"}
        addresses = await student.run(ADDRESSES)
        assert addresses
        assert all(address.endswith(".local") for address in addresses)


@pytest.mark.rule("MEDIA-60")
async def test_without_udp_it_is_so_over_tcp(line: Cable, tmp_path: Path) -> None:
    line.block_udp()
    async with a_lesson_of_two(line, tmp_path) as (teacher, student):
        await both_see_and_hear(teacher, student)
        assert set(await student.run(ROUTES)) == {"tcp"}


@pytest.mark.rule("MEDIA-65")
async def test_when_its_interface_goes_down_and_comes_back_so_do_picture_and_sound(line: Cable, tmp_path: Path) -> None:
    async with a_lesson_of_two(line, tmp_path) as (teacher, student):
        await both_see_and_hear(teacher, student)

        # For a moment: ICE begins afresh on the connections that there are.
        before = set(await student.run(CREDENTIALS))
        line.switch_off()
        await eventually(partial(student.run, OFFERING), within_s=AWAY_S)
        line.switch_on()
        await both_see_and_hear(teacher, student)

        async def all_new() -> bool:
            return before.isdisjoint(await student.run(CREDENTIALS))

        await eventually(all_new, within_s=BACK_S)

        # Until the page has given up its line: all begins afresh.
        line.switch_off()
        await eventually(partial(student.run, RECONNECTING), within_s=AWAY_S)
        line.switch_on()
        await eventually(partial(student.run, IN_THE_ROOM), within_s=BACK_S)
        await both_see_and_hear(teacher, student)
