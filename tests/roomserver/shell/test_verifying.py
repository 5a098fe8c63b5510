"""Files that were handed over: whatever is changed in record, log or recordings is found, and named."""

import asyncio
import shutil
import string
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands as c
from roomserver.core.erased import without
from roomserver.core.evidence import line, owner_of
from roomserver.core.log import Broken, chained, owner
from roomserver.core.record import envelope
from roomserver.core.record_shape import Envelope, Record, Recorded
from roomserver.shell.api import _line
from roomserver.shell.signing import Signer
from roomserver.shell.store import StoredEvent
from roomserver.shell.verifying import Verdict, Wrong, exported, judge
from tests.support.lesson import PEN, Lesson
from tests.support.tries import tries

SIGNER = Signer(Ed25519PrivateKey.generate())
SOUND = b"what was said"
NAME = "0" * 32 + ".webm"
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"  # RFC 4648 5


@dataclass(frozen=True)
class Files:
    folder: Path

    @property
    def all(self) -> list[Path]:
        return [self.folder / "record.json", self.folder / "log.jsonl", self.folder / "recordings" / NAME]

    def judged(self) -> Verdict:
        record, log, sound = self.all
        return asyncio.run(judge(exported(record, log=log, recordings=sound.parent, keys=SIGNER.keyring)))

    def sign(self, record: Record) -> None:
        self.all[0].write_bytes(msgspec.json.encode(envelope(SIGNER.sign(record))))

    @property
    def record(self) -> Record:
        return msgspec.json.decode(self.all[0].read_bytes(), type=Envelope).data


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Files:
    files = Files(tmp_path_factory.mktemp("kept"))
    files.all[2].parent.mkdir()
    lesson = Lesson("one_to_one", expected=["anna", "ben"])
    teacher, anna = lesson.joins("li", "teacher"), lesson.joins("anna")
    anna.does(c.SendChat, text="how does this go?")
    anna.does(c.BeginStroke, shape="1.1", **PEN)
    anna.does(c.ExtendStroke, shape="1.1", points=(5, -5), pressure=(77,))
    anna.does(c.FinishStroke, shape="1.1")
    lesson.advance(100)
    teacher.does(c.EndRoom)
    anna.does(c.Evaluate, score=3, tags=("calm",), comment="thank you")
    record = msgspec.convert(lesson.record, Envelope).data
    files.sign(msgspec.structs.replace(record, recordings=(a_file(record.opened_ms),)))
    stored = [StoredEvent(one.seq, one.body, one.personal, one.hash) for one in lesson.entries]
    files.all[1].write_bytes(b"".join(_line(event, lesson.salts) for event in stored))
    files.all[2].write_bytes(SOUND)
    assert any(one.personal and owner(one.event) == 1 for one in lesson.entries)
    return files


def a_file(opened_ms: int) -> Recorded:
    return Recorded(
        name=NAME,
        track="a1",
        member=1,
        source="microphone",
        codec="opus",
        at=0,
        started_ms=opened_ms,
        duration_ms=1000,
        bytes=len(SOUND),
        sha256=sha256(SOUND).hexdigest(),
        gaps=(),
        lost_frames=0,
        ended="closed",
    )


@pytest.fixture
def files(kept: Files, tmp_path: Path) -> Files:
    """A copy that may be spoilt."""
    shutil.copytree(kept.folder, tmp_path / "kept")
    return Files(tmp_path / "kept")


@pytest.mark.rule("EVIDENCE-7")
def test_what_was_handed_over_whole_is_found_whole(kept: Files) -> None:
    verdict = kept.judged()
    assert verdict.log is not None
    assert (verdict.signed_by, verdict.files, verdict.log.erased) == (SIGNER.kid, 1, 0)
    assert verdict.log.events == kept.record.log.events


@pytest.mark.rule("EVIDENCE-5")
@tries(300)
@given(data=st.data())
def test_any_byte_changed_is_found(kept: Files, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(kept.all), label="file")
    whole = path.read_bytes()
    place, flip = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
    try:
        if path.suffix == ".jsonl" and place == len(whole) - 1:  # the end of the last line: nothing is said by it
            return
        with pytest.raises((Wrong, Broken)) as found:
            kept.judged()
        if path.suffix == ".jsonl" and whole[place : place + 1] != b"\n":
            assert isinstance(found.value, Broken)
            assert found.value.seq == whole.count(b"\n", 0, place) + 1
    finally:
        path.write_bytes(whole)


