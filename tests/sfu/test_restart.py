"""ICE restarts over real sockets: new credentials and addresses, the same keys, packets and tracks."""

import asyncio
import re

import pytest

from sfu.core import rtcp
from sfu.core.ice import Credentials
from sfu.core.sdp import BadSdp, parse
from tests.sfu.lesson import SOURCES, TRACKS, Lesson, voice
from tests.sfu.packets import AUDIO, VIDEO
from tests.sfu.peer import WAIT_S


def session_of(text: str) -> str:
    found = re.search(r"^o=- (\d+) ", text, re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.rule("MEDIA-64")
async def test_a_publisher_restarts_ice_and_its_packets_go_on(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1, b"before"))
    before, _ = await viewer.packet()
    again = publisher.offer(AUDIO, VIDEO).replace("theirs", "restarted")
    first = lesson.room._publishers[1].transport.local.credentials
    answer = lesson.room.publish(1, again, TRACKS, SOURCES)
    assert parse(answer).security.ufrag != first.ufrag
    publisher.send(voice(2, b"meanwhile"))
    assert (await viewer.packet())[1] == b"meanwhile"
    await publisher.check(answer)
    publisher.send(voice(3, b"after"))
    after, payload = await viewer.packet()
    assert (payload, after.ssrc, after.sequence) == (b"after", before.ssrc, before.sequence + 2)
    assert lesson.engine.counters.connected == 2
    assert lesson.heard.stopped.empty()
    assert lesson.heard.offers.empty()


