"""Which commands a session has had taken and how they were answered, so that a repeat changes nothing.

`ok` waits for the disk and is cumulative: one for each line and commit.  Rules: ONCE-* in docs/rules.md.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.notices import Error, Ok

from .effects import Answer, Line

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
            if answer.sdp is not None:
                free.append((answer.line, Ok(id=answer.id, sdp=answer.sdp)))
            newest[answer.line] = max(answer.id, newest.get(answer.line, 0))
        own = {(line, ok.id) for line, ok in free}
        return free + [(line, Ok(id=last)) for line, last in newest.items() if (line, last) not in own]
