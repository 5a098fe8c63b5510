"""Chat and raised hands.  Rules: CHAT-*, HAND-* in docs/rules.md."""

from protocol import commands as c
from protocol import events as e
from protocol.codes import ErrorCode

from ..errors import Refused
from ..log import ALL, Audience, Draft
from ..people import Person
from ..state import RoomState
from .common import inside, no_such, visible

HANDS_MAX = 64  # raised hands kept; docs/rules.md HAND-4


def send(state: RoomState, me: Person, command: c.SendChat) -> list[Draft]:
    text = command.text.strip()
    if not text:
        raise Refused(ErrorCode.INVALID, "there is nothing in it")
    event = e.ChatMessage(member=me.member, text=text, to=command.to)
    return [Draft(event, _listeners(state, me, command))]


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
    line = next((line for line in state.chat if line.event.seq == command.seq), None)
    if line is None or not line.audience.sees(me.member, me.side):
        raise Refused(ErrorCode.NOT_FOUND, "no such line of chat")
    if not me.is_staff and line.event.member != me.member:
        raise Refused(ErrorCode.FORBIDDEN, "only staff take back what others wrote", rule="CHAT-4")
    return [Draft(e.ChatDeleted(chat=command.seq, by=me.member), line.audience)]


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
    return [Draft(e.HandLowered(member=member, by=me.member))]
