"""What a step at the board costs the room and everybody in it, in points of ink: what one command says, hundreds of
shapes may have to do.  Rules: RATE-6 in docs/rules.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import whiteboard
from protocol import events as e

from .log import Draft

SHAPE = 5  # a shape that is named: found, checked, written down


def of(board: whiteboard.Board, drafts: Iterable[Draft]) -> int:
    """The cost of events that are decided and have not happened yet."""
    return sum(_of(board, draft.event) for draft in drafts)


def _of(board: whiteboard.Board, event: object) -> int:
    match event:
        case e.ShapesRestored(shapes=bodies, chunks=chunks):
            kept = board.kept
            packed = [kept[name] for names, _ in chunks for name in names]
            letters = sum([_letters(shape.more) for shape in packed if shape.more])
            return _of_bodies(bodies) + sum([SHAPE + shape.count for shape in packed]) + letters
        case e.ShapesCopied(shapes=bodies):
            return _of_bodies(bodies)
        case e.ShapesChanged(set=sets):
            return sum(SHAPE + len(properties) + _letters(properties) for properties in sets.values())
        case e.ShapesCut(cuts=cuts):
            strokes = (board.shape(name) for name in cuts)
            pieces = sum(map(len, cuts.values()))
            return sum(SHAPE + stroke.count for stroke in strokes if stroke is not None) + SHAPE * pieces
        case e.ShapesErased(shapes=names):
            return SHAPE * len(names)
    return 0


def _of_bodies(bodies: Iterable[Mapping[str, Any]]) -> int:
    return sum(SHAPE + len(body.get("points", ())) // 2 + _letters(body) for body in bodies)


def _letters(properties: Mapping[str, Any]) -> int:
    return len(properties.get("text", "")) + len(properties.get("latex", ""))
