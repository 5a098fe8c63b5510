import pytest

from sfu.core.speakers import Speakers


@pytest.mark.rule("MEDIA-14")
def test_who_speaks_is_said_when_it_changes_and_at_most_every_200_ms() -> None:
    speakers = Speakers()
    for _ in range(20):
        speakers.heard(2, 20, now=1.0)
        speakers.heard(3, 120, now=1.0)
    assert speakers.changed(now=1.0) == (2,)
    for _ in range(20):
        speakers.heard(1, 20, now=1.1)
    assert [speakers.changed(now=now) for now in (1.1, 1.19, 1.21, 1.5)] == [None, None, (1, 2), None]
    assert speakers.changed(now=1.85) == (1,)
    assert speakers.changed(now=2.2) == ()
    assert speakers.changed(now=3.0) is None


def test_one_loud_packet_is_not_speech() -> None:
    speakers = Speakers()
    speakers.heard(1, 0, now=0.0)
    assert speakers.changed(now=0.0) is None


def test_who_has_gone_is_not_speaking() -> None:
    speakers = Speakers()
    for _ in range(20):
        speakers.heard(1, 0, now=0.0)
    speakers.forget(1)
    assert speakers.changed(now=0.0) is None
