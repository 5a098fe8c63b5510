"""The board of a room at an instant, as a file: from the store alone, be the room open or closed.

Rules: REPLAY-7 in docs/rules.md.
"""

import asyncio

import whiteboard

from ..core.replay import begins
from ..studio.jobs import Format
from .exports import Exports, File, sheets
from .replay import state_at
from .store import Store


class NoBoard(Exception):
    """There is no such room, or its log is not kept any more."""


async def picture(
    store: Store, exports: Exports, room: str, *, at_ms: int | None, format: Format, page: int | None
) -> File:
    """As staff saw it `at_ms` after the beginning, as a replay counts.

    Without a `page`: a PDF of all common pages, or a picture of the one that the class looked at.

    Raises:
        NoBoard: there is none.
        NoPage, Unfit: as `Exports.file`.
        Broken, StoreFailed: as `state_at`.
    """
    row = await store.row(room)
    if row is None:
        raise NoBoard(f"there is no room {room}")
    if row.forgotten_ms is not None:  # RETAIN-1
        raise NoBoard(f"the log of room {room} is not kept any more")
    state = await state_at(store, room, None)
    if at_ms is not None:
        state = await state_at(store, room, begins(state) + at_ms)
    board = state.board
    pages = await asyncio.to_thread(sheets, board, whiteboard.STAFF)
    if page is None and format != "pdf":
        page = board.current
    return await exports.file(room, pages, format, page)
