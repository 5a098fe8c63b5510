"""Error codes, close codes, and the exception that carries a close code.

What a client does on each stands in docs/protocol.md, "Codes".
"""

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """Why a well-formed command was not carried out.  The connection stays open."""

    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    FULL = "full"
    LOCKED = "locked"
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    ROOM_CLOSED = "room_closed"
    OUTSIDE_WINDOW = "outside_window"
    GAP_NOT_ELAPSED = "gap_not_elapsed"
    QUOTA_EXCEEDED = "quota_exceeded"
    EVALUATION_DUE = "evaluation_due"
    REST_NEEDED = "rest_needed"
    NOT_ELIGIBLE = "not_eligible"
    UNAVAILABLE = "unavailable"  # the server cannot keep its promise now (its store does not take writes)


class CloseCode(IntEnum):
    """Why a connection ends; the WebSocket close code."""

    NORMAL = 1000  # the client leaves for good
    GOING_AWAY = 1001  # the client's page goes away; it may resume
    NOT_TEXT = 1007
    TOO_BIG = 1009
    BUG = 1011
    RESTART = 1012
    VIOLATION = 4400
    BAD_TOKEN = 4401
    NOT_ALLOWED = 4403
    NO_ROOM = 4404
    NO_HELLO = 4408
    REPLACED = 4409
    ROOM_CLOSED = 4410
    REMOVED = 4411
    MOVED = 4421
    TOO_MUCH = 4429


class ProtocolViolation(Exception):
    """Bytes that a conforming client cannot send: the connection ends with `code`."""

    def __init__(self, message: str, code: CloseCode = CloseCode.VIOLATION) -> None:
        super().__init__(message)
        self.code = code
