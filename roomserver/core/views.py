"""What one member may see of the room: the parts of `welcome` and `snapshot`."""

from collections.abc import Iterator

import whiteboard
from protocol import limits
from protocol.fields import Evaluation
from protocol.notices import (
    AlarmView,
    BoardChunk,
    CallView,
    ChatView,
    CheckinView,
    CommentView,
    DutyView,
    EndsView,
    GoneView,
    HeldView,
    LimitsView,
    LobbyView,
    MemberView,
    PastView,
    PausedView,
    PollView,
    RoomView,
    TrackView,
)

from .decide import asking, calling
from .decide.common import visible
from .decide.moderation import owes_evaluation
from .forms import MS
from .lobby import Call
from .people import Person
from .state import RoomState

COMMENTS_SHOWN = 50  # docs/rules.md COMMENT-2
CHAT_SHOWN = 50  # docs/protocol.md, "welcome"
ALARMS_SHOWN = 50
GONE_NAMED = 500  # docs/rules.md SEAT-6


def room(state: RoomState, viewer: Person, *, now_at: int) -> RoomView:
    """The room at this instant (`now_at`: milliseconds since it opened)."""
    ends_at, reason = state.end()
    seen = [viewer] if state.is_lobby else state.inside()  # there may be thousands
    chat = [line.event for line in state.chat if line.audience.sees(viewer.member, viewer.side)]
    return RoomView(
        id=state.booking.room,
        form=state.booking.form,
        subject=state.booking.subject,
        topic=state.booking.topic,
        state=state.phase,
        opened_at_ms=state.opened_at_ms,
        ends=EndsView(in_ms=max(0, ends_at - now_at), reason=reason),
        members=tuple(member(person) for person in seen if visible(state.form, person, viewer)),
        hands=tuple(state.hands),
        stage=tuple(state.stage),
        chat=tuple(
            ChatView(
                seq=line.seq,
                at=line.at,
                member=line.member,
                name=state.people[line.member].name,
                role=state.people[line.member].role,
                text=line.text,
                to=line.to,
            )
            for line in chat[-CHAT_SHOWN:]
        ),
        tracks=tuple(
            TrackView(
                track=track.track,
                member=track.member,
                source=track.source,
                layers=track.layers,
                muted=track.closed or state.staff_muted(track),
            )
            for track in state.tracks.values()
        ),
        locked=state.locked,
        closed_reason=state.closed_reason,
        recording=state.recording,
        paused=paused(state, now_at),
        held=tuple(held(state, viewer)),
        alarms=tuple(alarms(state, viewer)),
        past=None if state.is_lobby else past(state, viewer),
        poll=poll(state, viewer),
        checkin=checkin(state, viewer),
        comments=comments(state, viewer),
        lobby=lobby(state, viewer, now_at=now_at) if state.is_lobby else None,
    )


def poll(state: RoomState, viewer: Person) -> PollView | None:
    """The newest, as those see it who were there (POLL-6)."""
    if not state.asked.polls:
        return None
    newest = state.asked.polls[-1]
    opened, staff = newest.opened, viewer.is_staff
    return PollView(
        poll=opened.poll,
        member=opened.member,
        at=opened.at,
        question=opened.question,
        options=opened.options,
        answer=opened.answer if staff or newest.closed is not None else None,
        seconds=opened.seconds,
        votes=tuple((member, choice) for member, choice in newest.votes.items() if staff or member == viewer.member),
        closed=newest.closed is not None,
        counts=() if newest.closed is None else newest.closed.counts,
    )


def checkin(state: RoomState, viewer: Person) -> CheckinView | None:
    """The newest, likewise."""
    if not state.asked.checkins:
        return None
    newest = state.asked.checkins[-1]
    opened, staff = newest.opened, viewer.is_staff
    return CheckinView(
        checkin=opened.checkin,
        member=opened.member,
        at=opened.at,
        seconds=opened.seconds,
        answered=tuple(member for member in newest.answered if staff or member == viewer.member),
        closed=newest.closed is not None,
        missing=newest.closed.missing if staff and newest.closed is not None else (),
    )


def comments(state: RoomState, viewer: Person) -> tuple[CommentView, ...] | None:
    if not state.form.comments or viewer.side not in asking.COMMENTED.sides:
        return None
    newest = state.comments[-COMMENTS_SHOWN:]
    return tuple(CommentView(seq=c.seq, at=c.at, member=c.member, name=c.name, text=c.text) for c in newest)


