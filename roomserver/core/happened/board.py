"""What is drawn: the board folds it; here it counts for whoever drew.  Rules: BOARD-*, PRIVACY-4 in docs/rules.md."""

from typing import TYPE_CHECKING

from protocol import events as e

from .. import boarding, facts

if TYPE_CHECKING:
    from ..state import RoomState


def changed(state: "RoomState", event: e.Board, at: int) -> None:
    state.board.apply(boarding.to_change(event))
    if isinstance(event, e.StrokeBegun):
        state.people[event.member].strokes += 1


def blank(state: "RoomState", event: facts.Blank, at: int) -> None:
    """What was drawn is not there, but that it was drawn counts."""
    if event.was == e.StrokeBegun.__struct_config__.tag:
        state.people[event.member].strokes += 1
