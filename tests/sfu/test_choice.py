import pytest

from sfu.core.choice import SCREENS_MAX, Choice, Limits
from sfu.core.publishing import KIND_OF_SOURCE
from sfu.core.sections import Carried


def choice(limits: Limits = Limits()) -> Choice:  # noqa: B008  frozen
    return Choice(limits)


def publish(to: Choice, member: int, *sources: str) -> None:
    for source in sources:
        to.add(Carried(f"{source}-{member}", member, source, KIND_OF_SOURCE[source]))


@pytest.mark.rule("MEDIA-95")
def test_an_audience_of_two_needs_no_more_sections_than_two_are_sent() -> None:
    room = choice()
    publish(room, 1, "microphone", "camera")
    publish(room, 2, "microphone")
    assert room.needed([1, 2]) == {
        1: {"microphone": 1, "camera": 0, "screen": 0, "screen_audio": 0},
        2: {"microphone": 1, "camera": 1, "screen": 0, "screen_audio": 0},
    }


@pytest.mark.rule("MEDIA-90")
def test_a_class_of_300_with_40_microphones_costs_a_viewer_four_streams_of_sound() -> None:
    room = choice()
    for member in range(1, 41):
        publish(room, member, "microphone", "camera")
    for n in range(200):
        for member in range(1, 41):
            room.voices.heard(f"microphone-{member}", 20 + member, now=n * 0.02)
    room.faces.stage([1, 2])
    assert room.needed([300])[300] == {"microphone": 4, "camera": 11, "screen": 0, "screen_audio": 0}
    assert sum(track.startswith("microphone") for track in room.chosen()) == 4
    assert sum(room.voices.flows(f"microphone-{member}") for member in range(1, 41)) == 4


def test_screens_come_as_they_are_up_to_a_bound() -> None:
    room = choice(Limits(microphones=1, cameras=1))
    for member in range(SCREENS_MAX + 2):
        publish(room, member, "screen", "screen_audio")
    assert len(room.chosen()) == 2 * SCREENS_MAX
    room.remove("screen-0")
    assert f"screen-{SCREENS_MAX}" in room.chosen()
