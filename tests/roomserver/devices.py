"""An encoder or a screen: what it asks over HTTP, and its end of the media."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.sfu.packets import AUDIO, VIDEO, lines
from tests.sfu.peer import Peer
from tests.support.member import Member
from tests.support.server import ServerProcess, forms, token

FORMS = forms(one_to_many={"stage_can": ["speak", "camera"]}) + (
    "[forms.one_to_many.seats]\nteacher = 1\nassistant = 20\nclassroom = 4\nobserver = 4\n"
)
PEERS: list[Peer] = []  # of the test that runs


class Client:
    """An encoder or a screen: what it asks, with its token."""

    def __init__(self, server: ServerProcess, path: str, bearer: str) -> None:
        self.peer = Peer()
        PEERS.append(self.peer)
        self._server, self._path, self._bearer = server, path, bearer
        self.location = ""
        self.etag = ""

    async def ask(
        self, method: str, path: str = "", body: str | bytes = "", **headers: str
    ) -> tuple[int, str, Mapping[str, str]]:
        kinds = {"POST": "application/sdp", "PATCH": "application/trickle-ice-sdpfrag"}
        given = {"Content-Type": kinds.get(method, ""), "Authorization": f"Bearer {self._bearer}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = self._server.url + (path or self._path)
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, url, data=body, headers={k: v for k, v in given.items() if v}) as answer,
        ):
            return answer.status, await answer.text(), answer.headers

    async def refused(self, *args: str, **headers: str) -> tuple[int, str]:
        """Status and title of the problem."""
        status, problem = await self.problem(*args, **headers)
        return status, problem["title"]

    async def problem(self, *args: str, **headers: str) -> tuple[int, dict[str, Any]]:
        status, text, answered = await self.ask(*args, **headers)
        assert answered["Content-Type"] == "application/problem+json", text
        return status, json.loads(text)

    async def begins(self) -> str:
        """Offer; the answer."""
        direction = "sendonly" if self._path.endswith("whip") else "recvonly"
        status, answer, headers = await self.ask("POST", "", self.peer.offer(AUDIO, VIDEO, direction=direction))
        assert (status, headers["Content-Type"]) == (201, "application/sdp; charset=utf-8"), answer
        self.location, self.etag = headers["Location"], headers["ETag"]
        return answer

    async def restarts(self, ufrag: str) -> str:
        """ICE; the fragment that answers."""
        status, answer, headers = await self.ask("PATCH", self.location, fragment(ufrag), If_Match="*")
        assert (status, headers["Content-Type"]) == (200, "application/trickle-ice-sdpfrag"), answer
        self.etag = headers["ETag"]
        return answer

    async def connects(self) -> None:
        await self.peer.connect(await self.begins())


async def lesson(server: ServerProcess) -> tuple[str, Member]:
    """A room, and its teacher in it."""
    room = await server.room("one_to_many")
    return room, await Member(server.ws, room, token("t", "teacher")).connect()


def device(server: ServerProcess, room: str, kind: str = "whip", *, sub: str = "d", role: str = "assistant") -> Client:
    return Client(server, f"/v1/rooms/{room}/{kind}", token(sub, role, room=room, name="Camera 1"))


def fragment(ufrag: str, password: str = "") -> str:
    """What a client says of ICE."""
    return lines(
        "a=ice-options:trickle ice2",
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password or ufrag * 4}",
        "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1",
        "a=end-of-candidates",
    )


async def close_peers() -> None:
    while PEERS:
        await PEERS.pop().close()
