"""The shape of the session record: a tree of frozen values, from which docs/record.schema.json is generated.

Instants end in `_ms` and are wall-clock milliseconds, but for `at`, which counts from the opening.  Rules: RECORD-*.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from protocol.fields import AlarmKind, EndReason, MuteKind, Right, Role

from .classified import INTERNAL, MINOR, PERSONAL, PUBLIC


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the record.  Every field is classified."""


class Limits(Part, frozen=True):
    """What the room ran under."""

    duration_s: Annotated[int, PUBLIC]
    warnings_s: Annotated[tuple[int, ...], PUBLIC]
    close_delay_s: Annotated[int, PUBLIC]
    no_show_s: Annotated[int, PUBLIC]
    opens_ms: Annotated[int, PUBLIC]
    window_ends_ms: Annotated[int | None, PUBLIC]
    not_after_ms: Annotated[int | None, INTERNAL]
    quota_s: Annotated[int, PUBLIC] = 0  # a week, of each teacher or school; 0: none


# Members


class Stay(Part, frozen=True):
    """One stay on the line, and why it ended (ATT-1)."""

    joined_at_ms: Annotated[int, MINOR]
    left_at_ms: Annotated[int, MINOR]
    reason: Annotated[str | None, MINOR]


class Span(Part, frozen=True):
    from_ms: Annotated[int, MINOR]
    until_ms: Annotated[int, MINOR]


class Evaluation(Part, frozen=True):
    """What was asked of a student, and given unless it is due."""

    due: Annotated[bool, MINOR]
    score: Annotated[int | UnsetType, MINOR] = UNSET
    tags: Annotated[tuple[str, ...] | UnsetType, MINOR] = UNSET
    comment: Annotated[str | UnsetType, MINOR] = UNSET
    at_ms: Annotated[int | UnsetType, MINOR] = UNSET


class Vote(Part, frozen=True):
    """What a member chose in a poll."""

    poll: Annotated[int, MINOR]
    choice: Annotated[int, MINOR]
    right: Annotated[bool | None, MINOR]  # null: no answer was the right one


class Answer(Part, frozen=True):
    """A check-in that asked a member; null: they did not answer."""

    checkin: Annotated[int, MINOR]
    at_ms: Annotated[int | None, MINOR]


class Member(Part, frozen=True):
    """One identity that was in the room.  Minutes are whole: what is below one does not count (ATT-5)."""

    member: Annotated[int, INTERNAL]
    identity: Annotated[str, MINOR]  # the education ID, or the mark of one who was erased
    name: Annotated[str, MINOR]
    role: Annotated[Role, INTERNAL]
    device: Annotated[bool, INTERNAL]
    school: Annotated[str | None, MINOR]
    district: Annotated[str | None, MINOR]
    grade: Annotated[str | None, MINOR]
    intervals: Annotated[tuple[Stay, ...], MINOR]
    seconds_present: Annotated[int, MINOR]
    minutes_present: Annotated[int, MINOR]
    seconds_together: Annotated[int, MINOR]  # with a teacher; of staff, with a learner
    minutes_together: Annotated[int, MINOR]
    talk_seconds: Annotated[int, MINOR]
    strokes: Annotated[int, MINOR]
    chat_lines: Annotated[int, MINOR]
    comments: Annotated[int, PERSONAL]
    held_lines: Annotated[int, MINOR]  # of chat, with a listed word (WORD-1)
    masked: Annotated[int, MINOR]  # numbers of telephones and identity cards in what they wrote (WORD-4)
    heads: Annotated[int | None, INTERNAL]  # pupils before a classroom's device, as last declared (HEAD-2)
    heads_most: Annotated[int | None, INTERNAL]
    hands: Annotated[int, MINOR]
    votes: Annotated[tuple[Vote, ...], MINOR]
    checkins: Annotated[tuple[Answer, ...], MINOR]
    stage: Annotated[tuple[Span, ...], MINOR]
    evaluation: Annotated[Evaluation | None, MINOR]


class Pair(Part, frozen=True):
    """A teacher and a learner, by their member numbers, and the time that both were there."""

    teacher: Annotated[int, PERSONAL]
    student: Annotated[int, MINOR]
    seconds: Annotated[int, MINOR]
    minutes: Annotated[int, MINOR]


class Absentee(Part, frozen=True):
    """Somebody who was expected and never came."""

    member: Annotated[int, INTERNAL]
    identity: Annotated[str, MINOR]


# What happened in the room


class Poll(Part, frozen=True):
    """A question, its answers, the place of the right one, and how many chose each."""

    poll: Annotated[int, INTERNAL]
    member: Annotated[int, PERSONAL]
    question: Annotated[str, PERSONAL]
    options: Annotated[tuple[str, ...], PERSONAL]
    answer: Annotated[int | None, INTERNAL]
    opened_ms: Annotated[int, INTERNAL]
    closed_ms: Annotated[int | None, INTERNAL]
    counts: Annotated[tuple[int, ...], INTERNAL]


