"""What the web client sends is always what the wire takes: anything else would close the line (4400) in mid-lesson."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from protocol import limits
from protocol.codec import JSON
from protocol.codes import ProtocolViolation

HANDS = 12  # seeds


@pytest.mark.rule("WIRE-9")
@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine (Debian: apt-get install nodejs)")
def test_whatever_hands_do_at_the_board_the_wire_takes_it() -> None:
    script = Path(__file__).parent / "restless.mjs"
    done = subprocess.run(["node", str(script), str(HANDS)], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    kinds: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for frame in done.stdout.decode().splitlines():
        assert len(frame.encode()) <= limits.FRAME_BYTES
        try:
            kinds[type(JSON.decode_up(frame)).__name__] += 1
        except ProtocolViolation as violation:
            wrong[f"{violation}"] += 1
    assert not wrong, dict(wrong)
    assert kinds.keys() >= {
        *("BeginStroke", "ExtendStroke", "FinishStroke", "PutShape", "ChangeShapes", "OrderShapes"),
        *("CutShapes", "CopyShapes", "EraseShapes", "MovePointer"),
    }
