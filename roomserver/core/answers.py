"""Which commands a session has had taken and how they were answered, so that a repeat changes nothing.

`ok` waits for the disk and is cumulative: one for each line and commit.  Rules: ONCE-* in docs/rules.md.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.notices import Error, Ok

from .effects import Answer, Effect, Line, Say
from .errors import Refused

ERRORS_KEPT = 64  # answers of a session that a repeat is answered from; docs/protocol.md, "Commands"


@dataclass(slots=True)
class Taken:
    """What one session has sent."""

    last_id: int = 0
    errors: OrderedDict[int, Error] = field(default_factory=OrderedDict)

    def refuse(self, error: Error) -> None:
        self.errors[error.id] = error
        if len(self.errors) > ERRORS_KEPT:
            self.errors.popitem(last=False)


class Sessions:
    """The members' sessions: whether a command is new, and what a repeat of one is answered."""

    def __init__(self) -> None:
        self._taken: dict[int, Taken] = {}

    def begin(self, member: int, *, last_id: int = 0) -> None:
        """A member's session begins, or is found again in the log up to `last_id`."""
        self._taken[member] = Taken(last_id)

    def last_id(self, member: int) -> int:
        return self._taken[member].last_id

    def take(self, member: int, id: int) -> bool:
        """Is the command new?  Then it counts as taken."""
        taken = self._taken[member]
        if id <= taken.last_id:
            return False
        taken.last_id = id
        return True

    def again(self, line: Line, member: int, id: int, *, after: int) -> Effect:
        """The answer to a repeat: the error there was, else `ok` once everything up to `after` is durable."""
        known = self._taken[member].errors.get(id)
        return Answer(line, id, after) if known is None else Say(line, known)

    def refuse(self, line: Line, member: int, id: int, refused: Refused, now: float | None = None) -> Effect:
        """Answer a command with its refusal, now and when it is repeated.  `now`: as `said`."""
        error = said(id, refused, now)
        self._taken[member].refuse(error)
        return Say(line, error)


def said(id: int, refused: Refused, now: float | None = None) -> Error:
    """A refusal as the wire says it; with `now` it names the instant at which time cures it."""
    retry_in_s = refused.retry_in_s
    return Error(
        id=id,
        code=refused.code,
        message=refused.message,
        rule=refused.rule,
        retry_in_s=retry_in_s,
        until_ms=None if now is None or retry_in_s is None else round((now + retry_in_s) * 1000),
        room=refused.room,
    )


class Pending:
    """Answers that wait for a commit, in the order of the log."""

    def __init__(self) -> None:
        self._waiting: deque[Answer] = deque()

    def wait(self, answer: Answer) -> None:
        self._waiting.append(answer)

    def durable(self, seq: int) -> Iterable[tuple[Line, Ok]]:
        """Everything up to `seq` is on disk: the answers that this sets free, joined where they may be."""
        newest: dict[Line, int] = {}
        free: list[tuple[Line, Ok]] = []
        while self._waiting and self._waiting[0].after <= seq:
            answer = self._waiting.popleft()
            if answer.alone:
                free.append((answer.line, Ok(id=answer.id, sdp=answer.sdp)))
            newest[answer.line] = max(answer.id, newest.get(answer.line, 0))
        own = {(line, ok.id) for line, ok in free}
        return free + [(line, Ok(id=last)) for line, last in newest.items() if (line, last) not in own]
