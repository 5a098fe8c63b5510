"""Children of the studio: real processes, files that mean harm, and bounds that hold."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from roomserver.shell import studio as shell
from roomserver.shell.places import Busy
from roomserver.shell.studio import AT_ONCE, Studio
from roomserver.studio import cage
from roomserver.studio.jobs import Export, Format, Unfit
from tests.support import files
from tests.support.fonts import FONTS, needs_han
from tests.support.pages import rectangle, sheet
from tests.support.server import eventually

sees_children = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


@pytest.fixture
def waiting() -> int:
    return shell.WAITING


@pytest.fixture
def studio(waiting: int) -> Studio:
    return Studio(fonts=FONTS, waiting=waiting)


def children() -> list[int]:
    """The studio's children of this process that are there now."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"roomserver.studio" in path.read_bytes() and f"PPid:\t{os.getpid()}\n" in (
                path.parent / "status"
            ).read_text("utf-8"):
                found.append(int(path.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def job(format: Format) -> Callable[[], Awaitable[Export]]:
    async def make() -> Export:
        return Export(format, (sheet(rectangle(1000, 1000, 4000, 3000)),))

    return make


@pytest.fixture
async def holding(studio: Studio) -> AsyncIterator[Callable[[], asyncio.Task[object]]]:
    """Starts jobs that go on for long."""
    tasks: list[asyncio.Task[object]] = []

    def hold() -> asyncio.Task[object]:
        tasks.append(asyncio.create_task(studio.slides(files.endless())))
        return tasks[-1]

    yield hold
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert children() == []


@pytest.mark.rule("STUDIO-1")
async def test_each_job_has_a_child_that_is_gone_when_it_is_done(studio: Studio) -> None:
    assert (await studio.picture(files.picture("JPEG"))).width == 60
    assert [slide.width for slide in await studio.slides(files.slides())] == [1920]
    assert (await studio.outline("x")).path.startswith("m")
    assert files.shown(await studio.export(job("png"))).getpixel((300, 300)) == (255, 0, 0)
    assert (await studio.export(job("pdf"))).startswith(b"%PDF-")
    assert children() == []


@needs_han
@pytest.mark.rule("STUDIO-1")
async def test_a_child_has_the_fonts_that_the_server_is_configured_with(studio: Studio) -> None:
    assert (await studio.outline(r"\text{面积}")).width > 1500
    with pytest.raises(Unfit, match="no font"):
        await Studio(fonts=()).outline(r"\text{面积}")


TRIES = """
import os, resource, sys
from roomserver.studio import cage
cage.enter(cpu_s=7)
def refused(what):
    try:
        what()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "done"
print(refused(lambda: bytearray(2 * 1024**3)))
print(refused(lambda: [os.open("/", os.O_RDONLY) for _ in range(100)]))
print(resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_CORE),
      resource.getrlimit(resource.RLIMIT_CPU))
print(os.getresuid() == os.getresgid() == (65534,) * 3 and os.getgroups() == [])
"""


@pytest.mark.rule("STUDIO-2")
def test_a_child_has_given_up_what_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRIES], capture_output=True, text=True, timeout=30, check=True
    ).stdout.splitlines()
    assert done == ["MemoryError", "OSError", "(0, 0) (0, 0) (7, 8)", str(os.geteuid() == 0)]


@pytest.mark.rule("STUDIO-2")
def test_a_child_writes_no_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    code = f"from roomserver.studio import cage; cage.enter(cpu_s=7); open({str(tmp_path / 'x')!r}, 'wb').write(b'x')"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert [path.stat().st_size for path in tmp_path.iterdir()] in ([], [0])


@pytest.mark.rule("STUDIO-2")
async def test_a_child_that_spends_its_seconds_of_cpu_is_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "SLIDES", replace(shell.SLIDES, cpu_s=1))
    with pytest.raises(Unfit, match="takes longer"):
        await studio.slides(files.endless())


@pytest.mark.rule("STUDIO-3")
async def test_a_child_that_takes_too_long_is_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "SLIDES", replace(shell.SLIDES, wall_s=0.5))
    with pytest.raises(Unfit, match="takes longer"):
        await studio.slides(files.endless())
    assert children() == []


