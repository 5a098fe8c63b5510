"""A page says in words what is wrong with sound and picture, and its number is found on the server."""

from pathlib import Path

import pytest

from tests.e2e.test_lesson import enter, link
from tests.support.browser import CHROMIUM, Person, chromium, sitting
from tests.support.server import ServerProcess, serving

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine (Debian: apt-get install chromium)"),
]
# Media is sent where nobody listens, as behind a firewall that lets no UDP through.
NOWHERE = '[media.advertise]\n"127.0.0.1" = "127.0.0.9"\n'
SIZES = {"phone": (360, 740), "desk": (1440, 900)}
REFUSED = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("Permission denied", "NotAllowedError"); };
"""


@pytest.mark.rule("MEDIA-80")
@pytest.mark.parametrize("size", SIZES)
async def test_a_network_without_udp_is_said_to_be_one(tmp_path: Path, size: str) -> None:
    async with serving(tmp_path, forms=NOWHERE) as server, chromium() as desk:
        room = await server.room("one_to_many")
        async with sitting(desk, f"blocked-{size}", size=SIZES[size]) as teacher:
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await teacher.at("finding-banner").wait_for(timeout=30_000)
            await teacher.until(
                lambda: is_known(server, room, teacher), "the server knows the number as one never reached"
            )
            number = await teacher.at("finding-number").inner_text()
            assert number.startswith("E-31-")
            await teacher.look("health-banner")
            await fits(teacher, "finding-banner")
            await teacher.press("connection-state")
            assert await teacher.at("help-number").inner_text() == number
            await teacher.sees(f"UDP 127.0.0.9:{server.media_port}", "health-one")
            await teacher.look("health")
            await fits(teacher, "health")
            await teacher.press("sheet-close")
            await teacher.press("finding-close")
            await teacher.at("finding-banner").wait_for(state="hidden")


async def test_a_microphone_that_is_not_allowed_says_how_to_allow_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, chromium() as desk:
        room = await server.room("one_to_many")
        async with sitting(desk, "refused", size=SIZES["phone"]) as teacher:
            await teacher.page.add_init_script(REFUSED)
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await teacher.press("microphone-button")
            await teacher.sees("E-11", "finding-number")
            await teacher.press("finding-more")
            await teacher.at("health-how").wait_for()
            await teacher.look("health")


async def test_a_good_line_has_a_number_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, chromium() as desk:
        room = await server.room("one_to_many")
        async with sitting(desk, "teacher") as teacher, sitting(desk, "student", size=SIZES["desk"]) as student:
            await enter(teacher, link(server.url, room, "t", "teacher", "王老师"))
            await enter(student, link(server.url, room, "s", "student", "小明"))
            await student.receives("energy", more_than=0)
            await student.press("connection-state")
            await student.sees("UDP", "health-down")
            await student.at("health-fine").wait_for()
            await student.look("health")
            number = await student.at("help-number").inner_text()
            _, seen = await server.call("GET", f"/v1/rooms/{room}/media")
            [down] = [one for one in seen["connections"] if one["direction"] == "down" and one["state"] == "ready"]
            assert (number, down["member"], down["path"]) == (f"E-00-{down['number']}", 2, "udp")
            assert await student.at("finding-banner").is_hidden()


async def is_known(server: ServerProcess, room: str, person: Person) -> bool:
    number = (await person.at("finding-number").inner_text()).rpartition("-")[2]
    _, seen = await server.call("GET", f"/v1/rooms/{room}/media")
    return (number, "unreached") in {(one["number"], one["state"]) for one in seen["connections"]}


async def fits(person: Person, test: str) -> None:
    """All of it is on the screen."""
    box = await person.at(test).first.bounding_box()
    size = person.page.viewport_size
    assert box is not None
    assert size is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] + box["height"] <= size["height"]
