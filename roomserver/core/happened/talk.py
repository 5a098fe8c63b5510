"""Chat, comments and raised hands.  Rules: CHAT-*, WORD-*, COMMENT-*, HAND-* in docs/rules.md."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protocol import events as e

from ..log import Audience

if TYPE_CHECKING:
    from ..state import RoomState

CHAT_KEPT = 200  # lines that a newcomer may still be shown, or staff delete; the log has them all
COMMENTS_KEPT = 200  # likewise


@dataclass(frozen=True, slots=True)
class ChatLine:
    event: e.ChatMessage
    audience: Audience


def said(state: "RoomState", event: e.ChatMessage, audience: Audience) -> None:
    state.chat.append(ChatLine(event, audience))
    author = state.people[event.member]
    author.chat_lines += 1
    author.masked += event.masked
    if event.held is not None:
        state.held.pop(event.held, None)


def held(state: "RoomState", event: e.ChatHeld, at: int) -> None:
    state.held[event.seq] = event
    author = state.people[event.member]
    author.held_lines += 1
    author.masked += event.masked


def deleted(state: "RoomState", event: e.ChatDeleted, at: int) -> None:
    state.held.pop(event.chat, None)
    kept = [line for line in state.chat if line.event.seq != event.chat]
    state.chat = deque(kept, maxlen=CHAT_KEPT)


def commented(state: "RoomState", event: e.CommentAdded, at: int) -> None:
    state.comments = [*state.comments, event][-COMMENTS_KEPT:]
    state.people[event.member].comments += 1


def hand_raised(state: "RoomState", event: e.HandRaised, at: int) -> None:
    state.hands[event.member] = at
    state.people[event.member].hands += 1


def hand_lowered(state: "RoomState", event: e.HandLowered, at: int) -> None:
    state.hands.pop(event.member, None)
