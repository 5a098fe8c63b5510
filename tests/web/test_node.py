"""The web client's own tests, run by node."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine (Debian: apt-get install nodejs)")
def test_modules_of_the_web_client() -> None:
    assert TESTS
    done = subprocess.run(["node", "--test", *map(str, TESTS)], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