def paused(state: RoomState, now_at: int) -> PausedView | None:
    if not state.paused:
        return None
    ends_at, why = state.next_end()
    return PausedView(reason="teacher_away", ends_in_ms=max(0, ends_at - now_at) if why == "teacher_lost" else None)


def held(state: RoomState, viewer: Person) -> Iterator[HeldView]:
    """Lines held back: to staff all, to others their own (WORD-1)."""
    for line in state.held.values():
        author = state.people[line.member]
        if viewer.is_staff or line.member == viewer.member:
            yield HeldView(
                seq=line.seq,
                at=line.at,
                member=line.member,
                name=author.name,
                role=author.role,
                text=line.text,
                to=line.to,
            )


def alarms(state: RoomState, viewer: Person) -> list[AlarmView]:
    """To staff all, to others those about them; the newest."""
    seen = [alarm for alarm in state.alarms if viewer.is_staff or alarm.member == viewer.member]
    return [AlarmView(kind=alarm.kind, at=alarm.at, member=alarm.member) for alarm in seen[-ALARMS_SHOWN:]]


def past(state: RoomState, viewer: Person) -> PastView:
    """What was before.  Where too many have gone, those who drew are named first (SEAT-6)."""
    gone = [one for one in state.people.values() if one.there and not one.inside and visible(state.form, one, viewer)]
    gone.sort(key=lambda one: state.board.next_shape(one.member) == 1)
    return PastView(
        live_at=state.live_at,
        gone=tuple(GoneView(member=one.member, name=one.name, role=one.role) for one in gone[:GONE_NAMED]),
        lines=sum(one.chat_lines for one in state.people.values()) if viewer.is_staff else 0,
    )


def lobby(state: RoomState, viewer: Person, *, now_at: int) -> LobbyView:
    """Who is on duty, and the viewer's own calls."""
    kept = state.lobby
    own = kept.of.get(viewer.member, kept.busy.get(viewer.member, 0))
    mine = kept.calls.get(own)
    calls = [*calling.waiting(state, viewer.member)]
    if mine is not None and mine.room is None:
        calls.append(mine)
    return LobbyView(
        duties=tuple(duty(state, member) for member in kept.duties),
        calls=tuple(call(state, one, now_at) for one in calls),
        lesson=None if mine is None else mine.room,
        call=None if mine is None or mine.room is None else mine.call,
    )


def duty(state: RoomState, member: int) -> DutyView:
    duty, person = state.lobby.duties[member], state.people[member]
    return DutyView(
        member=member,
        name=person.name,
        school=person.school,
        subjects=duty.subjects,
        grades=duty.grades,
        busy=member in state.lobby.busy,
    )


def call(state: RoomState, one: Call, now_at: int) -> CallView:
    since = state.lobby.ringing.get(one.call)
    place = state.lobby.duties[one.teacher].queue.index(one.call) + 1
    return CallView(
        call=one.call,
        member=one.student,
        name=state.people[one.student].name,
        teacher=one.teacher,
        subject=one.subject,
        grade=one.grade,
        rings_ms=None if since is None else max(0, since + state.form.ring_s * MS - now_at),
        place=place,
        wait_s=state.lobby.wait_s(one, state.form.lesson_s, now_at),
    )


def eyes(viewer: Person) -> int:
    """What of the board somebody sees: the common pages, their own, or as staff every page (SCRATCH-2)."""
    return whiteboard.STAFF if viewer.is_staff else viewer.member


def chunks(state: RoomState, viewer: Person) -> list[BoardChunk]:
    """The finished shapes of the board, which follow a `welcome` or a `snapshot` (DELIVER-9)."""
    return [BoardChunk(shapes=chunk) for _, chunk in state.board.chunks(eyes(viewer))]


def member(person: Person) -> MemberView:
    return MemberView(
        member=person.member,
        name=person.name,
        role=person.role,
        school=person.school,
        can=tuple(sorted(person.can)),
        muted=tuple(sorted(person.muted)),
        away=person.away_since is not None,
        device=person.device,
        heads=person.heads,
    )


def limits_of(state: RoomState) -> LimitsView:
    return LimitsView(
        frame_bytes=limits.FRAME_BYTES,
        chat_chars=limits.CHAT_CHARS,
        points_a_message=limits.POINTS_A_MESSAGE,
        absence_s=state.form.absence_s,
        evaluation_s=state.form.evaluation_s,
    )


def evaluation(state: RoomState, person: Person) -> Evaluation:
    if person.score is not None:
        return "done"
    return "due" if owes_evaluation(state, person) else "not_due"
