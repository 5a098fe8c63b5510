"""Chat and raised hands.  Rules: CHAT-*, WORD-*, GONE-2, HAND-* in docs/rules.md."""

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode

from ..errors import Refused
from ..log import ALL, NOBODY, Audience, Draft
from ..people import Person
from ..state import RoomState
from ..words import Words
from .common import check_charge, inside, no_such, no_teacher, visible

HANDS_MAX = 64  # raised hands kept; docs/rules.md HAND-4
HELD_MAX = 64  # lines held back at a time; docs/rules.md WORD-5


def send(state: RoomState, me: Person, command: c.SendChat, words: Words) -> list[Draft]:
    if me.is_learner and state.paused:
        raise no_teacher()
    text = command.text.strip()
    if not text:
        raise Refused(ErrorCode.INVALID, "there is nothing in it", rule="CHAT-3")
    listeners = _listeners(state, me, command)
    look = words.look(text)
    if look.listed and me.is_learner:  # WORD-1
        if len(state.held) >= HELD_MAX:
            raise Refused(ErrorCode.FULL, f"{HELD_MAX} lines are held back already", rule="WORD-5")
        held = e.ChatHeld(member=me.member, text=look.text, to=command.to, masked=look.masked)
        return [Draft(held, judges(me.member))]
    return [Draft(e.ChatMessage(member=me.member, text=look.text, to=command.to, masked=look.masked), listeners)]


def judges(author: int) -> Audience:
    """Who sees a line that is held back."""
    return Audience(staff=True, members=frozenset({author}))


def let_through(state: RoomState, me: Person, command: c.PassChat) -> list[Draft]:
    """To those it was for, and all who saw that it was held back (WORD-3)."""
    line = state.held.get(command.chat)
    if line is None:
        raise Refused(ErrorCode.NOT_FOUND, "no such line is held back")
    event = e.ChatMessage(member=line.member, text=line.text, to=line.to, held=command.chat, by=me.member)
    return [Draft(event, ALL if line.to == "all" else judges(line.member))]


def _listeners(state: RoomState, me: Person, command: c.SendChat) -> Audience:
    if command.to == "all":
        return ALL
    if command.to == "staff":
        return Audience(staff=True, members=frozenset({me.member}))
    listener = inside(state, command.to)
    if not visible(state.form, listener, me):
        raise no_such(command.to)
    if not me.is_staff and not listener.is_staff:
        raise Refused(ErrorCode.FORBIDDEN, "students do not write to each other", rule="CHAT-2")
    if listener.role == "observer":
        raise Refused(ErrorCode.FORBIDDEN, "an observer is not spoken to", rule="RIGHT-3")
    return Audience(members=frozenset({me.member, listener.member}))


def delete(state: RoomState, me: Person, command: c.DeleteChat) -> list[Draft]:
    author, audience = _line(state, command.seq)
    if not audience.sees(me.member, me.side):
        raise Refused(ErrorCode.NOT_FOUND, "no such line of chat")
    if not me.is_staff and author != me.member:
        raise Refused(ErrorCode.FORBIDDEN, "only staff take back what others wrote", rule="CHAT-4")
    return [Draft(e.ChatDeleted(chat=command.seq, by=me.member), audience)]


def _line(state: RoomState, seq: int) -> tuple[int, Audience]:
    """Whose a line of chat is, said or held back, and who sees it."""
    if (held := state.held.get(seq)) is not None:
        return held.member, judges(held.member)
    line = next((line for line in state.chat if line.event.seq == seq), None)
    return (0, NOBODY) if line is None else (line.event.member, line.audience)


def raise_hand(state: RoomState, me: Person) -> list[Draft]:
    if me.member in state.hands:  # HAND-2: the first place is kept
        return []
    if len(state.hands) >= HANDS_MAX:
        raise Refused(ErrorCode.FULL, f"{HANDS_MAX} hands are up already", rule="HAND-4")
    return [Draft(e.HandRaised(member=me.member))]


def lower_hand(state: RoomState, me: Person, command: c.LowerHand) -> list[Draft]:
    member = me.member if command.member is None else command.member
    if member != me.member and not me.is_staff:
        raise Refused(ErrorCode.FORBIDDEN, "only staff lower another's hand", rule="HAND-3")
    if member not in state.hands:
        return []
    check_charge(state, me, state.people[member])
    return [Draft(e.HandLowered(member=member, by=me.member))]
