"""Whole shapes: put there, changed, laid above or below others, copied.

Rules: BOARD-26, BOARD-28 to BOARD-31 in docs/rules.md.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Literal

from .changes import Change, Changed, Copied, Put
from .errors import Code, Refused
from .kinds import check_new, check_set, on_reach
from .operations import Operations
from .shape import Body, without_defaults


class Objects(Operations):
    def put(
        self, member: int, shape: str, *, page: int, kind: str, staff: bool = False, **properties: Any
    ) -> list[Change]:
        """A whole shape, its properties as a body has them; `start` is one of them."""
        self._check_new_id(member, shape)
        self._check_unlocked(self._page(page, member, staff=staff), staff=staff)
        check_new(kind, properties)
        self._check_room_for([(page, len(properties.get("points", ())) // 2)])
        body = {"id": shape, "page": page, "author": member, "kind": kind, "z": self._state.top + 1}
        return [Put(member, {**body, **without_defaults(properties)})]

    def change(self, member: int, set: Mapping[str, Mapping[str, Any]], *, staff: bool = False) -> list[Change]:
        """Set properties of shapes, as one step; of shapes that are gone nothing is said (BOARD-10)."""
        there = self._those_there(set, member, staff=staff)
        for shape in there:
            check_set(shape.kind, set[shape.id])
        return [*self._finish(there), Changed(member, {shape.id: dict(set[shape.id]) for shape in there})]

    def order(
        self, member: int, shapes: Iterable[str], to: Literal["front", "back"], *, staff: bool = False
    ) -> list[Change]:
        """Lay shapes above all others, or below; among themselves they keep their order."""
        there = sorted(self._those_there(shapes, member, staff=staff), key=lambda shape: shape.place)
        first = self._state.top + 1 if to == "front" else self._state.bottom - len(there)
        places = {shape.id: {"z": z} for shape, z in zip(there, count(first), strict=False)}
        return [*self._finish(there), Changed(member, places)]

    def copy(
        self, member: int, shapes: Iterable[str], *, page: int, by: tuple[int, int], first: int, staff: bool = False
    ) -> list[Change]:
        """Copies of shapes, moved by `by`, on a page; their numbers go up from `first`.

        What is gone and kept for undo can be copied too: so it is cut out here and pasted there.
        Staff may copy everything, and a copy of theirs keeps its author: so a student's paper is shown to all.
        """
        there = sorted(self._those_there(shapes, member, staff=staff, kept=True), key=lambda shape: shape.place)
        self._check_new_id(member, f"{member}.{first}")
        self._check_new_id(member, f"{member}.{first + len(there) - 1}")
        self._check_unlocked(self._page(page, member, staff=staff), staff=staff)
        if any(shape.open for shape in there):
            raise Refused(Code.CONFLICT, "it is still being drawn")
        self._check_room_for((page, shape.count) for shape in there)
        dx, dy = by
        bodies = []
        for n, shape in enumerate(there):
            x, y = shape.start[0] + dx, shape.start[1] + dy
            if not on_reach(x, y):
                raise Refused(Code.INVALID, "that is too far from the board")
            bodies.append(copied(shape.body(), f"{member}.{first + n}", page, self._state.top + 1 + n, (x, y)))
        return [Copied(member, tuple(shape.id for shape in there), by, tuple(bodies))]


def copied(body: Body, name: str, page: int, z: int, start: tuple[int, int]) -> dict[str, Any]:
    """The body of a copy: all that it does not share with what it is a copy of is said here."""
    return {**body, "id": name, "page": page, "z": z, "start": list(start)}
