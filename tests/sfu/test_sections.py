from itertools import count

from sfu.core.sections import SECTIONS_MAX, Carried, Sections

CAMERA = Carried("t1", 1, "camera", "video")
VOICE = Carried("t2", 1, "microphone", "audio")
SCREEN = Carried("t3", 1, "screen", "video")


def fresh() -> Sections:
    numbers = count(100)
    return Sections(lambda: next(numbers))


def test_each_track_gets_a_section_and_ssrcs_of_its_own() -> None:
    sections = fresh()
    assert sections.update([CAMERA, VOICE])
    assert sections.tracks() == {"0": "t1", "1": "t2"}
    assert [(s.kind, s.ssrc, s.rtx_ssrc) for s in sections] == [("video", 100, 101), ("audio", 102, 0)]
    assert not sections.update([VOICE, CAMERA])


def test_a_section_rests_and_is_used_again_by_its_kind_with_new_ssrcs() -> None:
    sections = fresh()
    sections.update([CAMERA, VOICE])
    assert sections.update([VOICE])
    assert [s.mid for s in sections] == ["0", "1"]
    assert sections.tracks() == {"1": "t2"}
    assert sections.update([VOICE, SCREEN])
    assert sections.tracks() == {"0": "t3", "1": "t2"}
    assert next(iter(sections)).ssrc == 103


def test_an_id_that_means_another_track_gets_another_section() -> None:
    sections = fresh()
    sections.update([CAMERA])
    assert sections.update([Carried("t1", 1, "microphone", "audio")])
    assert sections.tracks() == {"1": "t1"}


def test_faces_go_with_voices_and_screens_with_their_sound() -> None:
    assert (CAMERA.stream, VOICE.stream, SCREEN.stream) == ("m1", "m1", "m1-screen")


def test_sections_are_bounded() -> None:
    sections = fresh()
    sections.update(Carried(f"t{n}", n, "camera", "video") for n in range(SECTIONS_MAX + 5))
    assert len(list(sections)) == SECTIONS_MAX
