from collections.abc import AsyncIterator

import pytest

from sfu.shell.engine import MediaConfig, MediaEngine
from tests.sfu.lesson import Lesson


@pytest.fixture
async def engine() -> AsyncIterator[MediaEngine]:
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",)))
    yield engine
    await engine.close()


@pytest.fixture
async def lesson(engine: MediaEngine) -> AsyncIterator[Lesson]:
    lesson = Lesson(engine)
    yield lesson
    await lesson.close()
