"""One room's board: the operations, and what is shown, kept and read back.  Rules: BOARD-* in docs/rules.md."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from . import packed
from .objects import Objects
from .paging import Paging
from .shape import Body, Shape
from .state import STAFF, State
from .strokes import Strokes
from .taking import Taking


class Board(Strokes, Objects, Taking, Paging):
    """What an operation returns is applied, all of it and in order, before the next is asked for."""

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any], chunks: Iterable[bytes] = ()) -> "Board":
        """The board that a snapshot shows, without histories: for a client, which applies the changes that follow."""
        board = cls()
        board._known = State.restore(snapshot)
        for chunk in chunks:
            board.fill(chunk)
        return board

    def fill(self, chunk: bytes) -> None:
        """A chunk that follows a snapshot.

        Raises:
            ValueError: it is none.
        """
        self._state.fill(chunk)

    def dump(self) -> bytes:
        """All but the points that wait, to be kept; see `packed.py`."""
        return packed.pack(self._state)

    @classmethod
    def load(cls, data: bytes) -> "Board":
        """The board that was dumped.  Its shapes are read when somebody does more than look.

        Raises:
            ValueError: these bytes are none.
        """
        kept, board = packed.read(data), cls()
        board._known, board._unread = packed.look(kept), partial(packed.unpack, kept)
        return board

    def __eq__(self, other: object) -> bool:
        """Equal pages, shapes, numbers and histories; points that still wait do not count."""
        return isinstance(other, Board) and self._state == other._state

    __hash__ = None  # type: ignore[assignment]  # it changes

    def snapshot(self, eyes: int = STAFF) -> dict[str, Any]:
        """What a member sees, as plain data, but for the finished shapes; see `State.snapshot`."""
        return self._known.snapshot(eyes)

    def chunks(self, eyes: int = STAFF) -> list[tuple[int, bytes]]:
        """The finished shapes of a snapshot, the same bytes for all who see them; see `State.chunks`."""
        return self._known.chunks(eyes)

    def picture(self, eyes: int = STAFF) -> dict[str, Any]:
        """What a member sees, all of it; see `State.picture`."""
        return self._state.picture(eyes)

    @property
    def current(self) -> int:
        """The page that everybody looks at."""
        return self._state.current

    @property
    def pages(self) -> list[int]:
        return list(self._state.pages)

    def page_of(self, shape: str) -> int | None:
        """The page that a shape is on; None: there is no such shape."""
        found = self._state.shapes.get(shape)
        return None if found is None else found.page

    def shape(self, shape: str) -> Shape | None:
        """A shape that is on the board; read only."""
        return self._state.shapes.get(shape)

    def body(self, shape: str) -> Body:
        """A shape that is on the board, or was and can be brought back.

        Raises:
            KeyError: there is none.
        """
        return (self.shape(shape) or self.kept[shape]).body()

    @property
    def kept(self) -> Mapping[str, Shape]:
        """Shapes that were on the board and can be brought back; read only."""
        return self._state.past.kept
