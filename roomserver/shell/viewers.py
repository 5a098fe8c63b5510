"""Whose eyes a room is looked at with over HTTP: decided by what the room is now, whatever instant is looked at.

Rules: REPLAY-3, REPLAY-4, EXPORT-3, EXPORT-6 in docs/rules.md.
"""

from aiohttp import web

from ..core.log import Broken
from ..core.people import Person
from ..core.replay import Course
from .api import Api, Problem
from .replay import Replays
from .rooms import Rooms
from .store import Store


class Viewers:
    """Who may see a room, and as whom."""

    def __init__(self, api: Api, rooms: Rooms, store: Store, replays: Replays) -> None:
        self._api = api
        self._rooms = rooms
        self._store = store
        self._replays = replays

    async def forget(self, room: str) -> None:
        """What was read of a room is to be read again: something in it was erased."""
        await self._replays.forget(room)

    async def viewer(self, request: web.Request) -> tuple[Person, Course | None]:
        """Of a room that is open the member who asks; of one that has closed whoever may see it again, and its course.

        Raises:
            Problem: they may not see it, or it cannot be seen.
        """
        runner = await self._rooms.find(request.match_info["room"])
        if runner is None or runner.room.state.is_closed:
            course, viewer = await self.of_closed(request)
            return viewer, course
        person = runner.room.state.of_identity((await self._api.caller(request)).identity)
        if person is None or not person.inside:
            raise Problem(403, "forbidden", "this is for who is in the room")
        return person, None

    async def of_closed(self, request: web.Request) -> tuple[Course, Person]:
        """Raises as `viewer`, also where the room is open."""
        caller = await self._api.caller(request)
        course = await self._course(request.match_info["room"])
        viewer = course.viewer(caller.identity, caller.role)
        if viewer.banned:
            raise Problem(403, "forbidden", "you were removed from this room", rule="REMOVE-1")
        if course.invited and not viewer.member and caller.identity and caller.role != "observer":
            raise Problem(403, "not_eligible", "this is for whoever was in the room", rule="CALL-8")
        return course, viewer

    async def _course(self, room: str) -> Course:
        row = await self._store.row(room)
        if row is None:
            raise Problem(404, "not_found", "there is no such room")
        if row.forgotten_ms is not None:  # RETAIN-1
            raise Problem(410, "gone", "the log of this room is not kept any more")
        runner = self._rooms.get(room)
        try:
            course = None if runner and not runner.room.state.is_closed else await self._replays.course(room)
        except Broken as error:
            raise Problem(503, "unavailable", "the log of this room does not fit its hashes") from error
        if course is None:
            raise Problem(409, "conflict", "this room has not closed yet")
        return course
