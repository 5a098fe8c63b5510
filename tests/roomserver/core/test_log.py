"""The log is dense, its chain finds any change, and what is personal can be erased without breaking it."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands as c
from protocol import events as e
from protocol.fields import personal_fields
from roomserver.core import facts
from roomserver.core.log import ALL, CLASSES, STAFF, Audience, Broken, Cause, Draft, Entry, Log, leans, owner
from roomserver.core.state import RoomState
from tests.support.lesson import PEN, Lesson, fold

WORDS = ("identity-secret", "chat-secret", "comment-secret", "tag-secret", "board-secret", "latex-secret")
SECRETS = ("Ms Secret", *WORDS, "4321", "8765")
FONT: dict[str, Any] = {"color": "#102030", "font": "sans", "height": 480}


@pytest.fixture(scope="module")
def told() -> Lesson:
    """A lesson with personal content of every kind in it, ended and evaluated."""
    lesson = Lesson("one_to_one")
    teacher = lesson.joins("li", "teacher")
    student = lesson.joins("identity-secret")
    student.does(c.SendChat, text="chat-secret")
    student.does(c.BeginStroke, shape="2.1", **{**PEN, "at": (4321, 8765)})
    student.does(c.ExtendStroke, shape="2.1", points=(4321, -4321), pressure=(77,))
    student.does(c.FinishStroke, shape="2.1")
    student.does(c.Undo)
    student.does(c.Redo)
    student.does(c.PutShape, shape="2.2", page=1, kind="text", start=(1, 2), text="board-secret", **FONT)
    student.does(c.ChangeShapes, set={"2.2": c.ShapeSet(text="board-secret too", start=(4321, 5))})
    student.does(c.Undo)
    formula = {"kind": "formula", "color": "#102030", "size": (9, 9), "latex": "latex-secret"}
    teacher.does(c.PutShape, shape="1.1", page=1, start=(1, 2), **formula)
    teacher.does(c.CopyShapes, shapes=("2.1", "2.2", "1.1"), page=1, by=(3, 4), first=2)
    teacher.does(c.CutShapes, cuts={"2.1": ((0, 50),)})
    teacher.does(c.OrderShapes, shapes=("2.2",), to="back")
    teacher.does(c.Undo)
    teacher.does(c.Undo)
    teacher.does(c.Redo)
    teacher.does(c.EraseShapes, shapes=("1.3", "2.1.1"))
    teacher.does(c.Undo)
    teacher.does(c.Grant, member=2, can=("screen",), on=True)
    lesson.advance(30)
    teacher.does(c.EndRoom)
    student.does(c.Evaluate, score=3, tags=("tag-secret",), comment="comment-secret")
    return lesson


@pytest.mark.rule("LOG-1")
def test_places_are_dense_from_one(told: Lesson) -> None:
    assert [entry.seq for entry in told.entries] == list(range(1, len(told.entries) + 1))
    assert [orjson.loads(entry.body)["seq"] for entry in told.entries] == [entry.seq for entry in told.entries]


@pytest.mark.rule("LOG-2")
def test_time_never_falls_in_a_log() -> None:
    log = Log()
    raised = Draft(e.EpochRaised(epoch=2, durable=0))
    assert [log.append(raised, at=at, cause=None).at for at in (5, 3, 9, 0)] == [5, 5, 9, 9]


@pytest.mark.rule("LOG-3")
def test_each_hash_covers_the_exact_bytes_and_the_hash_before(told: Lesson) -> None:
    chain = bytes(32)
    for entry in told.entries:
        chain = sha256(chain + entry.body).digest()
        assert entry.hash == chain


def _forged(entry: Entry, field: str, content: bytes) -> Entry:
    return replace(entry, body=content) if field == "body" else replace(entry, hash=content)


@pytest.mark.rule("LOG-3")
@given(data=st.data())
def test_any_byte_changed_in_a_stored_body_or_hash_is_found(told: Lesson, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(told.entries) - 1))
    entry = told.entries[place]
    field = data.draw(st.sampled_from(["body", "hash"]))
    content = bytearray(getattr(entry, field))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    forged = [*told.entries[:place], _forged(entry, field, bytes(content)), *told.entries[place + 1 :]]
    with pytest.raises((Broken, ValueError, KeyError)):
        fold(forged, told.salts)


@pytest.mark.rule("LOG-3")
def test_an_event_left_out_or_put_elsewhere_is_found(told: Lesson) -> None:
    one, two, *rest = told.entries
    with pytest.raises(Broken, match="event 3: out of order"):
        fold([one, *rest], told.salts)
    with pytest.raises(Broken, match="event 2: out of order"):
        fold([two, one, *rest], told.salts)
    with pytest.raises(Broken, match="event 2: the hash does not fit"):
        fold([one, replace(two, body=two.body + b" ")], told.salts)


@pytest.mark.rule("LOG-4")
def test_what_is_personal_stands_beside_the_chain_and_never_in_it(told: Lesson) -> None:
    bodies = b"\n".join(entry.body for entry in told.entries).decode()
    beside = b"\n".join(entry.personal or b"" for entry in told.entries).decode()
    for secret in SECRETS[1:]:
        assert secret not in bodies
        assert secret in beside
    for entry in told.entries:
        hidden = personal_fields(type(entry.event)) - {"shapes", "chunks"}
        assert set(orjson.loads(entry.personal or b"{}")) == hidden
        assert ("personal" in orjson.loads(entry.body)) == bool(hidden)


@pytest.mark.rule("LOG-4")
def test_the_chain_commits_to_what_is_personal_by_a_salted_hash(told: Lesson) -> None:
    for entry in told.entries:
        if entry.personal is not None:
            salt = told.salts[owner(entry.event)]
            expected = sha256(salt + entry.seq.to_bytes(8, "big") + entry.personal).hexdigest()
            assert orjson.loads(entry.body)["personal"] == expected


@pytest.mark.rule("LOG-4")
def test_with_a_persons_content_and_salt_erased_the_chain_still_verifies(told: Lesson) -> None:
    erased = [replace(entry, personal=None) for entry in told.entries]
    chain = bytes(32)
    for entry in erased:
        chain = sha256(chain + entry.body).digest()
    assert told.record is not None
    assert chain.hex() == told.record["data"]["log"]["hash"]


@pytest.mark.rule("LOG-4")
def test_equal_words_of_one_person_do_not_look_equal_in_the_chain() -> None:
    log = Log(salts={2: b"salt"})
    said = Draft(e.ChatMessage(member=2, text="yes"))
    first, second = (orjson.loads(log.append(said, at=0, cause=None).body) for _ in range(2))
    assert first["personal"] != second["personal"]


@pytest.mark.rule("LOG-4")
@pytest.mark.parametrize("cls", CLASSES.values(), ids=list(CLASSES))
def test_every_event_with_personal_content_says_whose_it_is(cls: Any) -> None:
    if not personal_fields(cls):
        return
    fields: dict[str, Any] = {"member": 7, "shape": "7.1"}
    event = cls(**{name: fields.get(name) for name in cls.__struct_fields__})
    assert owner(event) == 7


@pytest.mark.rule("LOG-6")
def test_the_state_is_the_fold_of_what_is_stored(told: Lesson) -> None:
    state, log = told.fold()
    assert state == told.state
    assert (log.seq, log.at, log.hash, log.salts) == (
        told.room.log.seq,
        told.room.log.at,
        told.room.log.hash,
        told.room.log.salts,
    )


def test_a_stored_event_is_read_back_as_it_was(told: Lesson) -> None:
    log, state = Log(salts=dict(told.salts)), None
    for entry in told.entries:
        again = log.restore(entry.body, entry.personal, entry.hash, state.board.body if state else None)
        assert msgspec.json.encode(again.event) == msgspec.json.encode(entry.event)
        assert replace(again, event=entry.event) == entry
        state = state or RoomState.begin(again.event)  # type: ignore[arg-type]
        state.apply(again)


def test_what_leans_on_the_board_is_what_cannot_be_read_without_it(told: Lesson) -> None:
    log = Log(salts=dict(told.salts))
    for entry in told.entries:
        assert leans(entry.body) is isinstance(entry.event, e.ShapesRestored | e.ShapesCopied)
        if not leans(entry.body):
            again = log.restore(entry.body, entry.personal, entry.hash, None)
            assert msgspec.json.encode(again.event) == msgspec.json.encode(entry.event)
        log.seq, log.hash = entry.seq, entry.hash


@pytest.mark.rule("LOG-4")
def test_of_shapes_that_come_again_the_log_keeps_only_which(told: Lesson) -> None:
    """The bodies stand in it already, beside the events that drew and changed them."""
    again = [entry for entry in told.entries if isinstance(entry.event, e.ShapesRestored | e.ShapesCopied)]
    assert {type(entry.event) for entry in again} == {e.ShapesRestored, e.ShapesCopied}
    for entry in again:
        kept = orjson.loads(entry.body)["event"]["shapes"]
        copied = isinstance(entry.event, e.ShapesCopied)
        assert {frozenset(body) for body in kept} == {frozenset({"id", "page", "z"} if copied else {"id"})}
        assert entry.personal is None
    [copies] = [entry.event for entry in again if isinstance(entry.event, e.ShapesCopied)]
    assert [body.get("text") for body in copies.shapes] == [None, "board-secret", None]
    assert [body["author"] for body in copies.shapes] == [2, 2, 1]


@pytest.mark.parametrize(
    ("audience", "plain"),
    [
        (ALL, "all"),
        (STAFF, ["staff"]),
        (Audience(), []),
        (Audience(staff=True, members=frozenset({9, 2})), ["staff", 2, 9]),
        (Audience(staff=True, observers=True, members=frozenset({2})), ["staff", "observers", 2]),
    ],
)
def test_an_audience_is_stored_as_plain_data(audience: Audience, plain: Any) -> None:
    assert audience.plain() == plain
    assert Audience.of(plain) == audience


texts = st.text(max_size=60)


@pytest.mark.rule("LOG-6")
@given(
    event=st.one_of(
        st.builds(e.ChatMessage, member=st.just(2), text=texts.filter(bool), to=st.sampled_from(["all", "staff", 3])),
        st.builds(
            e.MemberJoined,
            member=st.just(2),
            name=texts,
            role=st.sampled_from(["teacher", "student", "observer"]),
            school=st.none() | texts,
            can=st.sampled_from([(), ("chat",), ("chat", "draw")]),
            on_stage=st.booleans(),
        ),
        st.builds(
            facts.Assessed,
            member=st.just(2),
            score=st.integers(1, 5),
            tags=st.lists(st.text(max_size=40), max_size=3).map(tuple),
            comment=texts,
        ),
        st.builds(facts.SessionOpened, member=st.just(2), session=texts, identity=texts),
        st.builds(facts.Pulse, talk_ms=st.dictionaries(st.integers(1, 9), st.integers(0, 10**9))),
        st.builds(
            e.StrokeExtended,
            seq=st.just(0),
            at=st.just(0),
            shape=st.just("2.1"),
            points=st.lists(st.integers(-16_000, 16_000)).map(tuple),
            pressure=st.none() | st.lists(st.integers(0, 255)).map(tuple),
        ),
    ),
    cause=st.none() | st.builds(Cause, st.integers(1, 9), st.integers(1, 2**53 - 1)),
)
def test_whatever_is_in_an_event_is_read_back_the_same(event: Any, cause: Cause | None) -> None:
    entry = Log(salts={2: b"salt"}).append(Draft(event, STAFF), at=12, cause=cause)
    again: Entry = Log().restore(entry.body, entry.personal, entry.hash, None)
    assert again == entry
    assert again.event == msgspec.structs.replace(event, seq=1, at=12)
