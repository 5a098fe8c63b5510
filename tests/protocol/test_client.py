"""The client as a state machine: what it says after a lost connection, what it sends again and what never."""

from typing import Any

import pytest

from protocol import commands as c
from protocol import events as e
from protocol import notices as n
from protocol.client import Client
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import ErrorCode

from .messages import BOARD, LIMITS, PAGE, ROOM

IN_CHUNKS = {**BOARD, "pages": [{**PAGE, "chunks": 2}, {**PAGE, "page": 2, "chunks": 1}]}


def welcome(**fields: Any) -> n.Welcome:
    return n.Welcome(
        **{
            "id": 1,
            "session": "s-1",
            "member": 2,
            "next_shape": 1,
            "resumed": False,
            "epoch": 1,
            "seq": 10,
            "last_id": 0,
            "now_ms": 0,
            "limits": LIMITS,
            **fields,
        }
    )


class Talk:
    """A client and the server's side of its connection, as data."""

    def __init__(self, codec: Codec = JSON) -> None:
        self.client = Client(room="r-1", token="t", codec=codec)

    def hears(self, *messages: Any) -> list[c.Up]:
        """The server says these; what the client sends because of them."""
        sent: list[c.Up] = []
        for message in messages:
            data = self.client.codec.encode(message)
            known, frames = self.client.receive(data.decode() if self.client.codec.text else data)
            assert known == message
            sent += [self.client.codec.decode_up(frame) for frame in frames]
        return sent

    def says(self, command: type[c.RoomCommand], **fields: Any) -> c.Up:
        return self.client.codec.decode_up(self.client.command(lambda id: command(id=id, **fields)))

    def hello(self) -> c.Up:
        return self.client.codec.decode_up(self.client.hello())


@pytest.fixture(params=[JSON, MSGPACK], ids=["json", "msgpack"])
def talk(request: pytest.FixtureRequest) -> Talk:
    """A client that has been welcomed."""
    talk = Talk(request.param)
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t")
    assert talk.hears(welcome(room=ROOM, board=BOARD)) == []
    return talk


def test_a_welcome_says_who_one_is(talk: Talk) -> None:
    assert (talk.client.session, talk.client.member, talk.client.next_shape) == ("s-1", 2, 1)
    assert (talk.client.seq, talk.client.epoch) == (10, 1)


def test_commands_are_numbered_from_one(talk: Talk) -> None:
    assert talk.says(c.RaiseHand) == c.RaiseHand(id=1)
    assert talk.says(c.SendChat, text="x") == c.SendChat(id=2, text="x")


def test_ok_answers_all_before_it_and_an_error_only_its_own(talk: Talk) -> None:
    for text in "abcd":
        talk.says(c.SendChat, text=text)
    talk.hears(n.Ok(id=2))
    assert talk.client.unanswered == 2
    talk.hears(n.Error(id=4, code=ErrorCode.INVALID, message="no"))
    assert talk.client.unanswered == 1
    talk.hears(n.Ok(id=3))
    assert talk.client.unanswered == 0


@pytest.mark.rule("RESUME-4")
def test_after_a_lost_line_a_client_says_how_far_it_has_seen(talk: Talk) -> None:
    talk.hears(e.HandRaised(seq=12, member=3), e.StrokeExtended(15, 900, "3.1", (1, 1)), n.Speaking(members=(1,)))
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t", resume=c.Resume(session="s-1", epoch=1, seq=15))


@pytest.mark.rule("RESUME-4")
def test_a_snapshot_and_a_raised_epoch_move_what_a_client_has_seen(talk: Talk) -> None:
    talk.hears(n.Snapshot(seq=40, room=ROOM, board=BOARD), e.EpochRaised(seq=41, epoch=2, durable=40))
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t", resume=c.Resume(session="s-1", epoch=2, seq=41))


@pytest.mark.rule("RESUME-5")
def test_after_a_resume_a_client_sends_again_what_was_not_answered(talk: Talk) -> None:
    sent = [talk.says(c.SendChat, text=text) for text in "abcd"]
    talk.hears(n.Ok(id=1))
    talk.hello()
    assert talk.hears(welcome(resumed=True, last_id=2)) == sent[1:]
    assert talk.client.unanswered == 3
    assert talk.says(c.RaiseHand) == c.RaiseHand(id=5)


