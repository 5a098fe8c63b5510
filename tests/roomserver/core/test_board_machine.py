"""Any lesson at the board: every operation, rights given and taken in mid-stroke, locks, crashes.

At every step the board is what the model says, and nobody without a right has changed anything.  At the end the server,
every client, the fold of the log, a snapshot and the web client's reducer have the same bytes.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import whiteboard
from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.codec import JSON
from roomserver.core import effects as fx
from roomserver.core.checkpoint import dump, load
from tests.support.lesson import Guest, Lesson
from tests.support.tries import tries

from .board_model import ANNA, BEN, TEACHER, Model
from .picture import Picture

FOLD = Path(__file__).parents[2] / "support" / "fold.mjs"
NAMES = {TEACHER: "li", ANNA: "anna", BEN: "ben"}
BOX = {"color": "#0072b2", "width": 20, "size": [500, 300]}
PEN = {"color": "#102030", "width": 24, "points": [30, 40, -50, 60, 7, -7]}
KINDS: dict[str, dict[str, Any]] = {
    "pen": {**PEN, "pressure": [0, 128, 255]},
    "rectangle": {**BOX, "fill": "#f0e442"},
    "polygon": {**PEN, "fill": "#009e73"},
    "text": {"color": "#000000", "text": "勾股定理 <b>", "font": "sans", "height": 400},
    "formula": {"color": "#000000", "latex": r"\frac{1}{2}", "size": [900, 400]},
    "image": {"asset": "0123456789abcdef" * 2, "size": [1600, 900]},
}
members = st.sampled_from([TEACHER, ANNA, BEN])
places = st.integers(0, 8)  # 0: none such; else one of those there, counted from the newest
several = st.lists(places, min_size=1, max_size=3)
deltas = st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda half: half + half)


class Node:
    """The web client's reducer, in a process that lives as long as the tests."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(["node", str(FOLD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def fold(self, frames: list[Any]) -> str:
        """The canonical picture that these frames lead to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(frames) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def stop(self) -> None:
        self._process.communicate()


class Lessons:
    """What all examples share."""

    node: Node | None = None


def canonical(picture: Any) -> str:
    return json.dumps(picture, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class BoardMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.lesson = Lesson("one_to_many")
        self.model = Model()
        self.guests: dict[int, Guest] = {}
        self.pictures: dict[int, Picture] = {}
        self.frames: dict[int, list[Any]] = {}  # what each client has heard since it was last shown the whole board

    @property
    def board(self) -> whiteboard.Board:
        return self.lesson.state.board

    @initialize()
    def everybody_comes(self) -> None:
        for member, name in NAMES.items():
            self.guests[member] = self.lesson.joins(name, "teacher" if member == TEACHER else "student")
            self.pictures[member] = Picture()
        self.grant(ANNA, True)
        for member in (TEACHER, ANNA):
            self.begin(member, 1, 1)

    def do(self, member: int, expected: str | None, command: type[c.RoomCommand], /, **fields: Any) -> None:
        """A command is carried out, or refused with the expected code, and then nothing has happened."""
        self.lesson.advance(2)
        guest, before = self.guests[member], len(self.lesson.entries)
        guest.does(command, **fields)
        refusals = [
            effect.notice.code.value
            for effect in self.lesson.effects
            if isinstance(effect, fx.Say) and isinstance(effect.notice, n.Error)
        ]
        assert refusals == ([] if expected is None else [expected])
        if expected is not None:
            happened = {type(entry.event) for entry in self.lesson.entries[before:]}
            assert happened <= {e.StrokeExtended}, "only points that waited got their place"

    def page(self, place: int) -> int:
        pages = list(self.model.pages)
        return pages[-place % len(pages)] if place else 999

    def shape(self, place: int) -> str:
        drawn = list(self.model.shapes)
        return drawn[-place % len(drawn)] if place and drawn else "2.999"

    def next(self, member: int, ahead: int = 1) -> str:
        return f"{member}.{self.model.last.get(member, 0) + ahead}"

    # Rights

    @rule(member=st.sampled_from([ANNA, BEN]), on=st.booleans())
    def grant(self, member: int, on: bool) -> None:
        (self.model.can.add if on else self.model.can.discard)(member)
        self.do(TEACHER, None, c.Grant, member=member, can=("draw",), on=on)

    # Strokes

    @rule(member=members, page=places, ahead=st.integers(0, 2))
    def begin(self, member: int, page: int, ahead: int) -> None:
        name, sheet = self.next(member, ahead) if self.next(member, ahead)[-2:] != ".0" else "3.1", self.page(page)
        body = {"kind": "pen", "color": "#102030", "width": 9, "start": [8_000, 4_000], "points": []}
        expected = self.model.put(member, name, sheet, body, open=True)
        at = (8_000, 4_000)
        self.do(member, expected, c.BeginStroke, shape=name, page=sheet, kind="pen", color="#102030", width=9, at=at)

    @rule(member=members, shape=places, points=deltas)
    def extend(self, member: int, shape: int, points: list[int]) -> None:
        name = self.shape(shape)
        if name.count(".") == 2:
            return  # the wire knows no such stroke
        expected = self.model.extend(member, name, points)
        self.do(member, expected, c.ExtendStroke, shape=name, points=tuple(points))

    @rule(points=deltas)
    def go_on(self, points: list[int]) -> None:
        for name in [name for name, one in self.model.shapes.items() if one.open][:2]:
            member = self.model.shapes[name].author
            self.do(member, self.model.extend(member, name, points), c.ExtendStroke, shape=name, points=tuple(points))

    @rule(member=members, shape=places)
    def finish(self, member: int, shape: int) -> None:
        name = self.shape(shape)
        if name.count(".") == 1:
            self.do(member, self.model.finish(member, name), c.FinishStroke, shape=name)

    # Objects

    @rule(member=members, kind=st.sampled_from(sorted(KINDS)), page=places, ahead=st.integers(1, 2))
    def put(self, member: int, kind: str, page: int, ahead: int) -> None:
        name, sheet = self.next(member, ahead), self.page(page)
        body = {"kind": kind, "start": [100, 200], **KINDS[kind]}
        expected = self.model.put(member, name, sheet, body)
        self.do(member, expected, c.PutShape, shape=name, page=sheet, **{k: _tuple(v) for k, v in body.items()})

    @rule(
        member=members,
        shapes=several,
        value=st.sampled_from([("start", [7, 8]), ("start", [-5, 90]), ("turn", 900), ("turn", 0), ("size", [9, 9])]),
    )
    def change(self, member: int, shapes: list[int], value: tuple[str, Any]) -> None:
        key, new = value
        names = list(dict.fromkeys(self.shape(place) for place in shapes))
        expected = self.model.change(member, {name: {key: new} for name in names})
        sets = {name: c.ShapeSet(**{key: _tuple(new)}) for name in names}
        self.do(member, expected, c.ChangeShapes, set=sets)

    @rule(member=members, shapes=several, to=st.sampled_from(["front", "back"]))
    def order(self, member: int, shapes: list[int], to: str) -> None:
        names = [self.shape(place) for place in shapes]
        self.do(member, self.model.order(member, names, to), c.OrderShapes, shapes=tuple(names), to=to)

    @rule(member=members, shapes=several, page=places, ahead=st.integers(0, 1))
    def copy(self, member: int, shapes: list[int], page: int, ahead: int) -> None:
        names, sheet = [self.shape(place) for place in shapes], self.page(page)
        first = max(1, self.model.last.get(member, 0) + ahead)
        expected = self.model.copy(member, names, sheet, 150, first)
        self.do(member, expected, c.CopyShapes, shapes=tuple(names), page=sheet, by=(150, 150), first=first)

    # Taking away, and back

    @rule(member=members, shapes=several)
    def erase(self, member: int, shapes: list[int]) -> None:
        names = [self.shape(place) for place in shapes]
        self.do(member, self.model.erase(member, names), c.EraseShapes, shapes=tuple(names))

    @rule(member=members, shapes=several, cut=st.lists(st.integers(0, 100), max_size=4, unique=True).map(sorted))
    def cut(self, member: int, shapes: list[int], cut: list[int]) -> None:
        cuts: dict[str, list[list[int]]] = {}
        for name in (self.shape(place) for place in shapes):
            points = self.model.body(name).get("points", []) if self.model.there(name) else []
            at = sorted({len(points) * part // 2 for part in cut})  # hundredths of all segments
            cuts[name] = [[at[i], at[i + 1]] for i in range(0, len(at) - 1, 2)]
        expected = self.model.cut(member, cuts)
        self.do(member, expected, c.CutShapes, cuts={name: _tuple(parts) for name, parts in cuts.items()})

    @rule(member=members, page=st.none() | places, whose=st.sampled_from(["mine", "all", ANNA, BEN]))
    def clear(self, member: int, page: int | None, whose: Any) -> None:
        sheet = None if page is None else self.page(page)
        self.do(member, self.model.clear(member, sheet, whose), c.ClearPage, page=sheet, whose=whose)

    @rule(member=members, redo=st.booleans())
    def take_back(self, member: int, redo: bool) -> None:
        self.do(member, self.model.reverse(member, member, redo=redo), c.Redo if redo else c.Undo)

    @rule(member=members, author=st.sampled_from([ANNA, BEN]), redo=st.booleans())
    def take_back_anothers(self, member: int, author: int, redo: bool) -> None:
        if member != author:
            expected = self.model.reverse(member, author, redo=redo)
            self.do(member, expected, c.Redo if redo else c.Undo, member=author)

    @rule(member=members)
    def take_back_and_do_again(self, member: int) -> None:
        """With nobody in between that is as if nothing had been."""
        self.listen()
        before = self.board.picture()
        code = self.model.reverse(member, member, redo=False)
        self.do(member, code, c.Undo)
        if code is None:
            self.do(member, self.model.reverse(member, member, redo=True), c.Redo)
            open = {name for name, one in self.model.shapes.items() if one.open}
            assert _finished(self.board.picture(), open) == _finished(before, open)

    # Pages

    @rule(member=members)
    def scratch(self, member: int) -> None:
        self.do(member, self.model.page(member, "scratch", 0), c.AddPage, scratch=True)

    @rule(member=st.sampled_from([TEACHER, TEACHER, ANNA]), place=places)
    def add_page(self, member: int, place: int) -> None:
        if len(self.model.pages) < 5:
            page = self.page(place)
            self.do(member, self.model.page(member, "add", page), c.AddPage, after=page)

    @rule(member=st.sampled_from([TEACHER, TEACHER, ANNA]), place=places, on=st.booleans())
    def turn_or_lock(self, member: int, place: int, on: bool) -> None:
        page = self.page(place)
        self.do(member, self.model.page(member, "turn", page), c.TurnPage, page=page)
        self.do(member, self.model.page(member, "lock", page, on), c.LockPage, page=page, on=on)

    @rule(place=places, before=st.none() | places)
    def move_page(self, place: int, before: int | None) -> None:
        page, other = self.page(place), None if before is None else self.page(before)
        self.do(TEACHER, self.model.page(TEACHER, "move", page, other), c.MovePage, page=page, before=other)

    @rule(place=places, background=st.sampled_from(["grid", "dark", "f" * 32]))
    def change_page(self, place: int, background: str) -> None:
        page = self.page(place)
        expected = self.model.page(TEACHER, "change", page, background)
        self.do(TEACHER, expected, c.ChangePage, page=page, background=background)

    @rule(place=places)
    def remove_page(self, place: int) -> None:
        page = self.page(place)
        self.do(TEACHER, self.model.page(TEACHER, "remove", page), c.RemovePage, page=page)

    @rule(member=st.sampled_from([TEACHER, BEN]), on=st.booleans(), what=st.sampled_from([c.LockBoard, c.FreeBoard]))
    def whole_board(self, member: int, on: bool, what: type[c.LockBoard | c.FreeBoard]) -> None:
        name = "lock_board" if what is c.LockBoard else "free"
        self.do(member, self.model.page(member, name, 0, on), what, on=on)

    # Lines and nodes

    @rule(member=members)
    def a_page_is_loaded_again(self, member: int) -> None:
        self.lesson.advance(10)
        self.guests[member] = self.lesson.resumes(self.guests[member], seq=0)
        self.pictures[member] = Picture()

    @rule()
    def the_node_dies(self) -> None:
        self.listen()
        self.lesson.crash(down_s=10)
        for one in self.model.shapes.values():  # a stroke left open by a lost line is finished
            one.open = False
        for member, guest in self.guests.items():
            seen, epoch = self.pictures[member].seq, self.pictures[member].epoch
            again = self.guests[member] = self.lesson.resumes(guest, seq=seen, epoch=epoch)
            again.sent = max(again.sent, again.welcome.last_id)

    @rule()
    def a_checkpoint_is_taken(self) -> None:
        """Compaction: the state goes on from its bytes."""
        self.lesson.perform(self.lesson.room._ink.flush(self.lesson.now))
        state, _ = load(dump(self.lesson.state, self.lesson.room.log))
        assert state.board == self.board
        assert state.board.dump() == self.board.dump()
        self.lesson.state.board = state.board

    # What must hold

    def listen(self) -> None:
        self.lesson.turn()
        for member, guest in self.guests.items():
            for message in guest.heard:
                if isinstance(message, n.Welcome) and message.board is not None:
                    self.frames[member] = []
                if isinstance(message, n.Welcome | n.BoardChunk | e.Event | e.StrokeExtended):
                    self.frames[member].append(json.loads(JSON.encode(message)))
                self.pictures[member].hear(message)
            guest.heard.clear()

    @invariant()
    def all_agree(self) -> None:
        """The board is what the model says, and each client's what it may see of it."""
        self.listen()
        for member, picture in self.pictures.items():
            whole = self.board.picture(eyes_of(member))
            assert whole == self.model.picture(member)
            assert picture.board.picture() == whole

    def teardown(self) -> None:
        self.all_agree()
        state, _ = self.lesson.fold()
        assert state.board == self.board
        for member, picture in self.pictures.items():
            eyes = eyes_of(member)
            whole = canonical(self.model.picture(member))
            shown = whiteboard.Board.restore(self.board.snapshot(eyes), [data for _, data in self.board.chunks(eyes)])
            for board in (
                self.board.picture(eyes),
                state.board.picture(eyes),
                shown.picture(),
                picture.board.picture(),
            ):
                assert canonical(board) == whole
            if Lessons.node is not None:
                assert Lessons.node.fold(self.frames[member]) == whole


