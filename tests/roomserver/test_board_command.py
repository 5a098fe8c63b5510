"""`roomserver board`: the board of any instant as a file, from the store alone."""

from pathlib import Path

import pytest

from protocol import commands as c
from roomserver.core.checkpoint import dump
from tests.roomserver.shell.test_replay import stored
from tests.roomserver.test_cli import Done, roomserver
from tests.support.lesson import Lesson


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A room that is still open: a word a minute, the third on a page of its own."""
    lesson = Lesson("one_to_many")
    lesson.advance(45)  # the lesson begins when somebody comes
    teacher = lesson.joins("li", "teacher")
    checkpoints = []
    for minute, word in ((1, "one"), (2, "two"), (3, "three")):
        lesson.advance(60)
        if minute == 3:
            teacher.does(c.AddPage)
            teacher.does(c.TurnPage, page=2)
        text = {"kind": "text", "text": word, "font": "sans", "height": 400, "color": "#102030"}
        teacher.does(c.PutShape, shape=f"1.{minute}", page=1 + minute // 3, start=(1000, 1000 * minute), **text)
        checkpoints.append((lesson.room.log.seq, lesson.room.log.at, dump(lesson.state, lesson.room.log)))
    store = await stored(tmp_path, lesson, checkpoints)
    await store.close()
    return tmp_path


def board(data: Path, out: str, *words: str, room: str = "r-1") -> Done:
    return roomserver("board", room, "--data", str(data), "--out", str(data / out), *words)


def words_in(file: Path) -> list[str]:
    return [word for word in ("one", "two", "three") if f">{word}<" in file.read_text("utf-8")]


@pytest.mark.rule("REPLAY-7")
def test_any_instant_becomes_a_file(data: Path) -> None:
    for at, page, seen in (
        ("0:59", None, []),
        ("1:00", None, ["one"]),
        ("0:02:59", "1", ["one", "two"]),
        (None, None, ["three"]),
    ):
        words = [*(["--at", at] if at else []), *(["--page", page] if page else [])]
        done = board(data, "board.svg", *words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert words_in(data / "board.svg") == seen, words
    assert board(data, "board.pdf", "--at", "2:00").returncode == 0
    assert (data / "board.pdf").read_bytes().startswith(b"%PDF")
    assert board(data, "board.png").returncode == 0
    assert (data / "board.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.rule("REPLAY-7")
def test_what_cannot_be_drawn_is_said_in_one_line(data: Path) -> None:
    for done, why in (
        (board(data, "board.svg", room="r-2"), "there is no room r-2"),
        (board(data, "board.svg", "--page", "2", "--at", "1:00"), "there is no page 2"),
        (board(data, "board.txt"), "the name of the file says what it becomes"),
        (board(data / "nowhere", "board.svg"), "there is no store at"),
        (board(data, "no/such/board.svg"), "No such file or directory"),
    ):
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("roomserver: ")
        assert why in line
    assert "write 12:30" in board(data, "board.svg", "--at", "half past").stderr