@pytest.mark.rule("MEDIA-64")
async def test_a_viewer_restarts_ice_and_what_it_receives_goes_on(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    before, _ = await viewer.packet()
    old = lesson.room._viewers[2].transport.local
    lesson.room.restart(2)
    offer = await lesson.heard.offered()
    assert (session_of(offer.text), offer.tracks) == (str(old.session), TRACKS)
    ufrag = parse(offer.text).security.ufrag
    assert ufrag != old.credentials.ufrag
    assert ufrag[:4] == old.credentials.ufrag[:4]  # what its page shows
    publisher.send(voice(2))
    await viewer.packet()
    lesson.room.answer(2, offer.number, viewer.answer(offer.text).replace("theirs", "restarted"))
    await viewer.check(offer.text)
    publisher.send(voice(3))
    after, _ = await viewer.packet()
    assert (after.ssrc, after.sequence) == (before.ssrc, before.sequence + 2)
    assert lesson.engine.counters.connected == 2


@pytest.mark.rule("MEDIA-64")
async def test_the_old_credentials_hold_until_the_new_ones_are_used(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    old = viewer._theirs
    assert old is not None
    for _ in range(3):  # the client follows none of these
        lesson.room.restart(2)
        offer = await lesson.heard.offered()
        lesson.room.answer(2, offer.number, viewer.answer(offer.text))
    names = lesson.engine._hub.port._by_ufrag
    assert len(names) == 3  # the publisher's, the viewer's in use, its newest
    assert old.ufrag in names
    await viewer.check(offer.text)
    assert len(names) == 2
    assert old.ufrag not in names
    publisher.send(voice(1))
    await viewer.packet()
    lesson.room.leave(1)
    lesson.room.leave(2)
    assert not names


@pytest.mark.rule("MEDIA-64")
@pytest.mark.parametrize("kind", ["whip", "whep"])
async def test_a_device_that_restarts_again_and_again_piles_nothing_up(lesson: Lesson, kind: str) -> None:
    device, names = lesson.peer(), lesson.engine._hub.port._by_ufrag
    if kind == "whip":
        await device.connect(lesson.room.publish(1, device.offer(AUDIO, VIDEO), TRACKS, SOURCES))
    else:
        await device.connect(lesson.room.watch(1, device.offer(AUDIO, VIDEO, direction="recvonly"), (5, 1)))
    [old] = names
    for n in range(3):
        ours = lesson.room.renew(1, Credentials(f"{n}changed", "p" * 24))
        assert len(names) == 2
        assert old in names
    assert ours is not None
    await device.check_again(ours)
    [new] = names
    assert new != old
    lesson.room.leave(1)
    assert not names
    assert lesson.room.renew(1, Credentials("changed", "p" * 24)) is None


async def test_a_restart_waits_for_the_answer_that_is_due(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer = await lesson.viewer()
    lesson.room.publish(3, lesson.peer().offer(AUDIO), {"0": "t3"}, SOURCES)
    due = await lesson.heard.offered()
    lesson.room.restart(2)
    await asyncio.sleep(0)
    assert lesson.heard.offers.empty()
    lesson.room.answer(2, due.number, viewer.answer(due.text))
    restarted = await lesson.heard.offered()
    assert parse(restarted.text).security.ufrag != parse(due.text).security.ufrag


async def test_an_answer_may_have_other_credentials_only_when_asked_to(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer = await lesson.viewer()
    lesson.room.publish(3, lesson.peer().offer(AUDIO), {"0": "t3"}, SOURCES)
    offer = await lesson.heard.offered()
    with pytest.raises(BadSdp, match="another connection"):
        lesson.room.answer(2, offer.number, viewer.answer(offer.text).replace("theirs", "others"))
    lesson.room.answer(2, offer.number, viewer.answer(offer.text))
    lesson.room.restart(2)
    again = await lesson.heard.offered()
    with pytest.raises(BadSdp, match="another connection"):
        lesson.room.answer(2, again.number, viewer.answer(again.text, fingerprint=":".join(["CD"] * 32)))


async def test_who_receives_nothing_yet_has_nothing_to_restart(lesson: Lesson) -> None:
    lesson.room.restart(2)
    lesson.room.subscribe(2)
    lesson.room.restart(2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert lesson.heard.offers.empty()


@pytest.mark.rule("MEDIA-15")
async def test_a_restart_gives_thirty_seconds_anew(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    now = asyncio.get_running_loop().time()
    transport = lesson.room._viewers[2].transport
    transport._silent_since = now - 29
    lesson.room.restart(2)
    await lesson.heard.offered()
    transport.tick(now=now + 29)
    publisher.send(voice(1))
    await viewer.packet()
    transport.tick(now=now + 40)
    await asyncio.wait_for(viewer.ended.wait(), WAIT_S)


@pytest.mark.rule("MEDIA-15")
async def test_a_client_that_reports_is_not_silent_and_one_that_forges_is(lesson: Lesson) -> None:
    """libnice checks no more once it is connected."""
    await lesson.publisher()
    viewer = await lesson.viewer()
    now, counters = asyncio.get_running_loop().time(), lesson.engine.counters
    transport = lesson.room._viewers[2].transport
    transport._silent_since = now - 29
    viewer.send_rtcp(rtcp.receiver_report(1, ()))
    await lesson.until(lambda: (transport._silent_since or 0.0) >= now)
    transport._silent_since = now - 29
    viewer.send_raw(bytes.fromhex("80c90001") + bytes(30))
    await lesson.until(lambda: counters.dropped["srtp"] == 1)
    transport.tick(now=now + 2)
    await asyncio.wait_for(viewer.ended.wait(), WAIT_S)


@pytest.mark.rule("MEDIA-15")
async def test_who_only_restarts_again_and_again_is_silent(lesson: Lesson) -> None:
    """Else media would flow for ever to where nobody wants it any more."""
    screen = lesson.peer()
    await screen.connect(lesson.room.watch(1, screen.offer(AUDIO, VIDEO, direction="recvonly"), (5, 1)))
    transport = lesson.room._watchers[1][0].transport
    for number in range(2):
        assert transport._silent_since is not None
        transport._silent_since -= 29
        assert lesson.room.renew(1, Credentials(f"again{number}", "p" * 24)) is not None
        transport.tick(now=asyncio.get_running_loop().time())
        assert 1 in lesson.room._watchers
    transport.tick(now=asyncio.get_running_loop().time() + 2)
    assert 1 not in lesson.room._watchers


@pytest.mark.rule("MEDIA-15")
async def test_a_client_whose_tcp_ended_may_come_back_for_thirty_seconds(lesson: Lesson) -> None:
    publisher = lesson.peer()
    answer = lesson.room.publish(1, publisher.offer(AUDIO), {"0": "t1"}, SOURCES)
    await publisher.check(answer, tcp=lesson.engine.tcp_port)
    await publisher.secure()
    await lesson.until(lambda: lesson.engine.counters.connected == 1)
    viewer = await lesson.viewer()
    assert publisher.tcp is not None
    publisher.tcp.abort()
    transport = lesson.room._publishers[1].transport
    await lesson.until(lambda: transport.lane is None)
    transport.send_rtcp(rtcp.pli(1, 1))  # leads nowhere
    publisher.tcp = None
    await publisher.check(answer)
    publisher.send(voice(1, b"back"))
    assert (await viewer.packet())[1] == b"back"
