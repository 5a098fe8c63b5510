"""Firefox in our web client, on one connection with people whose clients are other libraries."""

from pathlib import Path

import pytest

from tests.interop import peers
from tests.interop.firefox import FIREFOX, firefox
from tests.interop.test_publishing import a_lesson
from tests.support.server import token

pytestmark = [
    pytest.mark.interop,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not FIREFOX, reason="no Firefox here (Debian: apt-get install firefox-esr)"),
]


async def test_firefox_is_seen_and_heard_and_sees_and_hears(tmp_path: Path) -> None:
    of = peers.library("aiortc")
    async with a_lesson(tmp_path) as (server, address, teacher), firefox(tmp_path / "profile") as window:
        room = address.rpartition("/")[2]
        entrance = f"{server.url}/#room={room}&token={token('f', 'assistant')}"
        async with peers.inside(of, teacher) as screen, peers.speaking(of, teacher):
            await window.enter(entrance)
            await window.press("camera-button")
            await screen.plays("audio", "video", more_than=10)
            await window.receives("frames")
            await window.receives("energy")
