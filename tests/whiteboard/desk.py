"""A board with its log: what an operation returns is applied at once, as a room does it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from whiteboard import Board, Change, Code, Refused

TEACHER, ANNA, BEN = 1, 2, 3
Operations = Sequence[Callable[[], list[Change]]]
LINE = {"color": "#102030", "width": 24, "points": (10, 20)}
BOX = {"color": "#102030", "width": 24, "size": (300, 200)}
LEAST: Mapping[str, Mapping[str, Any]] = {  # what each kind must have, besides its start
    "pen": LINE,
    "highlighter": LINE,
    "line": LINE,
    "arrow": LINE,
    "polygon": {**LINE, "points": (10, 20, 30, -40)},
    "rectangle": BOX,
    "ellipse": BOX,
    "image": {"size": (300, 200), "asset": "0123456789abcdef" * 2},
    "formula": {"color": "#102030", "size": (300, 200), "latex": "x^2"},
    "text": {"color": "#102030", "text": "分数", "font": "sans", "height": 480},
}


class Desk:
    def __init__(self) -> None:
        self.board = Board()
        self.log: list[Change] = []

    def do(self, changes: Iterable[Change]) -> list[Change]:
        done = list(changes)
        for change in done:
            self.board.apply(change)
        self.log += done
        return done

    def begin(self, member: int, shape: str, *, page: int = 1, staff: bool = False) -> list[Change]:
        return self.do(
            self.board.begin(
                member, shape, page=page, kind="pen", color="#102030", width=24, at=(100, 200), staff=staff
            )
        )

    def draw(self, *shapes: str, page: int = 1) -> None:
        """Whole strokes, each by the member whose id it bears."""
        for shape in shapes:
            member = int(shape.split(".")[0])
            self.begin(member, shape, page=page, staff=member == TEACHER)
            self.board.extend(member, shape, (10, 0, 0, 10), staff=member == TEACHER)
            self.do(self.board.finish(member, shape))

    def put(
        self, member: int, shape: str, kind: str = "rectangle", *, page: int = 1, **properties: Any
    ) -> list[Change]:
        """A shape of a kind, with the least that it must have and what is named besides."""
        staff = member == TEACHER
        fields = {"start": (100, 200), **LEAST[kind], **properties}
        return self.do(self.board.put(member, shape, page=page, kind=kind, staff=staff, **fields))

    def body(self, shape: str) -> dict[str, Any]:
        """A shape that is there, as plain data."""
        found = self.board.shape(shape)
        assert found is not None
        return found.body()

    def seen(self, page: int = 1) -> list[str]:
        """Shape ids on a page, in drawing order."""
        [shapes] = [sheet["shapes"] for sheet in self.board.picture()["pages"] if sheet["page"] == page]
        return [body["id"] for body in shapes]

    def points(self, shape: str) -> Sequence[int]:
        found = self.board.shape(shape)
        assert found is not None
        assert found.points is not None
        return found.points.tolist()


def refused(code: Code) -> "pytest.RaisesExc[Refused]":
    """The block is refused with this code."""
    return pytest.RaisesExc(Refused, check=lambda error: error.code is code)


def refold(log: Iterable[Change]) -> Board:
    board = Board()
    for change in log:
        board.apply(change)
    return board
