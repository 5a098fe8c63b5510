"""A board with its log: what an operation returns is applied at once, as a room does it."""

from collections.abc import Iterable, Sequence

import pytest

from whiteboard import Board, Change, Code, Refused

TEACHER, ANNA, BEN = 1, 2, 3


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
