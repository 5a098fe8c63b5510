"""The refusal: a well-formed operation that the board will not carry out."""

from enum import StrEnum


class Code(StrEnum):
    """Why; the same words as the error codes of docs/protocol.md."""

    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    FULL = "full"
    LOCKED = "locked"
    TOO_LARGE = "too_large"


class Refused(Exception):
    """Nothing has changed; `code` is for programs, `message` for people."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
