from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sfu.core.sections import SECTIONS_MAX, Carried, Sections


def voice(member: int) -> Carried:
    return Carried(f"v{member}", member, "microphone", "audio")


def camera(member: int) -> Carried:
    return Carried(f"c{member}", member, "camera", "video")


def fresh(**needed: int) -> Sections:
    numbers = count(100)
    sections = Sections(lambda: next(numbers))
    sections.grow(needed)
    return sections


def test_there_are_as_many_sections_as_are_needed_each_with_its_own_ssrcs() -> None:
    sections = fresh(microphone=1, camera=1)
    assert [(s.mid, s.kind, s.ssrc, s.rtx_ssrc) for s in sections] == [("0", "audio", 100, 0), ("1", "video", 101, 102)]
    assert not sections.grow({"microphone": 1, "camera": 0})
    assert sections.grow({"microphone": 2})
    assert [s.mid for s in sections] == ["0", "1", "2"]


def test_what_a_section_carries_changes_and_its_ssrc_does_not() -> None:
    sections = fresh(microphone=1)
    assert sections.carry([voice(1)])
    assert not sections.carry([voice(1)])
    [section] = sections
    ssrc = section.ssrc
    assert sections.carry([voice(2)])
    assert (sections.tracks(), section.ssrc) == ({"0": "v2"}, ssrc)
    assert sections.carry([])
    assert sections.tracks() == {}


def test_a_section_is_of_its_source() -> None:
    sections = fresh(camera=1)
    sections.carry([Carried("t3", 1, "screen", "video")])
    assert sections.tracks() == {}


def test_faces_go_with_voices_and_screens_with_their_sound() -> None:
    sections = fresh(microphone=2, camera=2, screen=1, screen_audio=1)
    sections.carry([voice(1), voice(2)])
    sections.carry([voice(1), voice(2), camera(2), camera(1)])
    assert {s.carried.track: s.stream for s in sections if s.carried} == {
        "v1": "member0",
        "c1": "member0",
        "v2": "member1",
        "c2": "member1",
    }
    assert len({s.stream for s in sections if s.source.startswith("screen")}) == 1


def test_an_id_that_means_another_track_gets_another_section() -> None:
    sections = fresh(camera=1, microphone=1)
    sections.carry([Carried("t1", 1, "camera", "video")])
    assert sections.carry([Carried("t1", 1, "microphone", "audio")])
    assert sections.tracks() == {"1": "t1"}


def test_sections_are_bounded() -> None:
    assert len(list(fresh(camera=SECTIONS_MAX + 5))) == SECTIONS_MAX


@given(st.lists(st.sets(st.integers(1, 9), max_size=4), max_size=20))
def test_who_stays_among_the_chosen_stays_where_they_are(choices: list[set[int]]) -> None:
    sections, before = fresh(microphone=4), dict[str, str]()
    for chosen in choices:
        sections.carry(voice(member) for member in sorted(chosen))
        tracks = sections.tracks()
        assert sorted(tracks.values()) == sorted(f"v{member}" for member in chosen)
        assert all(tracks[mid] == track for mid, track in before.items() if track in tracks.values())
        before = tracks
