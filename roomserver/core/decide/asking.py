"""Polls, check-ins, and the comments of observers.  Rules: POLL-*, CHECKIN-*, COMMENT-* in docs/rules.md."""

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode

from ..asked import Checkin, Poll
from ..errors import Refused
from ..log import Audience, Draft
from ..people import Person
from ..state import RoomState

POLLS_MAX = 50  # in a room; docs/rules.md POLL-7
CHECKINS_MAX = 50  # docs/rules.md CHECKIN-5
COMMENTED = Audience(staff=True, observers=True)


def open_poll(state: RoomState, me: Person, command: c.OpenPoll) -> list[Draft]:
    question, options = command.question.strip(), tuple(option.strip() for option in command.options)
    if not question or not all(options) or len(set(options)) < len(options):
        raise Refused(
            ErrorCode.INVALID, "the question or an answer is empty, or two answers are the same", rule="POLL-1"
        )
    if command.answer is not None and command.answer >= len(options):
        raise Refused(ErrorCode.INVALID, "the right answer is none of them", rule="POLL-1")
    asked = state.asked
    if asked.open_poll is not None:
        raise Refused(ErrorCode.CONFLICT, "a poll is open already", rule="POLL-1")
    if len(asked.polls) >= POLLS_MAX:
        raise Refused(ErrorCode.FULL, f"there were {POLLS_MAX} polls already", rule="POLL-7")
    number = len(asked.polls) + 1
    answer, seconds = command.answer, command.seconds
    opened = e.PollOpened(
        poll=number, member=me.member, question=question, options=options, answer=answer, seconds=seconds
    )
    return [Draft(opened)]


def vote(state: RoomState, me: Person, command: c.Vote) -> list[Draft]:
    poll = _poll(state, command.poll)
    if poll.closed is not None:
        raise Refused(ErrorCode.CONFLICT, "the poll is closed", rule="POLL-2")
    if command.choice >= len(poll.opened.options):
        raise Refused(ErrorCode.INVALID, "there is no such answer", rule="POLL-2")
    if poll.votes.get(me.member) == command.choice:
        return []
    voted = e.PollVoted(poll=command.poll, member=me.member, choice=command.choice)
    return [Draft(voted, _staff_and(me))]


def close_poll(state: RoomState, me: Person, command: c.ClosePoll) -> list[Draft]:
    poll = _poll(state, command.poll)
    return [] if poll.closed is not None else [poll_closed(poll, by=me.member)]


def open_checkin(state: RoomState, me: Person, command: c.OpenCheckin) -> list[Draft]:
    asked = state.asked
    if asked.open_checkin is not None:
        raise Refused(ErrorCode.CONFLICT, "a check-in is open already", rule="CHECKIN-1")
    if len(asked.checkins) >= CHECKINS_MAX:
        raise Refused(ErrorCode.FULL, f"there were {CHECKINS_MAX} check-ins already", rule="CHECKIN-5")
    number = len(asked.checkins) + 1
    return [Draft(e.CheckinOpened(checkin=number, member=me.member, seconds=command.seconds))]


def answer_checkin(state: RoomState, me: Person, command: c.AnswerCheckin) -> list[Draft]:
    if command.checkin > len(state.asked.checkins):
        raise Refused(ErrorCode.NOT_FOUND, "no such check-in")
    checkin = state.asked.checkins[command.checkin - 1]
    if me.member in checkin.answered:
        return []
    if checkin.closed is not None:
        raise Refused(ErrorCode.CONFLICT, "the check-in is over", rule="CHECKIN-2")
    return [Draft(e.CheckinAnswered(checkin=command.checkin, member=me.member), _staff_and(me))]


def comment(state: RoomState, me: Person, command: c.AddComment) -> list[Draft]:
    if not state.form.comments:
        raise Refused(ErrorCode.FORBIDDEN, "no comments are taken in this room", rule="COMMENT-1")
    text = command.text.strip()
    if not text:
        raise Refused(ErrorCode.INVALID, "there is nothing in it", rule="COMMENT-1")
    return [Draft(e.CommentAdded(member=me.member, name=me.name, text=text), COMMENTED)]


def _poll(state: RoomState, number: int) -> Poll:
    if number > len(state.asked.polls):
        raise Refused(ErrorCode.NOT_FOUND, "no such poll")
    return state.asked.polls[number - 1]


def _staff_and(me: Person) -> Audience:
    return Audience(staff=True, members=frozenset({me.member}))


# The end of them


def poll_closed(poll: Poll, *, by: int | None = None) -> Draft:
    """Now everybody may know the right answer (POLL-4)."""
    return Draft(e.PollClosed(poll=poll.opened.poll, counts=poll.counts(), answer=poll.opened.answer, by=by))


def checkin_closed(checkin: Checkin) -> Draft:
    return Draft(e.CheckinClosed(checkin=checkin.opened.checkin, missing=checkin.missing()))


def over(state: RoomState) -> list[Draft]:
    """What is open when the room closes, closes with it."""
    poll, checkin = state.asked.open_poll, state.asked.open_checkin
    return [*([poll_closed(poll)] if poll else []), *([checkin_closed(checkin)] if checkin else [])]
