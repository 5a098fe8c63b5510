"""A page of this host may open a WebSocket, one of another host only where the configuration names it."""

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from roomserver.shell.door import Refusal
from roomserver.shell.origin import welcome
from tests.roomserver.shell.front import UPGRADE, a_client, a_door, a_line, masked, talks

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://class.example.org", "class.example.org"),
        ("https://class.example.org", "class.example.org"),
        ("https://class.example.org", "class.example.org:443"),
        ("http://class.example.org:80", "Class.Example.org"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://[2001:db8::7]:8443", "[2001:db8::7]:8443"),
        ("https://friend.example.org", "class.example.org"),
        ("https://Friend.example.org", "class.example.org"),
    ],
)
def test_pages_that_may_connect(origin: str, host: str) -> None:
    assert welcome(Headers(Origin=origin, Host=host), {"https://friend.example.org"})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example.org", "class.example.org"),
        ("https://class.example.org.evil.org", "class.example.org"),
        ("https://class.example.org:8443", "class.example.org"),
        ("https://class.example.org", "class.example.org:8443"),
        ("http://class.example.org", "class.example.org:443"),
        ("http://friend.example.org", "class.example.org"),  # another scheme is another origin
        ("null", "class.example.org"),
        ("null", "null"),
        ("chrome-extension://abcdef", "abcdef"),
        ("https://", ""),
        ("https://[::1", "[::1"),
        ("https://a:b", "a:b"),
        ("", ""),
    ],
)
def test_pages_that_may_not(origin: str, host: str) -> None:
    assert not welcome(Headers(Origin=origin, Host=host), {"https://friend.example.org"})


def test_who_is_no_page_may_connect() -> None:
    assert welcome(Headers(Host="class.example.org"), ())


def test_two_origins_or_hosts_are_nobodys() -> None:
    twice = Headers(Origin="http://a", Host="a")
    twice["Origin"] = "http://a"
    hosts = Headers(Origin="http://a", Host="a")
    hosts["Host"] = "b"
    assert not welcome(twice, ())
    assert not welcome(hosts, ())
    assert not welcome(Headers(Origin="http://a"), ())


@pytest.mark.rule("DOOR-10")
async def test_a_strangers_page_is_refused_with_403_and_counted() -> None:
    async with a_door(origins=["https://Friend.example.org"]) as door:
        with pytest.raises(InvalidStatus) as refusal:
            await a_client(door, origin=Origin("https://evil.example.org"))
        assert refusal.value.response.status_code == 403
        assert (door.refused[Refusal.ORIGIN], door.refused[Refusal.HANDSHAKE]) == (1, 0)
        for origin in ("https://friend.example.org", f"http://127.0.0.1:{door.port}", None):
            async with a_client(door, origin=None if origin is None else Origin(origin)) as client:
                assert await talks(client)
        assert door.refused[Refusal.ORIGIN] == 1


@pytest.mark.rule("DOOR-10")
@pytest.mark.parametrize(("origin", "status"), [(b"http://evil.example.org", 403), (b"http://a", 101)])
async def test_a_connection_that_carried_http_is_looked_at_too(origin: bytes, status: int) -> None:
    async with a_door() as door, a_line(door) as line:
        line.say(GET + UPGRADE.replace(b"Host: a\r\n", b"Host: a\r\nOrigin: " + origin + b"\r\n"))
        assert (await line.response())[0] == 200
        assert (await line.response())[0] == status
        if status == 101:
            line.say(masked(b"word"))
            assert await line.frame() == b"word"
        else:
            assert await line.reader.read() == b""
            assert door.refused[Refusal.ORIGIN] == 1