class Checkin(Part, frozen=True):
    """`missing`: students who were inside when it was opened and did not answer."""

    checkin: Annotated[int, INTERNAL]
    member: Annotated[int, PERSONAL]
    opened_ms: Annotated[int, INTERNAL]
    closed_ms: Annotated[int | None, INTERNAL]
    missing: Annotated[tuple[int, ...], MINOR]


class Moderated(Part, frozen=True):
    """What staff did: the `type` and fields of an event, or of `chat.pass`, those that it has."""

    type: Annotated[str, INTERNAL]
    at_ms: Annotated[int, INTERNAL]
    by: Annotated[int | UnsetType | None, PERSONAL] = UNSET
    member: Annotated[int | Literal["all"] | UnsetType, MINOR] = UNSET
    kind: Annotated[MuteKind | UnsetType, INTERNAL] = UNSET
    can: Annotated[tuple[Right, ...] | UnsetType, INTERNAL] = UNSET
    on: Annotated[bool | UnsetType, INTERNAL] = UNSET
    chat: Annotated[int | UnsetType, INTERNAL] = UNSET  # the `seq` of the line
    reason: Annotated[str | UnsetType, MINOR] = UNSET
    ban: Annotated[bool | UnsetType, MINOR] = UNSET


class Alarm(Part, frozen=True):
    kind: Annotated[AlarmKind, INTERNAL]
    member: Annotated[int | None, MINOR]
    at_ms: Annotated[int, INTERNAL]


# Evidence


class Gap(Part, frozen=True):
    from_ms: Annotated[int, INTERNAL]
    until_ms: Annotated[int, INTERNAL]


class Recorded(Part, frozen=True):
    """A file of what a member published (REC-5)."""

    name: Annotated[str, INTERNAL]
    track: Annotated[str, INTERNAL]
    member: Annotated[int, MINOR]
    source: Annotated[str, INTERNAL]
    codec: Annotated[str, INTERNAL]
    at: Annotated[int, INTERNAL]
    started_ms: Annotated[int, INTERNAL]
    duration_ms: Annotated[int, INTERNAL]
    bytes: Annotated[int, INTERNAL]
    sha256: Annotated[str | None, INTERNAL]
    gaps: Annotated[tuple[Gap, ...], INTERNAL]
    lost_frames: Annotated[int, INTERNAL]
    ended: Annotated[str | None, INTERNAL]
    erased: Annotated[bool, INTERNAL] = False  # the file was deleted with its member's data


class LogEnd(Part, frozen=True):
    """The log's length, its last hash, and how often it was opened (RECORD-3)."""

    events: Annotated[int, INTERNAL]
    hash: Annotated[str, INTERNAL]
    epochs: Annotated[int, INTERNAL]


class Signature(Part, frozen=True):
    """Over the canonical bytes of the record without it (SIGN-1)."""

    kid: Annotated[str, PUBLIC]
    alg: Annotated[Literal["EdDSA"], PUBLIC]
    value: Annotated[str, PUBLIC]  # base64url


class Record(Part, frozen=True):
    """What a room leaves: `data` of the envelope."""

    room: Annotated[str, INTERNAL]
    source: Annotated[str, INTERNAL]  # the server that kept the log
    form: Annotated[str, PUBLIC]
    subject: Annotated[str, PUBLIC]
    grade: Annotated[str, PUBLIC]
    topic: Annotated[str, PUBLIC]
    scheduled_ms: Annotated[int | None, PUBLIC]
    opened_ms: Annotated[int, PUBLIC]
    live_ms: Annotated[int | None, PUBLIC]
    closed_ms: Annotated[int, PUBLIC]
    end_reason: Annotated[EndReason | None, INTERNAL]
    limits: Annotated[Limits, PUBLIC]
    members: Annotated[tuple[Member, ...], MINOR]
    pairs: Annotated[tuple[Pair, ...], MINOR]
    absentees: Annotated[tuple[Absentee, ...] | None, MINOR]  # null: nobody said who was expected
    polls: Annotated[tuple[Poll, ...], PERSONAL]
    checkins: Annotated[tuple[Checkin, ...], MINOR]
    moderation: Annotated[tuple[Moderated, ...], MINOR]
    alarms: Annotated[tuple[Alarm, ...], MINOR]
    recordings: Annotated[tuple[Recorded, ...], INTERNAL]
    log: Annotated[LogEnd, INTERNAL]
    erased_at_ms: Annotated[int | None, INTERNAL] = None  # when somebody in it was erased last
    signature: Annotated[Signature | None, PUBLIC] = None


class Envelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CloudEvents 1.0."""

    specversion: Annotated[Literal["1.0"], PUBLIC]
    id: Annotated[str, INTERNAL]
    source: Annotated[str, INTERNAL]
    type: Annotated[Literal["classroom.session.closed.v1"], PUBLIC]
    subject: Annotated[str, INTERNAL]
    time: Annotated[str, PUBLIC]
    datacontenttype: Annotated[Literal["application/json"], PUBLIC]
    data: Annotated[Record, MINOR]
