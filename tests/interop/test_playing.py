"""Screens that are not ours play a room over WHEP: the teacher, whom aiortc plays, or what the teacher shares."""

from pathlib import Path

import pytest

from tests.interop import peers
from tests.interop.test_publishing import a_lesson
from tests.support.server import token

pytestmark = [pytest.mark.timeout(60)]


@pytest.mark.parametrize("name", ["aiortc", "libwebrtc"])
async def test_libraries(name: str, tmp_path: Path) -> None:
    of = peers.library(name)
    async with a_lesson(tmp_path) as (_, url, teacher), peers.speaking(of, teacher):
        async with peers.playing(of, url + "/whep", token("hall", "observer")) as screen:
            await screen.plays("audio", "video", more_than=10)
