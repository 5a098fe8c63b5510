"""The parsers under a fuzzer that looks at their branches, for SOAK_S seconds each."""

import os
import subprocess
import sys

import pytest

from tests.sfu.fuzz.targets import TARGETS

SOAK_S = int(os.environ.get("SOAK_S", "10"))


@pytest.mark.timeout(SOAK_S + 60)
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_breaks_it(target: str) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this Python")
    command = [sys.executable, "-m", "tests.sfu.fuzz", target, f"-max_total_time={SOAK_S}", "-max_len=4096"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
