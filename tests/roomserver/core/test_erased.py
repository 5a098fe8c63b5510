"""Somebody's data are erased: the chain stays whole, the log still folds, and nothing of them is read any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import msgspec
import orjson
import pytest

import whiteboard
from protocol import commands as c
from protocol import events as e
from protocol.codec import JSON
from protocol.fields import personal_fields
from roomserver.core import facts, views
from roomserver.core.audit import difference
from roomserver.core.erased import blank, mark, without
from roomserver.core.evidence import Evidence
from roomserver.core.fold import Fold
from roomserver.core.log import CLASSES, Entry, owner
from roomserver.core.people import Person
from roomserver.core.record import made
from roomserver.core.record_shape import Envelope, Record
from roomserver.core.replay import course, marks, seen
from tests.support.lesson import PEN, Lesson
from tests.support.tries import tries

from .board_model import ANNA, BEN, TEACHER
from .picture import Picture
from .test_board_machine import BoardMachine, eyes_of


def erase(lesson: Lesson, member: int) -> list[Entry]:
    """The log as the store has it afterwards."""
    return [
        replace(entry, personal=None) if entry.personal is not None and owner(entry.event) == member else entry
        for entry in lesson.entries
    ]


def fold(entries: Sequence[Entry]) -> tuple[Fold, list[Entry]]:
    """The sum, and the events as they are read."""
    sum = Fold({})
    return sum, [sum.add(entry.body, entry.personal, entry.hash) for entry in entries]


@pytest.fixture
def told() -> Lesson:
    lesson = Lesson("one_to_many", expected=["dora", "anna"])
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    teacher.does(c.Grant, member="all", can=("draw",), on=True)
    anna.does(c.SendChat, text="a secret")
    anna.does(c.BeginStroke, shape=f"{anna.member}.1", **PEN)
    anna.does(c.ExtendStroke, shape=f"{anna.member}.1", points=(5, -5))
    anna.does(c.FinishStroke, shape=f"{anna.member}.1")
    teacher.does(c.SendChat, text="and the answer")
    lesson.advance(90)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=2, tags=("hasty",), comment="too fast for me")
    assert (teacher.member, anna.member) == (3, 2)
    return lesson


def record_of(lesson: Lesson) -> Record:
    return msgspec.convert(lesson.record, Envelope).data


@pytest.mark.rule("PRIVACY-4")
def test_the_chain_stays_whole_and_nothing_of_them_is_read(told: Lesson) -> None:
    entries = erase(told, 2)
    evidence = Evidence()
    for entry in entries:
        evidence.check(entry.seq, entry.body, entry.personal, entry.hash, {3: told.salts[3], 1: told.salts[1]})
    assert evidence.erased == 7  # expected, session, name, chat, the stroke's beginning and points, the evaluation
    sum, read = fold(entries)
    people = sum.state.people
    assert (people[2].identity, people[2].name, people[2].strokes, people[2].chat_lines) == ("erased:r-1:2", "", 1, 1)
    assert (people[3].identity, people[3].name) == ("li", "Li")
    assert [line.event.text for line in sum.state.chat] == ["", "and the answer"]
    assert sum.state.assessments[2].comment == ""
    assert sum.state.board.picture()["pages"][0]["shapes"] == []
    whole = b"".join(JSON.encode(entry.event) for entry in read if not isinstance(entry.event, facts.Fact))
    assert b"secret" not in whole
    assert b"Anna" not in whole


@pytest.mark.rule("PRIVACY-4")
def test_a_replay_goes_without_what_they_drew(told: Lesson) -> None:
    viewer = Person(3, "li", "", role="teacher")
    _, read = fold(erase(told, 2))
    events = [orjson.loads(bytes(raw)) for raw in seen(read, viewer)]
    said = [event[0] if isinstance(event, list) else event["type"] for event in events]
    assert not [type for type in said if type.startswith(("board.", "fact."))]
    assert said.count("chat.message") == 2


@pytest.mark.rule("PRIVACY-4")
def test_what_others_did_with_what_they_drew_is_left_out() -> None:
    lesson = Lesson("one_to_one")
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    anna.does(c.BeginStroke, shape="2.1", **PEN)
    anna.does(c.ExtendStroke, shape="2.1", points=(50, 50))
    anna.does(c.FinishStroke, shape="2.1")
    teacher.does(c.CopyShapes, shapes=("2.1",), page=1, by=(10, 10), first=1)
    teacher.does(c.CutShapes, cuts={"2.1": ((0, 40), (60, 100))})
    teacher.does(c.Undo)
    teacher.does(c.Redo)
    teacher.does(c.EndRoom)
    about = (e.StrokeBegun, e.StrokeExtended, e.StrokeFinished, e.ShapesCopied, e.ShapesCut, e.ShapesRestored)
    done = [type(event) for event in lesson.events(*about)]
    assert done == [*about, e.ShapesRestored]
    sum, read = fold(erase(lesson, 2))
    assert [one.event.was for one in read if isinstance(one.event, facts.Blank)] == [
        str(kind.__struct_config__.tag) for kind in done
    ]
    assert sum.state.board.picture()["pages"][0]["shapes"] == []


@pytest.mark.rule("PRIVACY-4")
def test_a_line_of_theirs_on_the_time_line_is_blank(told: Lesson) -> None:
    state, _ = told.fold()
    of = course(state, len(told.entries), [])
    stored = [(entry.body, entry.personal) for entry in erase(told, 2)]
    poll = (b'{"seq":99,"at":0,"type":"poll.opened","to":"all","event":{"poll":1,"member":2},"personal":"00"}', None)
    said = {one["type"]: one for one in marks(of, [*stored, poll], Person(3, "li", "", role="teacher"))}
    assert (said["poll.opened"]["question"], said["poll.opened"]["options"]) == ("", ())
    lines = [one for one in marks(of, stored, Person(3, "li", "", role="teacher")) if one["type"] == "chat.message"]
    assert [line["text"] for line in lines] == ["", "and the answer"]


@pytest.mark.rule("PRIVACY-5")
def test_the_record_without_them_is_that_of_the_log_without_them(told: Lesson) -> None:
    before = record_of(told)
    record = without(before, 2, at_ms=7)
    sum, _ = fold(erase(told, 2))
    assert difference(record, sum.state, sum.log) is None
    assert difference(before, sum.state, sum.log) == "members[0].identity"
    assert made(sum.state, sum.log, source="roomserver").members == record.members
    assert (record.erased_at_ms, record.log, record.pairs) == (7, before.log, before.pairs)
    for word in (b"anna", b"Anna", b"too fast for me", b"hasty"):
        assert word in msgspec.json.encode(before)
        assert word not in msgspec.json.encode(record)
    absent = without(before, 1, at_ms=7)
    assert before.absentees is not None
    assert absent.absentees is not None
    assert [one.identity for one in before.absentees + absent.absentees] == ["dora", mark("r-1", 1)]


@pytest.mark.rule("PRIVACY-4")
def test_what_once_was_not_kept_apart_is_blank_all_the_same() -> None:
    fields = {"seq": 9, "at": 3, "member": 2, "score": 2, "tags": ["hasty"]}
    assert blank(facts.Assessed, fields) == facts.Assessed(seq=9, at=3, member=2, score=2, tags=(), comment="")


@pytest.mark.parametrize("cls", CLASSES.values(), ids=list(CLASSES))
def test_every_event_can_be_blank(cls: Any) -> None:
    hidden = personal_fields(cls)
    if not hidden or cls in (e.ShapesRestored, e.ShapesCopied):  # of whose shapes others' content is kept elsewhere
        return
    fields: dict[str, Any] = {
        "seq": 5,
        "at": 6,
        "member": 7,
        "role": "student",
        "score": 1,
        "session": "",
        "state": "free",
        "call": 1,
        "teacher": 2,
        "poll": 1,
    }
    known = set(cls.__struct_fields__) - hidden
    event = blank(cls, {name: value for name, value in fields.items() if name in known})
    assert (event.seq, event.at) == (5, 6)
    if cls in get_args(e.Board):
        assert isinstance(event, facts.Blank)
    else:
        assert not any(getattr(event, name) for name in hidden)


@pytest.mark.rule("PRIVACY-4", "PRIVACY-5")
def test_what_they_asked_is_blank_and_what_others_answered_stays() -> None:
    lesson = Lesson("one_to_many")
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    teacher.does(c.OpenPoll, question="a secret?", options=("yes", "never"), answer=0)
    anna.does(c.Vote, poll=1, choice=1)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=3)
    sum, read = fold(erase(lesson, teacher.member))
    record = without(record_of(lesson), teacher.member, at_ms=7)
    assert difference(record, sum.state, sum.log) is None
    [poll] = record.polls
    assert (poll.question, poll.options, poll.answer, poll.counts) == ("", (), 0, (0, 1))
    whole = b"".join(JSON.encode(entry.event) for entry in read)
    assert not any(word in whole + msgspec.json.encode(record) for word in (b"secret", b"never"))
    views.room(sum.state, Person(2, "", "", role="student"), now_at=sum.state.newest_at)


class ErasedMachine(BoardMachine):
    """Whatever was drawn: when it is over anybody's data are erased, and whoever looks again sees what is left."""

    def all_agree(self) -> None:  # at the end is often enough
        self.listen()

    def teardown(self) -> None:
        whole, _ = self.lesson.fold()
        for member in (TEACHER, ANNA, BEN):
            self.check(member, whole.board)

    def check(self, member: int, whole: whiteboard.Board) -> None:
        entries = erase(self.lesson, member)
        sum, read = fold(entries)
        state, board = sum.state, sum.state.board
        strokes = {one.member: one.strokes for one in state.people.values()}
        assert strokes == {one.member: one.strokes for one in self.lesson.state.people.values()}
        drawn = {shape["id"] for page in whole.picture()["pages"] for shape in page["shapes"]}
        there = [shape for page in board.picture()["pages"] for shape in page["shapes"]]
        assert {shape["id"] for shape in there} <= drawn
        assert not [shape for shape in there if shape["author"] == member and _is_their_own(shape, entries)]
        for eyes in (TEACHER, ANNA, BEN):
            viewer = Person(eyes, "", "", role="teacher" if eyes == TEACHER else "student")
            picture = Picture()
            for raw in seen(read, viewer):
                picture.hear(JSON.decode_down(bytes(raw)))
            assert picture.board.picture() == board.picture(eyes_of(eyes))
            views.room(state, viewer, now_at=state.newest_at)


def _is_their_own(shape: dict[str, Any], entries: Sequence[Entry]) -> bool:
    """Not a copy of what another drew."""
    copies = {body["id"] for entry in entries if isinstance(entry.event, e.ShapesCopied) for body in entry.event.shapes}
    return not any(shape["id"] == name or shape["id"].startswith(name + ".") for name in copies)


@pytest.mark.rule("PRIVACY-4")
@pytest.mark.timeout(300)
class TestErased(ErasedMachine.TestCase):  # type: ignore[misc,valid-type]
    settings = tries(40, steps=40)