@pytest.mark.rule("EVIDENCE-2")
def test_content_that_was_taken_is_found_where_the_record_says_of_nobody_that_they_were_erased(files: Files) -> None:
    log = files.all[1]
    lines = log.read_bytes().splitlines(keepends=True)
    [place] = [place for place, one in enumerate(lines) if b'"chat.message"' in one]
    log.write_bytes(b"".join([*lines[:place], without_content(lines[place]), *lines[place + 1 :]]))
    with pytest.raises(Broken, match="its content is missing, though its member's data were not erased") as found:
        files.judged()
    assert found.value.seq == place + 1
    erased = [one for one in map(orjson.loads, lines) if one["content"] and owner_of(one["body"]) == 1]
    log.write_bytes(
        b"".join(without_content(one) if owner_of(orjson.loads(one)["body"]) == 1 else one for one in lines)
    )
    files.sign(without(files.record, 1, at_ms=7))
    verdict = files.judged()
    assert verdict.log is not None
    assert verdict.log.erased == len(erased) > 3


def without_content(line: bytes) -> bytes:
    body = line[line.index(b'"body":') : line.index(b',"content":')]
    return b'{"hash":"%s","salt":null,%s,"content":null}\n' % (orjson.loads(line)["hash"].encode(), body)


@pytest.mark.rule("EVIDENCE-3")
def test_an_event_that_was_added_behind_the_last_is_found_though_its_hash_follows(files: Files) -> None:
    log, events = files.all[1], files.record.log.events
    body = b'{"seq":%d,"at":9,"type":"room.locked","to":"all","cause":null,"event":{"on":true}}' % (events + 1)
    with log.open("ab") as file:
        file.write(line(chained(bytes.fromhex(files.record.log.hash), body), None, body, None))
    with pytest.raises(Broken, match=f"it was added, the session record counts {events} events") as found:
        files.judged()
    assert found.value.seq == events + 1


@pytest.mark.rule("EVIDENCE-5")
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (0, b'"members":', b'"members":[],"members":'),
        (0, b'"closed_ms":', b'"closed_ms":1,"closed_ms":'),
        (1, b'"body":', b'"body":{"seq":1},"body":'),
        (1, b'"salt":null', b'"salt":"00"'),
    ],
)
def test_what_stands_there_twice_or_for_nothing_is_found(files: Files, file: int, old: bytes, new: bytes) -> None:
    path = files.all[file]
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises((Wrong, Broken)):
        files.judged()


@pytest.mark.rule("EVIDENCE-6")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"members": 1}, "members[1].strokes"),
        ({"pairs": ()}, "pairs"),
        ({"end_reason": "duration"}, "end_reason"),
        ({"absentees": None}, "absentees"),
    ],
)
def test_a_record_that_says_another_thing_than_the_log_is_found_though_it_is_signed(
    files: Files, change: dict[str, Any], said: str
) -> None:
    record = files.record
    if "members" in change:
        first, second = record.members
        change = {"members": (first, msgspec.structs.replace(second, strokes=7))}
    files.sign(msgspec.structs.replace(record, **change))
    with pytest.raises(Wrong) as found:
        files.judged()
    assert str(found.value) == f"the session record: {said} is not what the log says"


@pytest.mark.rule("EVIDENCE-8")
def test_a_recording_that_is_another_or_was_taken_is_found_and_one_that_time_took_is_counted(files: Files) -> None:
    sound = files.all[2]
    sound.unlink()
    with pytest.raises(Wrong, match=f"the recording {NAME}: it is missing"):
        files.judged()
    record = files.record
    files.sign(
        msgspec.structs.replace(record, recordings=(msgspec.structs.replace(record.recordings[0], erased=True),))
    )
    assert files.judged().erased == 1
    files.sign(record)
    sound.parent.rmdir()
    assert files.judged().missing == 1


@pytest.mark.rule("EVIDENCE-7")
def test_what_is_not_at_hand_is_not_judged(kept: Files) -> None:
    case = exported(kept.all[0], log=None, recordings=None, keys=SIGNER.keyring)
    verdict = asyncio.run(judge(case))
    assert (verdict.log, verdict.files, verdict.signed_by) == (None, 0, SIGNER.kid)
    with pytest.raises(Wrong, match="its key"):
        asyncio.run(judge(replace(case, keys=Signer(Ed25519PrivateKey.generate()).keyring)))


@pytest.mark.rule("EVIDENCE-5")
def test_another_spelling_of_the_same_bytes_is_found(files: Files) -> None:
    record, log, _ = files.all
    whole = log.read_text("utf-8")
    place = next(place for place, letter in enumerate(whole[:75]) if place > 9 and letter in "abcdef")
    log.write_text(whole[:place] + whole[place].upper() + whole[place + 1 :], "utf-8")
    with pytest.raises(Broken, match="event 1: the line is none of a log"):
        files.judged()
    log.write_text(whole, "utf-8")
    value = files.record.signature.value if files.record.signature else ""
    last = ALPHABET.index(value[-1])  # of 86 letters the last says two bits
    record.write_text(record.read_text("utf-8").replace(value, value[:-1] + ALPHABET[last ^ 1]), "utf-8")
    with pytest.raises(Wrong, match="its signature does not fit"):
        files.judged()
