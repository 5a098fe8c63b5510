"""Connections over real sockets: offers and answers, who is let in, who moves, who ends, who is silent."""

import asyncio
from itertools import pairwise

import pytest

from sfu.core import rtcp
from sfu.core.intake import OUR_SSRC
from sfu.core.sdp import BadSdp, Fingerprint
from sfu.shell.dtls import Dtls
from sfu.shell.transport import Transport
from sfu.shell.viewer import BEAT_S
from tests.sfu import packets
from tests.sfu.lesson import SOURCES, TRACKS, Lesson, message, voice
from tests.sfu.packets import AUDIO, FINGERPRINT, VIDEO
from tests.sfu.peer import CERTIFICATE, WAIT_S


@pytest.mark.rule("MEDIA-8")
async def test_what_is_no_offer_is_refused_and_the_old_connection_goes_on(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    with pytest.raises(BadSdp):
        lesson.room.publish(1, "rubbish", TRACKS, SOURCES)
    with pytest.raises(BadSdp):
        lesson.room.publish(1, packets.offer(AUDIO), {"7": "t1"}, SOURCES)
    publisher.send(voice(1))
    await viewer.packet()


@pytest.mark.rule("MEDIA-8")
async def test_an_answer_that_does_not_fit_is_refused_and_a_good_one_still_taken(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), lesson.peer()
    lesson.room.subscribe(2)
    offer = await lesson.heard.offered()
    good = viewer.answer(offer.text)
    for bad in ("", good.replace("a=mid:1", "a=mid:9"), good.replace("setup:active", "setup:passive")):
        with pytest.raises(BadSdp):
            lesson.room.answer(2, offer.number, bad)
    lesson.room.answer(2, offer.number, good)
    await viewer.connect(offer.text)
    await lesson.until(lambda: lesson.engine.counters.connected == 2)
    publisher.send(voice(1))
    await viewer.packet()


@pytest.mark.rule("MEDIA-10")
async def test_a_client_with_another_certificate_than_it_said_is_not_let_in(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer = lesson.peer()
    lesson.room.subscribe(2)
    offer = await lesson.heard.offered()
    lesson.room.answer(2, offer.number, viewer.answer(offer.text, fingerprint=FINGERPRINT))
    await viewer.connect(offer.text)
    await lesson.until(lambda: lesson.engine.counters.failed == 1)
    assert lesson.engine.counters.connected == 1


async def test_a_client_may_be_faster_than_its_answer(lesson: Lesson) -> None:
    """What it said too early has not to be said again."""
    publisher, viewer = await lesson.publisher(), lesson.peer()
    said, wire = set[bytes](), viewer._dtls._wire
    assert wire is not None

    def once(record: bytes) -> None:
        if record[13:] not in said:  # behind the header, which has a number of its own: RFC 6347 4.1
            said.add(record[13:])
            viewer.send_raw(record)

    wire._out = once
    lesson.room.subscribe(2)
    offer = await lesson.heard.offered()
    await viewer.check(offer.text)
    securing = asyncio.create_task(viewer.secure())
    before = lesson.engine.counters.packets_in
    await lesson.until(lambda: lesson.engine.counters.packets_in > before)
    lesson.room.answer(2, offer.number, viewer.answer(offer.text))
    await securing
    await lesson.until(lambda: lesson.engine.counters.connected == 2)
    publisher.send(voice(1))
    await viewer.packet()


async def test_handshakes_are_bounded_and_who_waits_gets_in_later(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sfu.core.places.PLACES_MAX", 0)
    publishing = asyncio.create_task(lesson.publisher())
    await lesson.until(lambda: lesson.engine.counters.dropped["handshakes"] > 0)
    assert lesson.engine.counters.connected == 0
    monkeypatch.undo()
    await asyncio.wait_for(publishing, WAIT_S)


async def stall(lesson: Lesson, member: int) -> None:
    """Begin a handshake, and say the same hello again and again."""
    peer, said = lesson.peer(), asyncio.Queue[bytes]()
    await peer.check(lesson.room.publish(member, peer.offer(AUDIO), {"0": f"t{member}"}, SOURCES))
    deaf = Dtls(CERTIFICATE, said.put_nowait, role="client")
    async with asyncio.TaskGroup() as group:
        group.create_task(deaf.handshake([Fingerprint("sha-256", FINGERPRINT)]))
        hello = await said.get()
        while True:
            peer.send_raw(hello)
            await asyncio.sleep(0.03)


@pytest.mark.rule("MEDIA-67")
async def test_clients_that_stall_in_their_handshake_give_way_to_those_that_come(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sfu.core.places.PLACES_MAX", 3)
    monkeypatch.setattr("sfu.core.places.STALLED_S", 0.3)
    stalling = [asyncio.create_task(stall(lesson, member)) for member in (7, 8, 9)]
    await lesson.until(lambda: lesson.engine._hub.handshakes.full)
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1, b"sound"))
    assert (await viewer.packet())[1] == b"sound"
    for one in stalling:
        one.cancel()
    await asyncio.wait(stalling)


@pytest.mark.rule("MEDIA-12")
async def test_one_offer_is_outstanding_and_changes_meanwhile_make_one_more(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer, others = lesson.peer(), [lesson.peer(), lesson.peer()]
    lesson.room.subscribe(9)
    first = await lesson.heard.offered()
    assert first.tracks == TRACKS
    for member, other in enumerate(others, 2):
        lesson.room.publish(member, other.offer(AUDIO), {"0": f"t{member + 1}"}, SOURCES)
    await asyncio.sleep(0)
    lesson.room.stop("t1")
    assert lesson.heard.offers.empty()
    lesson.room.answer(9, first.number - 1, "an answer to an older offer is not even read")
    lesson.room.answer(9, first.number, viewer.answer(first.text))
    second = await lesson.heard.offered()
    assert second.number > first.number
    assert second.tracks == {"0": "t4", "1": "t2", "2": "t3"}  # t3 not beside the face of another


async def test_a_member_does_not_receive_its_own_tracks(lesson: Lesson) -> None:
    await lesson.publisher(1)
    lesson.room.subscribe(1)
    lesson.room.subscribe(2)
    assert (await lesson.heard.offered()).member == 2
    assert lesson.heard.offers.empty()


@pytest.mark.rule("MEDIA-13")
async def test_when_a_publisher_ends_its_connection_its_tracks_stop(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    await publisher.close()
    stopped = {await asyncio.wait_for(lesson.heard.stopped.get(), WAIT_S) for _ in TRACKS}
    assert stopped == {"t1", "t2"}


@pytest.mark.rule("MEDIA-13")
async def test_an_end_is_noticed_after_media_too(lesson: Lesson) -> None:
    """From the first packet on nothing of OpenSSL is kept."""
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    await viewer.packet()
    viewer.send_rtcp(rtcp.pli(1, 1))
    await publisher.close()
    assert {await asyncio.wait_for(lesson.heard.stopped.get(), WAIT_S) for _ in TRACKS} == {"t1", "t2"}
    lesson.room.leave(2)
    await asyncio.wait_for(viewer.ended.wait(), WAIT_S)


async def test_a_track_taken_out_of_the_offer_stops_and_the_others_go_on(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    text = publisher.offer(AUDIO, VIDEO)
    answer = lesson.room.publish(1, text, {"0": "t1"}, SOURCES)
    assert "a=inactive" in answer.split("m=")[2]
    assert await asyncio.wait_for(lesson.heard.stopped.get(), WAIT_S) == "t2"
    assert await asyncio.wait_for(lesson.heard.carried.get(), WAIT_S) == (2, {"0": "t1"})
    publisher.send(voice(1))
    await viewer.packet()
    assert lesson.heard.offers.empty()


async def test_the_same_tracks_from_a_new_connection_go_on_for_viewers(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    publisher.send(voice(1))
    before, _ = await viewer.packet()
    again = lesson.peer()
    text = again.offer(AUDIO, VIDEO).replace("theirs", "others").replace("o=- 1 ", "o=- 2 ")
    await again.connect(lesson.room.publish(1, text, TRACKS, SOURCES))
    await asyncio.wait_for(publisher.ended.wait(), WAIT_S)
    await lesson.until(lambda: lesson.engine.counters.connected == 3)
    again.send(voice(700))
    after, _ = await viewer.packet()
    assert (after.ssrc, after.sequence) == (before.ssrc, before.sequence + 1)
    assert lesson.heard.offers.empty()


async def test_a_client_may_move_to_another_address(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    viewer, connected = lesson.peer(), lesson.engine.counters.connected
    lesson.room.subscribe(2)
    offer = await lesson.heard.offered()
    lesson.room.answer(2, offer.number, viewer.answer(offer.text))
    await viewer.connect(offer.text)
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    await viewer.check(offer.text)
    publisher.send(voice(1))
    await viewer.packet()


async def test_subscribing_again_begins_a_new_connection(lesson: Lesson) -> None:
    await lesson.publisher()
    old = await lesson.viewer()
    lesson.room.subscribe(2)
    offer = await lesson.heard.offered()
    await asyncio.wait_for(old.ended.wait(), WAIT_S)
    assert offer.tracks == TRACKS


@pytest.mark.rule("MEDIA-14")
async def test_who_speaks_is_said(lesson: Lesson) -> None:
    publisher = await lesson.publisher(member=1)
    for sequence in range(20):
        publisher.send(voice(sequence, level=0x80 | 10))
    assert await asyncio.wait_for(lesson.heard.spoke.get(), WAIT_S) == (1,)


@pytest.mark.rule("MEDIA-68")
async def test_a_viewer_to_whom_nothing_is_forwarded_hears_from_the_server_all_the_same(lesson: Lesson) -> None:
    await lesson.publisher()
    viewer = await lesson.viewer()
    while not viewer.rtcp.empty():
        viewer.rtcp.get_nowait()
    words = [await message(viewer, rtcp.ReceiverReport) for _ in range(3)]
    assert words == [rtcp.ReceiverReport(())] * 3


@pytest.mark.rule("MEDIA-68")
async def test_a_publisher_who_publishes_nothing_any_more_hears_from_the_server_all_the_same(lesson: Lesson) -> None:
    publisher = await lesson.publisher()
    publisher.send(voice(1, b"sound"))
    await message(publisher, rtcp.ReceiverReport)
    for track in TRACKS.values():
        lesson.room.stop(track)
    while await message(publisher, rtcp.ReceiverReport) != rtcp.ReceiverReport(()):
        pass


@pytest.mark.rule("MEDIA-68")
async def test_a_viewer_hears_from_the_server_every_half_second(
    lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the ticks that it takes for other things."""
    await lesson.publisher()
    await lesson.viewer()
    said: list[float] = []
    now = asyncio.get_running_loop().time() + 1
    monkeypatch.setattr(Transport, "send_rtcp", lambda transport, packet: said.append(now))
    viewer = lesson.room._viewers[2]
    for _ in range(600):
        if now >= viewer.due_at:
            viewer.tick(now=now)
        now += 0.0506
    beats = sorted(set(said))
    assert 58 < len(beats) < 64
    assert max(after - before for before, after in pairwise(beats)) < 0.56


@pytest.mark.rule("MEDIA-68")
async def test_a_viewer_to_whom_media_flows_hears_that(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = await lesson.publisher()
    peer = await lesson.viewer()
    publisher.send(voice(1))
    await peer.packet()
    beats: list[bytes] = []
    monkeypatch.setattr(Transport, "send_rtcp", lambda transport, packet: beats.append(packet))
    viewer = lesson.room._viewers[2]
    spoke_at = next(copy.newest.at for copy in viewer._copies.values() if copy.newest is not None)
    monkeypatch.setattr(viewer, "_beat_at", spoke_at + 0.4)
    monkeypatch.setattr(viewer, "_look_at", spoke_at + 1)
    for after in (0.4, 0.49):
        viewer.tick(now=spoke_at + after)
        assert beats == []
        assert viewer.due_at == spoke_at + BEAT_S
    viewer.tick(now=spoke_at + BEAT_S)
    assert beats == [rtcp.receiver_report(OUR_SSRC, ())]


@pytest.mark.rule("MEDIA-15")
async def test_a_client_silent_for_thirty_seconds_is_given_up_and_offered_a_new_connection(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    lesson.room.tick(now=asyncio.get_running_loop().time() + 31)
    await asyncio.wait_for(asyncio.gather(viewer.ended.wait(), publisher.ended.wait()), WAIT_S)
    assert {await asyncio.wait_for(lesson.heard.stopped.get(), WAIT_S) for _ in TRACKS} == {"t1", "t2"}
    lesson.room.publish(3, lesson.peer().offer(AUDIO), {"0": "t3"}, SOURCES)
    offer = await lesson.heard.offered()
    assert (offer.member, offer.tracks) == (2, {"0": "t3"})


async def test_a_member_who_left_is_disconnected_and_the_room_is_told_nothing_it_knows(lesson: Lesson) -> None:
    publisher, viewer = await lesson.publisher(), await lesson.viewer()
    lesson.room.leave(1)
    lesson.room.leave(2)
    await asyncio.wait_for(asyncio.gather(viewer.ended.wait(), publisher.ended.wait()), WAIT_S)
    assert lesson.heard.stopped.empty()
    assert lesson.heard.offers.empty()
