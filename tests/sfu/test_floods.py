"""Floods over real sockets: what strangers send is bounded before any cryptography, and a lesson goes on meanwhile."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from aioice import stun

from sfu.core.flood import CHECKS_BURST, RECORDS_BURST, STRANGER_BURST
from sfu.core.stun import BindingRequest, Key
from tests.sfu.lesson import Lesson, voice
from tests.sfu.packets import AUDIO

FLOOD = 2_000


def check(ufrag: str, password: str = "q" * 32) -> bytes:
    request = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, secrets.token_bytes(12), {"USERNAME": f"{ufrag}:theirs"}
    )
    request.add_message_integrity(password.encode())
    return bytes(request)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """An entry for each check whose HMAC was computed."""
    found: list[None] = []
    signed_by = BindingRequest.signed_by

    def noting(request: BindingRequest, key: Key) -> bool:
        found.append(None)
        return signed_by(request, key)

    monkeypatch.setattr(BindingRequest, "signed_by", noting)
    return found


@pytest.fixture
def addresses() -> Iterator[list[socket.socket]]:
    """Two hundred strangers."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(200)]
        for number, sock in enumerate(sockets):
            sock.bind((f"127.9.0.{number + 1}", 0))
        yield sockets


async def flood(lesson: Lesson, sockets: list[socket.socket], datagram: bytes, count: int = FLOOD) -> None:
    """Send, and wait until all has been read."""
    before = lesson.engine.counters.packets_in
    for number in range(count):
        sockets[number % len(sockets)].sendto(datagram, ("127.0.0.1", lesson.engine.port))
    await lesson.until(lambda: lesson.engine.counters.packets_in >= before + count)


@pytest.mark.rule("MEDIA-62")
async def test_one_address_that_floods_is_not_read_and_others_come_in(
    lesson: Lesson, addresses: list[socket.socket], verified: list[None]
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    names = lesson.engine._hub.port._by_ufrag
    known, signed = len(names), len(verified)
    await flood(lesson, addresses[:1], check("nobody"))
    dropped = lesson.engine.counters.dropped
    assert dropped["bad_stun"] < FLOOD / 2
    assert dropped["bad_stun"] >= STRANGER_BURST
    assert dropped["flood"] + dropped["bad_stun"] == FLOOD
    assert len(verified) == signed
    assert len(names) == known
    late = await lesson.viewer(3)
    publisher.send(voice(1, b"sound"))
    assert [(await one.packet())[1] for one in (viewer, late)] == [b"sound", b"sound"]


@pytest.mark.rule("MEDIA-63")
async def test_checks_of_one_connection_are_verified_so_often_whoever_sends_them(
    lesson: Lesson, addresses: list[socket.socket], verified: list[None]
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    before = len(verified)
    await flood(lesson, addresses, check(lesson.room._viewers[2].transport.local.credentials.ufrag))
    assert CHECKS_BURST <= len(verified) - before < FLOOD / 2
    assert len(lesson.engine._hub.port._by_address) == 2
    late = await lesson.viewer(3)
    publisher.send(voice(1, b"sound"))
    assert [(await one.packet())[1] for one in (viewer, late)] == [b"sound", b"sound"]


@pytest.mark.rule("MEDIA-63")
async def test_what_strangers_have_verified_is_bounded_in_all_and_whoever_is_in_stays(
    lesson: Lesson, addresses: list[socket.socket], verified: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    local = lesson.room._viewers[2].transport.local.credentials
    strangers = lesson.engine._hub.port._strangers
    monkeypatch.setattr(strangers, "may_prove", lambda *, now: False)  # others have used it up
    before, came = len(verified), lesson.engine.counters.packets_in
    await flood(lesson, addresses, check(local.ufrag), count=100)
    assert len(verified) == before
    viewer.send_raw(check(local.ufrag, local.password))
    await lesson.until(lambda: lesson.engine.counters.packets_in > came + 100)
    assert len(verified) == before + 1
    publisher.send(voice(1, b"sound"))
    assert (await viewer.packet())[1] == b"sound"


@pytest.mark.rule("MEDIA-66")
async def test_who_forges_the_address_of_another_does_not_take_it(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher, viewer, other = await lesson.publisher(), await lesson.viewer(2), await lesson.viewer(3)
    local = lesson.room._viewers[3].transport.local.credentials
    dropped = lesson.engine.counters.dropped
    viewer.send_raw(check(local.ufrag, local.password))  # as if it came from the viewer
    await lesson.until(lambda: dropped["taken"] == 1)
    publisher.send(voice(1, b"sound"))
    assert [(await one.packet())[1] for one in (viewer, other)] == [b"sound", b"sound"]
    monkeypatch.setattr("sfu.core.ice.HELD_S", 0.0)  # it has not been heard of for long
    viewer.send_raw(check(local.ufrag, local.password))
    await lesson.until(lambda: len(lesson.room._viewers[3].transport._paths.known()) == 2)


@pytest.mark.rule("MEDIA-62")
async def test_dtls_records_are_read_so_often(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    await viewer.packet()
    fed: list[bytes] = []

    def feed(record: bytes) -> bool:
        fed.append(record)
        return True

    monkeypatch.setattr(lesson.room._publishers[1].transport._dtls, "feed", feed)
    before = lesson.engine.counters.packets_in
    for _ in range(500):
        publisher.send_raw(b"\x17\xfe\xfd" + bytes(60))
    await lesson.until(lambda: lesson.engine.counters.packets_in >= before + 500)
    assert RECORDS_BURST / 2 < len(fed) < 300
    assert lesson.engine.counters.dropped["flood"] == 500 - len(fed)
    publisher.send(voice(2, b"sound"))
    assert (await viewer.packet())[1] == b"sound"


async def test_a_class_behind_one_address_comes_in_at_once(lesson: Lesson) -> None:
    await lesson.publisher()
    peers = [lesson.peer() for _ in range(50)]
    for member, peer in enumerate(peers, 10):
        answer = lesson.room.publish(member, peer.offer(AUDIO), {"0": f"x{member}"}, {"0": "microphone"})
        await peer.check(answer)
    assert lesson.engine.counters.dropped["flood"] == 0
