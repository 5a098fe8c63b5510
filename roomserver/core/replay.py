"""A closed room shown again: the picture at one place of its log, and the events behind it, for one viewer's eyes.

A replay comes in segments, which begin at the room's checkpoints, so that any instant is near the beginning of one.  It
ends with `room.closed`: how the lesson was evaluated is no part of it.  Nothing in it is made for it: the same log, the
same audiences, the same view as in `welcome`.  Rules: REPLAY-* in docs/rules.md.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from msgspec import Raw

from protocol import events as e
from protocol.codec import JSON
from protocol.fields import Role, staff_fields

from . import erased, views
from .decide.common import audience_of
from .fold import Fold
from .forms import Form
from .log import CLASSES, Audience, Entry, told
from .people import Person
from .state import RoomState

Place = tuple[int, int]  # (seq, at)
Mark = Mapping[str, Any]
BEGINNING: Place = (1, 0)  # the room has just opened, and nobody is there


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of a room that has closed, whatever instant one looks at.  Instants are its `at`."""

    opened: Mapping[str, Any]  # what it was booked as, for whoever looks
    begins: int  # somebody came in for the first time
    live: int | None
    closed: Place
    people: Mapping[int, Person]
    places: Sequence[Place]  # where segments begin, by rising `seq`
    form: Form
    invited: bool = False  # only who was a member may see it

    def viewer(self, identity: str, role: Role) -> Person:
        """Who looks: the member that they were, in the role that they have now; member 0 was never inside."""
        was = next((person for person in self.people.values() if person.identity == identity), None)
        return Person(was.member if was else 0, identity, "", role=role, banned=was.banned if was else False)

    def segment(self, at: int) -> tuple[Place, Place]:
        """Where the segment begins in which `at` lies, and where it ends: at the next, or where the room closed."""
        index = max(0, bisect_right(self.places, at, key=lambda place: place[1]) - 1)
        return self.places[index], (*self.places[index + 1 :], self.closed)[0]

    def checkpoints(self, begin: Place) -> list[Place]:
        """Those from which a segment that begins there can be made."""
        return [place for place in self.places if BEGINNING < place <= begin]


def course(state: RoomState, closing: int, checkpoints: Iterable[Place]) -> Course:
    """Of the state in which the room closed; `closing` is the `seq` of its `room.closed`."""
    booking = state.booking
    assert state.closed_at is not None
    return Course(
        opened={
            "room": booking.room,
            "form": booking.form,
            "subject": booking.subject,
            "topic": booking.topic,
            "opened_at_ms": state.opened_at_ms,
        },
        begins=begins(state),
        live=state.live_at,
        closed=(closing, state.closed_at),
        people=state.people,
        places=_borders(checkpoints, closing),
        form=state.form,
        invited=booking.invited or state.is_lobby,
    )


def _borders(checkpoints: Iterable[Place], closing: int) -> Sequence[Place]:
    """One an instant, the last: nothing between two segments is lost."""
    last = {at: seq for seq, at in (BEGINNING, *checkpoints) if seq < closing}
    return [(seq, at) for at, seq in last.items()]


class Segment(msgspec.Struct, frozen=True):
    """`GET /v1/rooms/{room}/replay`: the picture at `seq`, and the events up to `until` that the viewer may see."""

    room: Raw
    board: Raw
    chunks: Raw
    seq: int
    at: int
    events: Sequence[Raw]
    until: int
    next: int | None  # `at` of the next segment
    duration_ms: int
    member: int


def shown(state: RoomState, viewer: Person, at: int) -> tuple[Raw, Raw, Raw]:
    """Room, board and chunks as a newcomer of these eyes would be shown them, as JSON: the state goes on."""
    room, board = views.room(state, viewer, now_at=at), state.board.snapshot(views.eyes(viewer))
    chunks = views.chunks(state, viewer)
    return Raw(JSON.encode(room)), Raw(JSON.encode(board)), Raw(JSON.encode(chunks))


def seen(entries: Iterable[Entry], viewer: Person) -> Iterator[Raw]:
    """What of these the viewer may see, as it went over the wire."""
    for entry in entries:
        if _sees(viewer, entry.audience):
            yield Raw(JSON.encode(entry.event if viewer.is_staff else told(entry.event)))


def begins(state: RoomState) -> int:
    """When somebody came in for the first time (`at`): a room may have been booked days before."""
    return min((stay.since for person in state.people.values() for stay in person.there), default=0)


def segment(course: Course, fold: Fold, begin: Place, end: Place, tail: Iterable[Entry], viewer: Person) -> bytes:
    """The fold stands at `begin`; taking from `tail` moves it on to `end`."""
    room, board, chunks = shown(fold.state, viewer, begin[1])
    last = end == course.closed
    return JSON.encode(
        Segment(
            room=room,
            board=board,
            chunks=chunks,
            seq=begin[0],
            at=begin[1],
            events=list(seen(tail, viewer)),
            until=end[1],
            next=None if last else end[1],
            duration_ms=course.closed[1],
            member=viewer.member,
        )
    )


# The time line

MARKS = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (
        *(e.RoomLive, e.RoomPaused, e.RoomResumed, e.RoomClosed),
        *(e.PageAdded, e.PageTurned, e.HandRaised, e.StageJoined, e.StageLeft),
        *(e.ChatMessage, e.ChatDeleted, e.PollOpened, e.PollClosed, e.CheckinOpened, e.CommentAdded),
    )
)
OF_TEACHERS = frozenset(
    str(kind.__struct_config__.tag) for kind in (e.MemberJoined, e.MemberAway, e.MemberBack, e.MemberLeft)
)
INK = b'"type":"board.'  # most of a log, and no mark


def marks(course: Course, stored: Iterable[tuple[bytes, bytes | None]], viewer: Person) -> Iterator[Mark]:
    """Of stored events (body, personal content) those that the time line shows, with the fields that they had."""
    for body, personal in stored:
        if INK in body:
            continue
        event = orjson.loads(body)
        if not _is_mark(course, event) or not _sees(viewer, Audience.of(event["to"])):
            continue
        cls = CLASSES[event["type"]]
        hidden = erased.nothing(cls) if personal is None else orjson.loads(personal)
        fields = {**event["event"], **hidden}
        if not viewer.is_staff:
            fields = {name: fields[name] for name in fields.keys() - staff_fields(cls)}
        yield {"type": event["type"], "seq": event["seq"], "at": event["at"], **fields}


def _is_mark(course: Course, event: Mapping[str, Any]) -> bool:
    if event["type"] in OF_TEACHERS:
        return course.people[event["event"]["member"]].role == "teacher"
    return event["type"] in MARKS


def index(course: Course, marks: Sequence[Mark], viewer: Person) -> bytes:
    """`GET /v1/rooms/{room}/replay/index`."""
    members = [
        {"member": person.member, "name": person.name, "role": person.role}
        for person in course.people.values()
        if person.there and _sees(viewer, audience_of(course.form, person))
    ]
    return orjson.dumps(
        {
            **course.opened,
            "begins": course.begins,
            "live": course.live,
            "duration_ms": course.closed[1],
            "member": viewer.member,
            "members": members,
            "keyframes": [at for _, at in course.places],
            "marks": marks,
        }
    )


def _sees(viewer: Person, audience: Audience) -> bool:
    return audience.sees(viewer.member, viewer.side)
