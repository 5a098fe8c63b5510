"""Whatever is changed in a stored log is found, and the first event that is wrong is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands as c
from protocol.fields import personal_fields
from roomserver.core.evidence import Evidence, Mark
from roomserver.core.log import CLASSES, Broken, Draft, Entry, Log, chained, commitment, owner
from tests.support.lesson import PEN, Lesson

Salts = Mapping[int, bytes]


@pytest.fixture(scope="module")
def told() -> Lesson:
    """A lesson with personal content of many kinds, ended and evaluated."""
    lesson = Lesson("one_to_one")
    teacher = lesson.joins("li", "teacher")
    student = lesson.joins("anna")
    student.does(c.SendChat, text="how does this go?")
    student.does(c.BeginStroke, shape="2.1", **PEN)
    student.does(c.ExtendStroke, shape="2.1", points=(5, -5), pressure=(77,))
    student.does(c.FinishStroke, shape="2.1")
    student.does(c.Undo)
    student.does(c.Redo)
    lesson.advance(30)
    teacher.does(c.EndRoom)
    student.does(c.Evaluate, score=3, tags=("calm",), comment="thank you")
    return lesson


def checked(entries: Sequence[Entry], salts: Salts, mark: Mark | None = None) -> Evidence:
    evidence = Evidence(mark)
    for seq, entry in enumerate(entries, start=1):
        evidence.check(seq, entry.body, entry.personal, entry.hash, salts)
    evidence.end()
    return evidence


def broken(entries: Sequence[Entry], salts: Salts, mark: Mark | None = None) -> int:
    """The first event that is wrong."""
    with pytest.raises(Broken) as found:
        checked(entries, salts, mark)
    return found.value.seq


def changed(content: bytes, data: st.DataObject) -> bytes:
    """One byte another, left out, or one more."""
    place, byte = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 255))
    how = data.draw(st.sampled_from(["other", "less", "more"]))
    if how == "less":
        return content[:place] + content[place + 1 :]
    if how == "more":
        return content[:place] + bytes([byte]) + content[place:]
    return content[:place] + bytes([content[place] ^ (byte or 1)]) + content[place + 1 :]


@pytest.mark.rule("EVIDENCE-1")
def test_a_whole_log_is_found_whole(told: Lesson) -> None:
    found = checked(told.entries, told.salts)
    assert (found.events, found.hash) == (len(told.entries), told.entries[-1].hash)
    assert found.personal == sum(entry.personal is not None for entry in told.entries) > 5
    assert found.erased == 0


@pytest.mark.rule("EVIDENCE-1")
@given(data=st.data())
def test_any_byte_changed_is_found_and_its_event_named(told: Lesson, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(told.entries) - 1))
    entry = told.entries[place]
    columns = ["body", "hash"] + (["personal"] if entry.personal else [])
    column = data.draw(st.sampled_from(columns))
    content = getattr(entry, column)
    forged = changed(content, data)
    if forged == content:  # a byte left out of a row of the same, or put there
        return
    fields: dict[str, Any] = {column: forged}
    entries = [*told.entries]
    entries[place] = replace(entry, **fields)
    assert broken(entries, told.salts) == place + 1


@pytest.mark.rule("EVIDENCE-1")
@given(data=st.data())
def test_any_byte_of_a_salt_changed_is_found(told: Lesson, data: st.DataObject) -> None:
    member = data.draw(st.sampled_from(sorted(told.salts)))
    salts = {**told.salts, member: changed(told.salts[member], data)}
    if salts != told.salts:
        theirs = [entry for entry in told.entries if entry.personal is not None and owner(entry.event) == member]
        assert broken(told.entries, salts) == theirs[0].seq


@pytest.mark.rule("EVIDENCE-1")
@given(data=st.data())
def test_an_event_left_out_or_repeated_or_put_elsewhere_is_found(told: Lesson, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(told.entries) - 2))
    entries = [*told.entries]
    match data.draw(st.sampled_from(["left out", "repeated", "put elsewhere"])):
        case "left out":
            del entries[first]
        case "repeated":
            entries.insert(first, entries[first])
            first += 1
        case _:
            second = data.draw(st.integers(first + 1, len(entries) - 1))
            entries[first], entries[second] = entries[second], entries[first]
    assert broken(entries, told.salts) == first + 1


@pytest.mark.rule("EVIDENCE-1")
def test_a_gap_in_the_places_is_found(told: Lesson) -> None:
    evidence, (one, _, three, *_) = Evidence(), told.entries
    evidence.check(1, one.body, one.personal, one.hash, told.salts)
    with pytest.raises(Broken, match="event 2: it is missing, event 3 follows"):
        evidence.check(3, three.body, three.personal, three.hash, told.salts)


@pytest.mark.rule("EVIDENCE-2")
def test_content_that_has_been_erased_is_counted_and_breaks_nothing(told: Lesson) -> None:
    entries = [
        replace(entry, personal=None) if entry.personal is not None and owner(entry.event) == 2 else entry
        for entry in told.entries
    ]
    found = checked(entries, {1: told.salts[1]})
    gone = sum(entry != before for entry, before in zip(entries, told.entries, strict=True))
    assert (found.events, found.erased) == (len(entries), gone)
    assert 0 < gone < found.personal


@pytest.mark.rule("EVIDENCE-1")
def test_content_put_beside_an_event_that_has_none_is_found(told: Lesson) -> None:
    first = told.entries[0]
    assert first.personal is None
    assert broken([replace(first, personal=b"{}")], told.salts) == 1


@pytest.mark.rule("EVIDENCE-3")
def test_a_log_that_is_not_that_of_the_session_record_is_found(told: Lesson) -> None:
    assert told.record is not None
    log = told.record["data"]["log"]
    mark = Mark(log["events"], bytes.fromhex(log["hash"]))
    checked(told.entries, told.salts, mark)
    assert broken(told.entries[:-2], told.salts, mark) == len(told.entries) - 1  # its end is cut off
    anew, end = list[Entry](), bytes(32)
    for entry in told.entries:
        body = entry.body.replace(b'"score":3', b'"score":5')
        end = chained(end, body)
        anew.append(replace(entry, body=body, hash=end))
    assert any(b'"score":5' in entry.body for entry in anew)
    assert checked(anew, told.salts).hash == end  # a forger who has the whole store makes a chain that fits
    assert broken(anew, told.salts, mark) == mark.events


@pytest.mark.parametrize("body", [b"", b"[]", b"no JSON", b'{"seq":1}', b'{"seq":2,"event":{}}', b'{"event":{}}'])
def test_bytes_that_are_no_event_are_found_even_in_a_chain_that_fits(body: bytes) -> None:
    with pytest.raises(Broken, match="event 1: the stored bytes"):
        Evidence().check(1, body, None, chained(bytes(32), body), {})


@pytest.mark.parametrize("event", [{"member": [1]}, {"member": "x"}, {"shape": 7}, {}])
def test_content_of_nobody_is_found(event: dict[str, Any]) -> None:
    promised = commitment(b"salt", 1, b"{}")
    for type in ("chat.message", "board.extended"):
        body = orjson.dumps({"seq": 1, "type": type, "event": event, "personal": promised})
        with pytest.raises(Broken, match="event 1: the salt of its content is missing"):
            Evidence().check(1, body, b"{}", chained(bytes(32), body), {1: b"salt"})


@pytest.mark.parametrize("cls", CLASSES.values(), ids=list(CLASSES))
def test_the_owner_of_content_is_the_one_whose_salt_it_was_written_with(cls: Any) -> None:
    if not personal_fields(cls) - {"shapes", "chunks"}:
        return
    fields: dict[str, Any] = {"member": 7, "shape": "7.1"}
    event = cls(**{name: fields.get(name) for name in cls.__struct_fields__})
    entry = Log(salts={7: b"salt"}).append(Draft(event), at=0, cause=None)
    assert entry.personal is not None
    Evidence().check(1, entry.body, entry.personal, entry.hash, {7: b"salt"})
