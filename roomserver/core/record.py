"""The session record: the fold of the log at its close, for the systems around the server.

Times in the record are wall-clock milliseconds.  Rules: ATT-*, RECORD-* in docs/rules.md.
"""

from datetime import UTC, datetime
from typing import Any

from .decide.moderation import owes_evaluation
from .log import Log
from .people import Interval, Person, together_ms
from .state import RoomState

MINUTE_MS = 60_000
TYPE = "classroom.session.closed.v1"


def envelope(state: RoomState, log: Log, *, source: str) -> dict[str, Any]:
    """The record as a CloudEvents 1.0 envelope.  Its `id` is the room's: a repeat is the same event."""
    closed_ms = state.opened_at_ms + (state.closed_at or 0)
    return {
        "specversion": "1.0",
        "id": f"session-{state.booking.room}",
        "source": source,
        "type": TYPE,
        "subject": state.booking.room,
        "time": datetime.fromtimestamp(closed_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "data": data(state, log),
    }


def data(state: RoomState, log: Log) -> dict[str, Any]:
    """What happened, in plain data."""
    booking, opened = state.booking, state.opened_at_ms
    return {
        "room": booking.room,
        "form": booking.form,
        "subject": booking.subject,
        "grade": booking.grade,
        "topic": booking.topic,
        "scheduled_ms": booking.scheduled_ms,
        "opened_ms": opened,
        "live_ms": None if state.live_at is None else opened + state.live_at,
        "closed_ms": opened + (state.closed_at or 0),
        "end_reason": state.closed_reason,
        "limits": {
            "duration_s": state.form.duration_s,
            "warnings_s": list(state.form.warnings_s),
            "no_show_s": state.form.no_show_s,
            "not_after_ms": booking.not_after_ms,
        },
        "members": []
        if state.is_lobby
        else [member(state, person) for person in state.people.values() if person.there],
        "moderation": state.moderation,
        "alarms": [{"kind": alarm.kind, "member": alarm.member, "at_ms": opened + alarm.at} for alarm in state.alarms],
        "recordings": [],  # the shell knows the files (REC-5)
        "log": {"events": log.seq, "hash": log.hash.hex(), "epochs": state.epoch},
    }


def member(state: RoomState, person: Person) -> dict[str, Any]:
    people = [other for other in state.people.values() if not other.device]
    teachers = [one for other in people if other.role == "teacher" for one in other.there]
    students = [one for other in people if other.is_learner for one in other.there]
    together = together_ms(person.there, students if person.is_staff else teachers)
    there = sum((one.until or one.since) - one.since for one in person.there)
    return {
        "member": person.member,
        "identity": person.identity,
        "name": person.name,
        "role": person.role,
        "device": person.device,
        "school": person.school,
        "intervals": [
            {
                "joined_at_ms": state.opened_at_ms + one.since,
                "left_at_ms": state.opened_at_ms + (one.until or one.since),
                "reason": one.reason,
            }
            for one in person.there
        ],
        "seconds_present": there // 1000,
        "seconds_together": together // 1000,
        "minutes_together": together // MINUTE_MS,
        "talk_seconds": person.talk_ms // 1000,
        "strokes": person.strokes,
        "chat_lines": person.chat_lines,
        "hands": person.hands,
        "stage": [_span(state, one) for one in person.on_stage],
        "evaluation": _evaluation(state, person),
    }


def _span(state: RoomState, one: Interval) -> dict[str, int]:
    return {"from_ms": state.opened_at_ms + one.since, "until_ms": state.opened_at_ms + (one.until or one.since)}


def _evaluation(state: RoomState, person: Person) -> dict[str, Any] | None:
    """None where none is asked; `due` stays true until it is given."""
    given = state.assessments.get(person.member)
    if given is None:
        return {"due": True} if owes_evaluation(state, person) else None
    return {
        "due": False,
        "score": given.score,
        "tags": list(given.tags),
        "comment": given.comment,
        "at_ms": state.opened_at_ms + given.at,
    }
