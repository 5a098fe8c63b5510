from collections.abc import AsyncIterator, Iterator

import pytest

from sfu.shell.engine import MediaConfig, MediaEngine
from sfu.shell.kernel import KernelWire
from sfu.shell.wire import PlainWire
from tests.sfu.desk import Desk, Kernel
from tests.sfu.lesson import Lesson


@pytest.fixture(params=[KernelWire, PlainWire])
def wire_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[PlainWire]:
    """Both ways to send and receive; what holds of one holds of the other."""
    made: type[PlainWire] = request.param
    monkeypatch.setattr("sfu.shell.port.wire_for", made)
    return made


@pytest.fixture
async def engine(wire_for: type[PlainWire]) -> AsyncIterator[MediaEngine]:
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",)))
    yield engine
    await engine.close()


@pytest.fixture
async def lesson(engine: MediaEngine) -> AsyncIterator[Lesson]:
    lesson = Lesson(engine)
    yield lesson
    await lesson.close()


@pytest.fixture
def fast() -> Iterator[Desk]:
    """With the kernel's wire."""
    made = Desk(KernelWire)
    yield made
    made.close()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)