@pytest.mark.rule("RESUME-5")
@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (c.PublishMedia, {"sdp": "v=0", "tracks": {}}),
        (c.AnswerMedia, {"offer": 1, "sdp": "v=0"}),
        (c.RestartMedia, {}),
        (c.WantMedia, {"track": "t1", "layer": "low"}),
    ],
)
def test_media_commands_are_never_sent_again(talk: Talk, command: type[c.RoomCommand], fields: dict[str, Any]) -> None:
    talk.says(command, **fields)
    later = talk.says(c.RaiseHand)
    talk.hello()
    assert talk.hears(welcome(resumed=True)) == [later]


@pytest.mark.rule("RESUME-5")
def test_a_snapshot_for_the_same_session_still_sends_again_what_was_not_answered(talk: Talk) -> None:
    sent = talk.says(c.SendChat, text="x")
    talk.hello()
    assert talk.hears(welcome(resumed=False, room=ROOM, board=BOARD, seq=99, epoch=2)) == [sent]
    assert (talk.client.seq, talk.client.epoch) == (99, 2)


@pytest.mark.rule("RESUME-7")
@pytest.mark.parametrize("heard", range(4))
def test_who_lost_the_line_before_the_whole_board_had_come_asks_for_it_anew(talk: Talk, heard: int) -> None:
    talk.hears(*[e.HandRaised(seq=12, member=3), welcome(room=ROOM, board=IN_CHUNKS, seq=20)])
    talk.hears(*[n.BoardChunk(shapes=b"") for page in (1, 1, 2)[:heard]])
    seen = 20 if heard == 3 else 0
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t", resume=c.Resume(session="s-1", epoch=1, seq=seen))


@pytest.mark.rule("RESUME-7")
def test_half_a_snapshot_is_none_either_until_a_new_one_has_come(talk: Talk) -> None:
    talk.hears(n.Snapshot(seq=40, room=ROOM, board=IN_CHUNKS), n.BoardChunk(shapes=b""))
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t", resume=c.Resume(session="s-1", epoch=1, seq=0))
    talk.hears(welcome(room=ROOM, board=BOARD, seq=41), e.HandRaised(seq=42, member=3))
    assert talk.hello() == c.Hello(id=1, room="r-1", token="t", resume=c.Resume(session="s-1", epoch=1, seq=42))


@pytest.mark.rule("RESUME-6")
def test_a_new_session_begins_afresh(talk: Talk) -> None:
    talk.says(c.SendChat, text="x")
    talk.hello()
    assert talk.hears(welcome(session="s-2", next_shape=7)) == []
    assert (talk.client.session, talk.client.next_shape, talk.client.unanswered) == ("s-2", 7, 0)
    assert talk.says(c.RaiseHand) == c.RaiseHand(id=1)


def test_the_last_word_is_kept_until_the_next_hello(talk: Talk) -> None:
    talk.hears(n.Bye(code=4409, reason="replaced"))
    assert talk.client.bye == n.Bye(code=4409, reason="replaced")
    talk.hello()
    assert talk.client.bye is None


@pytest.mark.rule("WIRE-4")
def test_what_a_client_does_not_know_changes_nothing() -> None:
    talk = Talk()
    assert talk.client.receive('{"type":"dance.begun","seq":99}') == (None, [])
    assert talk.client.seq == 0


@pytest.mark.rule("ONCE-6")
def test_an_offer_and_an_answer_wait_for_an_ok_of_their_own(talk: Talk) -> None:
    talk.hears(welcome())
    talk.says(c.PublishMedia, sdp="offer", tracks={})
    talk.says(c.SendChat, text="hello")
    talk.says(c.AnswerMedia, offer=1, sdp="answer")
    talk.says(c.SendChat, text="hello again")
    for id, unanswered in ((4, 2), (1, 1), (3, 0)):
        talk.hears(n.Ok(id=id))
        assert talk.client.unanswered == unanswered
