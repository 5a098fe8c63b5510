"""What is known of a room whose worker has died: it is told to the next one."""

from sfu.core import orders as o
from sfu.shell.pipe import Open, Shut, Tell
from sfu.shell.remote import RemoteRoom

RECORD = o.Record("/recordings/r", 12.5)
STAGE = o.Stage((2,))


def test_a_new_worker_is_told_to_record_and_who_is_on_the_stage() -> None:
    sent: list[Open | Tell | Shut] = []
    said: list[o.Word] = []

    def send(message: Open | Tell | Shut) -> bool:
        sent.append(message)
        return True

    room = RemoteRoom(1, "r", said.append, place=lambda _: send, closed=lambda _: None)
    room.tell(RECORD)
    room.tell(STAGE)
    room.tell(o.Subscribe(2))
    room.hear(o.Recording("disk"))
    room.lost()
    sent.clear()
    room.again(send)
    assert sent == [Open(1), Tell(1, RECORD), Tell(1, STAGE), Tell(1, o.Subscribe(2))]
    assert said == [o.Recording("disk"), o.Recording("")]
    room.lost()
    assert len(said) == 2
