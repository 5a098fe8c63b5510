"""Any sequence of operations: the board is what the model says, what its changes say, and what a late joiner sees."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from whiteboard import Board, Change, Code, Refused

from .desk import ANNA, BEN, TEACHER, Desk, refold
from .model import Model

members = st.sampled_from([TEACHER, ANNA, BEN])
places = st.integers(0, 6)  # 0: none such; else one of those there, counted from the newest
deltas = st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda half: half + half)


class BoardMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.model = Model()
        self.late = Board()
        self.followed = 0

    @property
    def board(self) -> Board:
        return self.desk.board

    def check(self, operation: Callable[[], Iterable[Change]], expected: Code | None) -> None:
        """The operation is refused as the model says, and then no point that waits moves either; or it is applied."""
        code = None
        waiting = self.board.pending
        try:
            self.desk.do(operation())
        except Refused as error:
            code = error.code
            assert self.board.pending == waiting
        assert code == expected

    def page(self, place: int) -> int:
        return self.model.pages[-place % len(self.model.pages)] if place else 999

    def shape(self, place: int) -> str:
        drawn = list(self.model.ink)
        return drawn[-place % len(drawn)] if place else "2.999"

    def author(self, shape: str) -> int:
        return int(shape.split(".")[0])

    @initialize()
    def first_strokes(self) -> None:
        self.everybody_draws()

    @rule()
    def everybody_draws(self) -> None:
        for member in (TEACHER, ANNA, BEN):
            self.begin(member, 1, 1)

    @rule(member=members, page=places, ahead=st.integers(1, 3))
    def begin(self, member: int, page: int, ahead: int) -> None:
        self._begin(member, f"{member}.{self.model.last.get(member, 0) + ahead}", self.page(page))

    @rule(member=members, shape=places, page=places)
    def begin_again(self, member: int, shape: int, page: int) -> None:
        self._begin(member, self.shape(shape), self.page(page))

    def _begin(self, member: int, shape: str, page: int) -> None:
        expected = self.model.begin(member, shape, page)
        self.check(
            lambda: self.board.begin(
                member,
                shape,
                page=page,
                kind="pen",
                color="#000000",
                width=9,
                at=(8_000, 4_000),
                staff=member == TEACHER,
            ),
            expected,
        )

    @rule(member=members, shape=places, points=deltas)
    def extend_any(self, member: int, shape: int, points: list[int]) -> None:
        self._extend(member, self.shape(shape), points)

    @rule(shape=places, points=deltas)
    def extend(self, shape: int, points: list[int]) -> None:
        name = self.shape(shape)
        self._extend(self.author(name), name, points)

    def _extend(self, member: int, shape: str, points: list[int]) -> None:
        expected = self.model.extend(member, shape, points)

        def taken() -> list[Change]:
            self.board.extend(member, shape, points, staff=member == TEACHER)
            return []

        self.check(taken, expected)

    @rule(author=st.none() | members)
    def flush(self, author: int | None) -> None:
        self.desk.do(self.board.flush(author=author))

    @rule(member=members, shape=places)
    def finish(self, member: int, shape: int) -> None:
        name = self.shape(shape)
        self.check(lambda: self.board.finish(member, name), self.model.finish(member, name))

    @rule(member=members)
    def line_lost(self, member: int) -> None:
        self.model.finish_open(member)
        self.desk.do(self.board.finish_open(member))

    @rule(member=members, shapes=st.lists(places, max_size=3))
    def erase_any(self, member: int, shapes: list[int]) -> None:
        self._erase(member, [self.shape(place) for place in shapes])

    @rule(shape=places)
    def erase_ones_own(self, shape: int) -> None:
        name = self.shape(shape)
        self._erase(self.author(name), [name])

    def _erase(self, member: int, names: list[str]) -> None:
        expected = self.model.erase(member, names)
        self.check(lambda: self.board.erase(member, names, staff=member == TEACHER), expected)

    @rule(member=members, place=places, whose=st.sampled_from(["mine", "all"]) | members)
    def clear(self, member: int, place: int, whose: Literal["mine", "all"] | int) -> None:
        page = self.page(place)
        expected = self.model.clear(member, page, whose)
        self.check(lambda: self.board.clear(member, page, whose, staff=member == TEACHER), expected)

    @precondition(lambda self: any(self.model.done.values()))
    @rule(member=members)
    def undo(self, member: int) -> None:
        self._reverse(member, member, redo=False)

    @precondition(lambda self: any(self.model.undone.values()))
    @rule(member=members)
    def redo(self, member: int) -> None:
        self._reverse(member, member, redo=True)

    @rule(member=members, author=members, redo=st.booleans())
    def reverse_anothers(self, member: int, author: int, redo: bool) -> None:
        self._reverse(member, author, redo=redo)

    def _reverse(self, member: int, author: int, *, redo: bool) -> None:
        expected = self.model.reverse(member, author, redo=redo)
        reverse = self.board.redo if redo else self.board.undo
        self.check(lambda: reverse(member, author, staff=member == TEACHER), expected)

    @rule(place=places)
    def add_page(self, place: int) -> None:
        after = self.page(place)
        self.check(lambda: self.board.add_page(TEACHER, after), self.model.add_page(after))

    @rule(place=places)
    def turn_page(self, place: int) -> None:
        page = self.page(place)
        self.check(lambda: self.board.turn_page(TEACHER, page), self.model.turn_page(page))

    @rule(place=places)
    def remove_page(self, place: int) -> None:
        page = self.page(place)
        self.check(lambda: self.board.remove_page(TEACHER, page), self.model.remove_page(page))

    @rule(place=places, on=st.booleans())
    def lock_page(self, place: int, on: bool) -> None:
        page = self.page(place)
        self.check(lambda: self.board.lock_page(TEACHER, page, on), self.model.lock_page(page, on))

    @rule()
    def somebody_joins_late(self) -> None:
        self.late = Board.restore(json.loads(json.dumps(self.board.snapshot())))
        self.followed = len(self.desk.log)

    @rule()
    def the_server_starts_again(self) -> None:
        self.desk.do(self.board.flush())
        self.desk.board = refold(self.desk.log)

    @rule()
    def the_board_is_kept_and_read_back(self) -> None:
        self.desk.do(self.board.flush())
        kept = self.board.dump()
        self.desk.board = Board.load(kept)
        assert self.board.dump() == kept

    @invariant()
    def the_changes_are_the_board(self) -> None:
        assert refold(self.desk.log) == self.board

    @invariant()
    def a_late_joiner_sees_the_board(self) -> None:
        for change in self.desk.log[self.followed :]:
            self.late.apply(change)
        self.followed = len(self.desk.log)
        assert self.late.snapshot() == self.board.snapshot()

    @invariant()
    def the_model_agrees(self) -> None:
        if not self.board.pending:
            assert picture(self.board.snapshot()) == self.model.picture()
        assert self.board.current == self.model.current

    def teardown(self) -> None:
        self.flush(None)
        self.the_model_agrees()


def picture(snapshot: dict[str, Any]) -> list[tuple[int, bool, list[tuple[str, list[int], bool]]]]:
    return [
        (
            page["page"],
            page["locked"],
            [(body["id"], body["points"], not body["finished"]) for body in page["shapes"]],
        )
        for page in snapshot["pages"]
    ]


@pytest.mark.rule("BOARD-22")
@pytest.mark.rule("BOARD-23")
@pytest.mark.rule("BOARD-24")
@pytest.mark.rule("BOARD-25")
class TestBoard(BoardMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=200, stateful_step_count=50, deadline=None)


@pytest.mark.rule("BOARD-6")
@settings(max_examples=50, deadline=None)
@given(
    messages=st.lists(deltas, min_size=1, max_size=12),
    flushed=st.lists(st.booleans(), min_size=12, max_size=12),
    pressed=st.booleans(),
)
def test_however_points_are_joined_the_stroke_is_the_same(
    messages: list[list[int]], flushed: list[bool], pressed: bool
) -> None:
    desk = Desk()
    desk.begin(ANNA, "2.1")
    for message, flush in zip(messages, flushed, strict=False):
        desk.board.extend(ANNA, "2.1", message, [7] * (len(message) // 2) if pressed else None)
        if flush:
            desk.do(desk.board.flush())
    desk.do(desk.board.finish(ANNA, "2.1"))
    assert desk.points("2.1") == [delta for message in messages for delta in message]
    stroke = desk.board.shape("2.1")
    assert stroke is not None
    assert (stroke.x, stroke.y) == (100 + sum(desk.points("2.1")[0::2]), 200 + sum(desk.points("2.1")[1::2]))
    assert (stroke.pressure is not None and len(stroke.pressure) == stroke.count) is pressed
