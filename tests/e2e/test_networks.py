"""Networks that let no UDP through, and members who change theirs: a real browser in a network of its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.test_lesson import enter, link
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.network import Cable, cable, why_not
from tests.support.server import serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(180),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]
BACK_S = 15.0  # after a change of network; what it takes is printed
ROUTES = """
async () => {
  const found = [];
  for (const pc of window.__connections) {
    if (pc.connectionState === "closed") continue;
    const report = await pc.getStats();
    for (const {type, selectedCandidatePairId} of report.values()) {
      const pair = type === "transport" && report.get(selectedCandidatePairId);
      if (pair) found.push(report.get(pair.localCandidateId).protocol);
    }
  }
  return found;
}
"""
# Milliseconds since the last sound packet came, on whatever connection; polled, as a page does not hear of packets.
WATCH_SOUND = """
() => {
  window.__gap = {heard: performance.now(), longest: 0, packets: 0};
  setInterval(async () => {
    let packets = 0;
    for (const pc of window.__connections) {
      if (pc.connectionState === "closed") continue;
      for (const report of (await pc.getStats()).values())
        if (report.type === "inbound-rtp" && report.kind === "audio") packets += report.packetsReceived;
    }
    const now = performance.now(), gap = window.__gap;
    if (packets !== gap.packets && packets) {
      gap.longest = Math.max(gap.longest, now - gap.heard);
      gap.heard = now;
    }
    gap.packets = packets;
  }, 50);
}
"""


@pytest.fixture
def line() -> Iterator[Cable]:
    with cable() as made:
        yield made


@asynccontextmanager
async def student_at(line: Cable, tmp_path: Path, more: str = "") -> AsyncIterator[tuple[Person, Person]]:
    """A teacher on this machine and a student at the other end of the line."""
    async with serving(tmp_path, forms=more, also=line.here) as server:
        room = await server.room("one_to_many")
        url = f"http://{line.here}:{server.port}"
        secure = f"--unsafely-treat-insecure-origin-as-secure={url}"
        async with (
            chromium() as desk,
            chromium(line.wrap(CHROMIUM, tmp_path), secure) as home,
            sitting(desk, "teacher") as teacher,
            sitting(home, "student") as student,
        ):
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await enter(student, link(url, room, "s", "student", "小明"))
            if await teacher.at("camera-button").get_attribute("aria-pressed") != "true":
                await teacher.press("camera-button")
            yield teacher, student


@pytest.mark.rule("MEDIA-60")
async def test_a_student_whose_network_lets_no_udp_through_sees_and_hears(line: Cable, tmp_path: Path) -> None:
    line.block_udp()
    async with student_at(line, tmp_path) as (_, student):
        await student.receives("energy", more_than=0)
        await student.receives("frames", more_than=10)
        assert set(await student.page.evaluate(ROUTES)) == {"tcp"}


@pytest.mark.rule("MEDIA-65")
async def test_when_udp_is_blocked_in_mid_lesson_the_same_connection_goes_on_over_tcp(
    line: Cable, tmp_path: Path
) -> None:
    async with student_at(line, tmp_path) as (_, student):
        await student.receives("energy", more_than=0)
        await student.until(lambda: goes_over(student, "udp"), "all goes over UDP")
        connections = await student.page.evaluate("() => window.__connections.length")
        await watch_sound(student)
        line.block_udp()
        print(f"sound came back {await silence(student):.2f} s after UDP was blocked")
        await student.until(lambda: goes_over(student, "tcp"), "all goes over TCP")
        assert await student.page.evaluate("() => window.__connections.length") == connections
        await student.receives("frames")


@pytest.mark.rule("MEDIA-65")
async def test_a_student_who_changes_network_is_back(line: Cable, tmp_path: Path) -> None:
    async with student_at(line, tmp_path) as (_, student):
        await student.receives("energy", more_than=0)
        await watch_sound(student)
        before = await student.page.evaluate("() => window.__connections.length")
        line.move()
        away = await silence(student)
        made = await student.page.evaluate("() => window.__connections.length") - before
        print(f"sound came back {away:.2f} s after the change of network, {made} connections made anew")
        await student.receives("energy")


async def goes_over(person: Person, protocol: str) -> bool:
    return set(await person.page.evaluate(ROUTES)) == {protocol}


async def watch_sound(person: Person) -> None:
    await person.page.evaluate(WATCH_SOUND)
    await asyncio.sleep(1)
    await person.page.evaluate("() => { window.__gap.longest = 0; }")


async def silence(person: Person) -> float:
    """Wait until sound has been away and is back; for how many seconds it was away."""
    back = "() => window.__gap.longest > 500 && performance.now() - window.__gap.heard < 300"
    await person.page.wait_for_function(back, timeout=BACK_S * 1000)
    return float(await person.page.evaluate("() => window.__gap.longest")) / 1000
