"""The session record: the fold of the log at its close, for the systems around the server.

Its shape stands in `record_shape.py`.  Rules: ATT-*, RECORD-* in docs/rules.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from . import asked
from . import record_shape as shape
from .decide.moderation import owes_evaluation
from .log import Log
from .people import Interval, Person, Span, merged, overlap_ms, together_ms
from .state import RoomState

MINUTE_MS = 60_000
_sorted = msgspec.json.Encoder(order="sorted").encode


def envelope(record: shape.Record) -> shape.Envelope:
    """The record as a CloudEvents 1.0 envelope.  Its `id` is the room's: a repeat is the same event (RECORD-2)."""
    return shape.Envelope(
        specversion="1.0",
        id=f"session-{record.room}",
        source=record.source,
        type="classroom.session.closed.v1",
        subject=record.room,
        time=datetime.fromtimestamp(record.closed_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        datacontenttype="application/json",
        data=record,
    )


def canonical(record: Mapping[str, Any]) -> bytes:
    """What the signature covers: the record without it as JSON, keys sorted, no spaces, UTF-8 (SIGN-1).

    Keys are ASCII and numbers are whole, so this is also RFC 8785 (JCS).
    """
    return _sorted({name: value for name, value in record.items() if name != "signature"})


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the envelope; each field says how it is classified."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Session record of the classroom server, version 1",
        **msgspec.json.schema(shape.Envelope),
    }


def made(state: RoomState, log: Log, *, source: str) -> shape.Record:
    """What happened.  The shell knows the recorded files (REC-5), and signs."""
    booking, opened = state.booking, state.opened_at_ms
    present = [] if state.is_lobby else [person for person in state.people.values() if person.there]  # LOBBY-5
    sides = Sides.of(present)
    answers = asked.answers(state.asked, opened)
    return shape.Record(
        room=booking.room,
        source=source,
        form=booking.form,
        subject=booking.subject,
        grade=booking.grade,
        topic=booking.topic,
        scheduled_ms=booking.scheduled_ms,
        opened_ms=opened,
        live_ms=None if state.live_at is None else opened + state.live_at,
        closed_ms=opened + (state.closed_at or 0),
        end_reason=state.closed_reason,
        limits=shape.Limits(
            duration_s=state.form.duration_s,
            warnings_s=state.form.warnings_s,
            close_delay_s=state.form.close_delay_s,
            no_show_s=state.form.no_show_s,
            opens_ms=opened + state.opens_at,
            window_ends_ms=None if state.window_ends_at is None else opened + state.window_ends_at,
            not_after_ms=booking.not_after_ms,
            quota_s=state.form.quota_s,
        ),
        members=tuple(_member(state, person, sides, answers.get(person.member, ())) for person in present),
        pairs=tuple(_pairs(state)),
        absentees=_absentees(state),
        polls=asked.polls(state.asked, opened),
        checkins=asked.checkins(state.asked, opened),
        moderation=tuple(msgspec.convert(row, shape.Moderated) for row in state.moderation),
        alarms=tuple(shape.Alarm(kind=one.kind, member=one.member, at_ms=opened + one.at) for one in state.alarms),
        recordings=(),
        log=shape.LogEnd(events=log.seq, hash=log.hash.hex(), epochs=state.epoch),
    )


@dataclass(frozen=True, slots=True)
class Sides:
    """When any teacher and any learner was there: the same for each of thousands of members.  Devices are nobody."""

    teachers: Sequence[Span]
    learners: Sequence[Span]

    @classmethod
    def of(cls, present: Iterable[Person]) -> "Sides":
        people = [person for person in present if not person.device]
        teachers = merged(one for person in people if person.role == "teacher" for one in person.there)
        return cls(teachers, merged(one for person in people if person.is_learner for one in person.there))


def _member(state: RoomState, person: Person, sides: Sides, answers: Sequence[shape.Answer]) -> shape.Member:
    together = overlap_ms(person.there, sides.learners if person.is_staff else sides.teachers)
    there = sum((one.until or one.since) - one.since for one in person.there)
    return shape.Member(
        member=person.member,
        identity=person.identity,
        name=person.name,
        role=person.role,
        device=person.device,
        school=person.school,
        district=person.district,
        grade=person.grade,
        intervals=tuple(_stay(state, one) for one in person.there),
        seconds_present=there // 1000,
        minutes_present=there // MINUTE_MS,
        seconds_together=together // 1000,
        minutes_together=together // MINUTE_MS,
        talk_seconds=person.talk_ms // 1000,
        strokes=person.strokes,
        chat_lines=person.chat_lines,
        comments=person.comments,
        held_lines=person.held_lines,
        masked=person.masked,
        heads=person.heads,
        heads_most=person.heads_most,
        hands=person.hands,
        votes=asked.votes(state.asked, person.member),
        checkins=tuple(answers),
        stage=tuple(_span(state, one) for one in person.on_stage),
        evaluation=_evaluation(state, person),
    )


def _stay(state: RoomState, one: Interval) -> shape.Stay:
    span = _span(state, one)
    return shape.Stay(joined_at_ms=span.from_ms, left_at_ms=span.until_ms, reason=one.reason)


def _span(state: RoomState, one: Interval) -> shape.Span:
    opened = state.opened_at_ms
    return shape.Span(from_ms=opened + one.since, until_ms=opened + (one.until or one.since))


def _evaluation(state: RoomState, person: Person) -> shape.Evaluation | None:
    """None where none is asked; `due` stays true until it is given."""
    given = state.assessments.get(person.member)
    if given is None:
        return shape.Evaluation(due=True) if owes_evaluation(state, person) else None
    return shape.Evaluation(
        due=False,
        score=given.score,
        tags=given.tags,
        comment=given.comment,
        at_ms=state.opened_at_ms + given.at,
    )


def _pairs(state: RoomState) -> Iterator[shape.Pair]:
    """Every teacher and learner who were there at the same time (RECORD-4); devices are nobody."""
    people = [] if state.is_lobby else [person for person in state.people.values() if not person.device]
    for teacher in (person for person in people if person.role == "teacher"):
        for learner in (person for person in people if person.is_learner):
            if together := together_ms(learner.there, teacher.there):
                yield shape.Pair(
                    teacher=teacher.member,
                    student=learner.member,
                    seconds=together // 1000,
                    minutes=together // MINUTE_MS,
                )


def _absentees(state: RoomState) -> tuple[shape.Absentee, ...] | None:
    """Who was expected and never came (RECORD-5)."""
    expected = [person for person in state.people.values() if person.expected]
    if not expected:
        return None
    return tuple(
        shape.Absentee(member=person.member, identity=person.identity) for person in expected if not person.there
    )
