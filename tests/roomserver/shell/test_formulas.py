"""Formulas are made once, however many ask, and kept."""

import asyncio
import os
import stat
from collections import Counter
from pathlib import Path

import pytest

from roomserver.shell.formulas import BLOCK, Formulas
from roomserver.shell.places import Busy
from roomserver.shell.studio import Studio
from roomserver.studio.jobs import Outlined, Unfit


class Board:
    """Outlines by their length, slowly; counts how often each was asked for."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.busy = False

    async def outline(self, latex: str) -> Outlined:
        self.made[latex] += 1
        await asyncio.sleep(0.01)
        if self.busy:
            raise Busy
        if not latex:
            raise Unfit("the formula is empty")
        return Outlined(len(latex), 1, "M0 0")


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.mark.rule("FORMULA-4")
async def test_many_who_ask_at_once_are_given_one_outline(board: Board, tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas", board.outline)
    found = await asyncio.gather(*(formulas.get("ab") for _ in range(50)))
    assert set(map(id, found)) == {id(found[0])}
    assert found[0] == Outlined(2, 1, "M0 0")
    assert await formulas.find("ab") is found[0]
    assert board.made == {"ab": 1}


@pytest.mark.rule("FORMULA-4")
async def test_who_goes_leaves_it_to_the_others(board: Board, tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas", board.outline)
    first, second = (asyncio.create_task(formulas.get("ab")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).width == 2
    assert board.made == {"ab": 1}


@pytest.mark.rule("FORMULA-4")
async def test_it_is_found_on_disk_by_the_next_server(board: Board, tmp_path: Path) -> None:
    made = await Formulas(tmp_path / "formulas", board.outline).get("ab")
    await asyncio.sleep(0)
    [path] = (tmp_path / "formulas").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Formulas(tmp_path / "formulas", board.outline)
    assert await again.find("ab") == made
    assert await again.find("abc") is None
    path.write_bytes(b'{"width":')  # torn: made again
    assert await Formulas(tmp_path / "formulas", board.outline).get("ab") == made
    assert board.made == {"ab": 2}


@pytest.mark.rule("FORMULA-4")
async def test_of_too_many_the_oldest_go(board: Board, tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas", board.outline, most_bytes=40 * BLOCK)
    for n in range(1, 41):
        await formulas.get("x" * n)
    for at, path in enumerate(sorted((tmp_path / "formulas").iterdir(), key=lambda path: len(path.read_bytes()))):
        os.utime(path, (at, at))
    await formulas.get("y")
    there = [*(tmp_path / "formulas").iterdir()]
    assert len(there) == 38  # one too many, and a twentieth more so that it is not done each time
    assert await Formulas(tmp_path / "formulas", board.outline).find("y") is not None


@pytest.mark.rule("FORMULA-4")
async def test_what_is_no_formula_is_found_out_once(board: Board, tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas", board.outline)
    for _ in range(3):
        with pytest.raises(Unfit, match="empty"):
            await formulas.get("")
    assert board.made == {"": 1}


async def test_a_studio_that_is_busy_is_asked_again(board: Board, tmp_path: Path) -> None:
    formulas = Formulas(tmp_path / "formulas", board.outline)
    board.busy = True
    with pytest.raises(Busy):
        await formulas.get("ab")
    board.busy = False
    assert (await formulas.get("ab")).width == 2


async def test_a_disk_that_takes_nothing_keeps_nobody_from_their_formula(board: Board, tmp_path: Path) -> None:
    (tmp_path / "formulas").write_bytes(b"no directory")
    assert (await Formulas(tmp_path / "formulas", board.outline).get("ab")).width == 2


async def test_real_outlines_are_read_as_they_were_written(tmp_path: Path) -> None:
    studio = Studio(fonts=())
    made = await Formulas(tmp_path, studio.outline).get(r"\frac{1}{2}")
    assert await Formulas(tmp_path, studio.outline).find(r"\frac{1}{2}") == made