@pytest.mark.rule("STUDIO-3")
async def test_a_child_that_says_too_much_is_ended(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "PICTURE", replace(shell.PICTURE, answer_bytes=20))
    with pytest.raises(Unfit, match="nothing can be made"):
        await studio.picture(files.picture("JPEG"))
    assert children() == []


@sees_children
@pytest.mark.rule("STUDIO-3")
async def test_whoever_goes_takes_their_child_with_them(
    studio: Studio, holding: Callable[[], asyncio.Task[object]]
) -> None:
    task = holding()

    async def started() -> bool:
        return bool(children())

    assert await eventually(started)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == []


@sees_children
@pytest.mark.rule("STUDIO-4")
@pytest.mark.parametrize("waiting", [4])
async def test_long_jobs_leave_places_to_short_ones_and_what_is_too_much_is_refused(
    studio: Studio, holding: Callable[[], asyncio.Task[object]]
) -> None:
    for _ in range(3):
        holding()
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await studio.slides(b"")  # half of six places are theirs
    assert (await studio.outline("x")).width > 400  # beside the one of them that is done now
    assert len(children()) == 1
    short = [asyncio.create_task(studio.outline("x")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await studio.outline("x")
    await asyncio.gather(*short)
    assert studio.ended == {"slides_busy": 1, "latex_busy": 1, "latex_done": 4}


@sees_children
@pytest.mark.rule("STUDIO-6")
async def test_a_job_is_made_when_its_turn_has_come(
    studio: Studio, holding: Callable[[], asyncio.Task[object]]
) -> None:
    made = 0

    async def make() -> Export:
        nonlocal made
        made += 1
        return await job("svg")()

    long = holding()
    await asyncio.sleep(0)
    exports = [asyncio.create_task(studio.export(make)) for _ in range(4)]
    assert (await studio.outline("x")).width > 400
    assert made == 0
    long.cancel()
    await asyncio.gather(*exports)
    assert made == 4


@pytest.mark.rule("STUDIO-3")
async def test_whoever_goes_while_a_child_is_being_started_takes_it_with_them(studio: Studio) -> None:
    for turns in range(12):
        task = asyncio.create_task(studio.slides(files.endless()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert children() == []


@sees_children
@pytest.mark.rule("STUDIO-4")
async def test_no_more_than_two_children_are_there_at_once(studio: Studio) -> None:
    most = 0
    jobs = [asyncio.create_task(studio.picture(files.picture("PNG", (n, n)))) for n in range(1, 9)]
    while not all(job.done() for job in jobs):
        most = max(most, len(children()))
        await asyncio.sleep(0.01)
    assert most == AT_ONCE
    assert [job.result().width for job in jobs] == [*range(1, 9)]


HOSTILE = {
    "a PNG of 3.6 thousand million points": files.png_bomb(60_000),
    "a PNG of 65 million": files.png_bomb(8_100),
    "a PDF that counts a million pages": files.slides(count=1_000_000),
    "a PDF that never ends": files.endless(),
    "a PDF that is cut off": files.slides()[:-40],
    "a JPEG that is cut off": files.picture("JPEG")[:300],
    "a GIF of 4 thousand million points": b"GIF89a\xff\xff\xff\xff" + files.picture("GIF")[10:],
    "nothing": b"",
    "random bytes": bytes(range(256)) * 300,
    "twenty megabytes of zeros": bytes(20_000_000),
    "a ZIP archive": b"PK\x03\x04" + bytes(1000),
}


@pytest.mark.rule("STUDIO-5")
@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_file_is_refused_with_a_reason_and_the_next_job_is_done(studio: Studio, what: str) -> None:
    with pytest.raises(Unfit, match=r"[a-z ]{10,}"):
        await studio.slides(HOSTILE[what])
    assert (await studio.picture(files.picture())).width == 60


@pytest.mark.rule("STUDIO-5")
async def test_a_pdf_with_a_picture_of_ten_gigabytes_harms_nothing(studio: Studio) -> None:
    try:
        made = await studio.slides(files.big_image_pdf(60_000))
    except Unfit:
        return
    assert [slide.width for slide in made] == [1920]


def test_the_bounds_of_a_child_are_bounds() -> None:
    assert cage.MEMORY_BYTES == 1024**3
    assert all(bounds.cpu_s <= bounds.wall_s for bounds in (shell.PICTURE, shell.SLIDES, shell.LATEX, shell.EXPORT))
