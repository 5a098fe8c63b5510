"""Large classes over real sockets: one place for a voice and one for a face, and whoever speaks gets it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sfu.core.choice import Limits
from sfu.core.track import PRELUDE
from sfu.core.voices import HOLD_S
from sfu.shell.engine import MediaConfig, MediaEngine
from sfu.shell.wire import PlainWire
from tests.sfu.lesson import SOURCES, Lesson, video, voice
from tests.sfu.packets import AUDIO, VIDEO, VP8_DELTA, VP8_KEYFRAME
from tests.sfu.peer import WAIT_S, Peer
from tests.sfu.test_watcher import a_screen

SILENT, LOUD = 127, 30
TICK_S = 0.05


@pytest.fixture
async def engine(wire_for: type[PlainWire]) -> AsyncIterator[MediaEngine]:
    engine = await MediaEngine.start(MediaConfig(("127.0.0.1",), limits=Limits(microphones=1, cameras=1)))
    yield engine
    await engine.close()


async def speaker(lesson: Lesson, member: int) -> Peer:
    """Publishes a microphone `v<member>` and a camera `c<member>`."""
    peer, connected = lesson.peer(), lesson.engine.counters.connected
    tracks = {"0": f"v{member}", "1": f"c{member}"}
    await peer.connect(lesson.room.publish(member, peer.offer(AUDIO, VIDEO), tracks, SOURCES))
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    return peer


async def carried(lesson: Lesson) -> tuple[int, dict[str, str]]:
    return await asyncio.wait_for(lesson.heard.carried.get(), WAIT_S)


def fall_silent(lesson: Lesson) -> None:
    """Time passes for the room, and no packet comes."""
    lesson.room.tick(now=asyncio.get_running_loop().time() + HOLD_S + TICK_S)


@pytest.mark.rule("MEDIA-95")
async def test_another_speaker_makes_no_offer_and_the_sound_goes_on_in_one_stream(lesson: Lesson) -> None:
    one, two, three = [await speaker(lesson, member) for member in (1, 2, 3)]
    viewer = await lesson.viewer(9)
    one.send(voice(1, b"one"))
    first, payload = await viewer.packet()
    assert payload == b"one"
    got = [first]
    for member, peer in ((2, two), (3, three), (1, one)):
        fall_silent(lesson)
        for sequence in (500 * member, 500 * member + 1):
            peer.send(voice(sequence, b"%d" % member))
        assert await carried(lesson) == (9, {"0": f"v{member}", "1": "c1"})
        for _ in range(2):
            header, payload = await viewer.packet()
            assert payload == b"%d" % member
        got.append(header)
    assert {header.ssrc for header in got} == {first.ssrc}
    assert [header.sequence - first.sequence for header in got] == [0, 2, 4, 6]
    stamps = [(header.timestamp - first.timestamp) % (1 << 32) for header in got]
    assert stamps == sorted(stamps)
    assert stamps[-1] < WAIT_S * 48_000
    assert lesson.heard.offers.empty()


@pytest.mark.rule("MEDIA-90")
@pytest.mark.rule("MEDIA-92")
async def test_who_has_no_place_is_not_forwarded_while_another_speaks(lesson: Lesson) -> None:
    one, two = [await speaker(lesson, member) for member in (1, 2)]
    viewer = await lesson.viewer(9)
    for sequence in range(1, 11):
        one.send(voice(sequence, b"one", LOUD))
        two.send(voice(sequence, b"two", LOUD))
    assert {(await viewer.packet())[1] for _ in range(10)} == {b"one"}
    one.send(voice(11, b"last", LOUD))
    assert (await viewer.packet())[1] == b"last"
    assert lesson.heard.carried.empty()


@pytest.mark.rule("MEDIA-91")
async def test_silence_is_not_forwarded_and_nothing_of_the_first_syllable_is_lost(lesson: Lesson) -> None:
    publisher, viewer = await speaker(lesson, 1), await lesson.viewer(9)
    publisher.send(voice(1, b"1", LOUD))
    first, _ = await viewer.packet()
    fall_silent(lesson)
    for sequence in range(2, 20):
        publisher.send(voice(sequence, b"%d" % sequence, SILENT))
    publisher.send(voice(20, b"20", LOUD))
    came = [await viewer.packet() for _ in range(PRELUDE + 1)]
    assert [payload for _, payload in came] == [b"%d" % n for n in range(20 - PRELUDE, 21)]
    assert [header.sequence - first.sequence for header, _ in came] == list(range(1, PRELUDE + 2))
    assert came[-1][0].timestamp - first.timestamp == 19 * 960


@pytest.mark.rule("MEDIA-91")
@pytest.mark.rule("MEDIA-11")
async def test_what_was_said_behind_a_mute_stays_there(lesson: Lesson) -> None:
    publisher, viewer = await speaker(lesson, 1), await lesson.viewer(9)
    lesson.room.mute("v1", on=True)
    publisher.send(voice(1, b"secret", LOUD))
    publisher.send(voice(2, b"secret", SILENT))
    publisher.send(video(1, VP8_KEYFRAME))
    assert (await viewer.packet())[0].payload_type == 96  # so those before have come, too
    lesson.room.mute("v1", on=False)
    publisher.send(voice(3, b"open", LOUD))
    assert (await viewer.packet())[1] == b"open"


@pytest.mark.rule("MEDIA-93")
async def test_a_teacher_takes_the_place_of_a_pupil_who_speaks(lesson: Lesson) -> None:
    pupil, teacher, connected = await speaker(lesson, 1), lesson.peer(), lesson.engine.counters.connected
    await teacher.connect(lesson.room.publish(2, teacher.offer(AUDIO), {"0": "v2"}, SOURCES, first=True))
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    viewer = await lesson.viewer(9)
    pupil.send(voice(1, b"pupil", LOUD))
    assert (await viewer.packet())[1] == b"pupil"
    teacher.send(voice(1, b"teacher", 60))
    assert (await viewer.packet())[1] == b"teacher"
    pupil.send(voice(2, b"pupil", 0))
    teacher.send(voice(2, b"teacher", 60))
    assert (await viewer.packet())[1] == b"teacher"


@pytest.mark.rule("MEDIA-94")
@pytest.mark.rule("MEDIA-95")
async def test_the_picture_of_who_spoke_comes_in_the_same_stream_at_a_keyframe(lesson: Lesson) -> None:
    one, two = [await speaker(lesson, member) for member in (1, 2)]
    viewer = await lesson.viewer(9)
    one.send(video(1, VP8_KEYFRAME))
    before, _ = await viewer.packet()
    now = asyncio.get_running_loop().time()
    for n in range(60):
        lesson.room._speakers.heard(2, LOUD, now=now + n * TICK_S)
        lesson.room.tick(now=now + n * TICK_S)
    assert await carried(lesson) == (9, {"0": "v1", "1": "c2"})
    one.send(video(2, VP8_KEYFRAME))
    two.send(video(700, VP8_DELTA))
    two.send(video(701, VP8_KEYFRAME))
    after, payload = await viewer.packet()
    assert payload == VP8_KEYFRAME
    assert (after.ssrc, after.sequence) == (before.ssrc, before.sequence + 1)
    assert lesson.heard.offers.empty()
    lesson.room.stage([1])
    assert (await lesson.heard.offered()).tracks == {"0": "v1", "1": "c2", "2": "c1"}  # one more than before


@pytest.mark.rule("MEDIA-95")
async def test_who_comes_after_another_has_gone_is_received_without_an_offer(lesson: Lesson) -> None:
    await speaker(lesson, 1)
    viewer = await lesson.viewer(9)
    lesson.room.leave(1)
    assert await carried(lesson) == (9, {})
    two = await speaker(lesson, 2)
    assert await carried(lesson) == (9, {"0": "v2", "1": "c2"})
    two.send(voice(1, b"two", LOUD))
    assert (await viewer.packet())[1] == b"two"
    assert lesson.heard.offers.empty()


@pytest.mark.rule("MEDIA-95")
async def test_a_place_that_changes_while_an_offer_is_out_is_filled_when_it_is_answered(lesson: Lesson) -> None:
    one, two = [await speaker(lesson, member) for member in (1, 2)]
    lesson.room.subscribe(9)
    offer = await lesson.heard.offered()
    assert offer.tracks == {"0": "v1", "1": "c1"}
    two.send(voice(1, b"two", LOUD))
    assert await carried(lesson) == (9, {"0": "v2", "1": "c1"})
    viewer, connected = lesson.peer(), lesson.engine.counters.connected
    lesson.room.answer(9, offer.number, viewer.answer(offer.text))
    await viewer.connect(offer.text)
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    one.send(voice(1, b"one", LOUD))
    two.send(voice(2, b"two", LOUD))
    assert (await viewer.packet())[1] == b"two"


@pytest.mark.rule("MEDIA-76")
@pytest.mark.rule("MEDIA-93")
async def test_a_screen_hears_the_teacher_whoever_has_the_place(lesson: Lesson) -> None:
    pupil, teacher, connected = await speaker(lesson, 1), lesson.peer(), lesson.engine.counters.connected
    offer = teacher.offer(AUDIO)
    answer = lesson.room.publish(7, offer, {"0": "v7"}, {"0": "microphone"}, teacher=True, first=True)
    await teacher.connect(answer)
    await lesson.until(lambda: lesson.engine.counters.connected > connected)
    screen = await a_screen(lesson)
    pupil.send(voice(1, b"pupil"))
    for sequence in (1, 2):
        teacher.send(voice(sequence, b"breath", SILENT))
    teacher.send(voice(3, b"teacher"))
    assert [(await screen.packet())[1] for _ in range(3)] == [b"breath", b"breath", b"teacher"]
