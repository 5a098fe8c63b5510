"""The refusal: a well-formed command that the room will not carry out.  It is answered; the connection stays open."""

from protocol.codes import ErrorCode


class Refused(Exception):
    """`rule` names the rule of docs/rules.md, `retry_in_s` says when time cures it, `room` which other it is about."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        rule: str | None = None,
        retry_in_s: float | None = None,
        room: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.rule = rule
        self.retry_in_s = retry_in_s
        self.room = room
