"""What whoever waits at the door of a device is told."""

import pytest

from protocol import notices as n
from protocol.codes import CloseCode, ErrorCode
from roomserver.shell.device import Device, TurnedAway


def device() -> Device:
    return Device(1, lambda: None)


async def test_each_question_gets_the_answer_that_has_its_id() -> None:
    camera = device()
    offer, restart, other = camera.ask(), camera.ask(), camera.ask()
    camera.say(n.Error(id=other, code=ErrorCode.UNAVAILABLE, message="away", retry_in_s=1.0))
    camera.say(n.Ok(id=restart, sdp="fragment"))
    camera.say(n.Ok(id=restart, sdp="again"))
    camera.say(n.Ok(id=99, sdp="nobody's"))
    camera.say(n.Error(id=98, code=ErrorCode.INVALID, message="nobody's"))
    camera.say(n.Ok(id=offer, sdp="answer"))
    assert [await camera.answer(offer), await camera.answer(restart)] == ["answer", "fragment"]
    with pytest.raises(TurnedAway, match="away") as turned:
        await camera.answer(other)
    assert (turned.value.code, turned.value.retry_in_s) == ("unavailable", 1.0)


async def test_nobody_waits_for_a_device_that_is_gone() -> None:
    ended: list[str] = []
    camera = Device(1, lambda: ended.append("ended"))
    first, second = camera.ask(), camera.ask()
    camera.say(n.Ok(id=first, sdp="answer"))
    camera.leave()
    assert await camera.answer(first) == "answer"
    with pytest.raises(TurnedAway, match="ended"):
        await camera.answer(second)
    camera.hang(CloseCode.ROOM_CLOSED, "the room is over")  # knows it already
    assert ended == []


async def test_a_device_that_is_hung_up_on_is_told_why() -> None:
    ended: list[str] = []
    camera = Device(1, lambda: ended.append("ended"))
    asked = [camera.ask(), camera.ask()]
    camera.hang(CloseCode.ROOM_CLOSED, "the room is over")
    for id in asked:
        with pytest.raises(TurnedAway) as turned:
            await camera.answer(id)
        assert turned.value.code == "room_closed"
    assert ended == ["ended"]