def eyes_of(member: int) -> int:
    return whiteboard.STAFF if member == TEACHER else member


def _finished(picture: Any, open: set[str]) -> Any:
    """As if strokes were finished that are not open any more: whatever touches a stroke ends it."""
    for page in picture["pages"]:
        for body in page["shapes"]:
            if body["id"] not in open:
                body.pop("open", None)
    return picture


def _tuple(value: Any) -> Any:
    return tuple(_tuple(part) for part in value) if isinstance(value, list) else value


@pytest.fixture(autouse=True, scope="module")
def every_bundle_comes_back_packed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whiteboard.page.PACKED_LEAST", 1)
        patch.setattr("whiteboard.page.BUNDLE_BITS", 2)
        yield


@pytest.fixture(autouse=True, scope="module")
def node() -> Iterator[None]:
    if shutil.which("node"):
        Lessons.node = Node()
    yield
    if Lessons.node is not None:
        Lessons.node.stop()
        Lessons.node = None


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine (Debian: apt-get install nodejs)")
def test_the_web_clients_reducer_is_compared_as_well() -> None:
    assert Lessons.node is not None
    assert Lessons.node.fold([]) == canonical(whiteboard.Board().picture())


@pytest.mark.rule("BOARD-22")
@pytest.mark.rule("BOARD-23")
@pytest.mark.rule("BOARD-24")
@pytest.mark.rule("BOARD-25")
@pytest.mark.timeout(300)
class TestBoard(BoardMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(75)


# What the machine has found, by name


@pytest.fixture
def machine() -> Iterator[BoardMachine]:
    machine = BoardMachine()
    machine.everybody_comes()
    yield machine
    machine.teardown()


@pytest.mark.rule("SCRATCH-2")
def test_pages_of_ones_own_stand_behind_all_others_whoever_looks(machine: BoardMachine) -> None:
    machine.scratch(ANNA)
    machine.scratch(BEN)
    machine.add_page(TEACHER, 3)
    machine.all_agree()


@pytest.mark.rule("BOARD-25")
def test_a_place_that_was_kept_and_read_back_is_the_same_place(machine: BoardMachine) -> None:
    machine.change(TEACHER, [1], ("start", [7, 8]))
    machine.a_checkpoint_is_taken()
    machine.take_back(TEACHER, False)
    machine.all_agree()


def test_a_piece_that_is_one_point_has_no_pressure(machine: BoardMachine) -> None:
    machine.put(TEACHER, "pen", 1, 1)
    machine.cut(TEACHER, [1], [0, 1, 50, 100])
    machine.all_agree()
