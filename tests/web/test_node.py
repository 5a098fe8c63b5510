"""The web client's own tests, run by node."""

import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine (Debian: apt-get install nodejs)")
@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name.removesuffix(".test.mjs"))
def test_modules_of_the_web_client(test: Path) -> None:
    done = subprocess.run(
        ["node", "--test-reporter=tap", str(test)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "\n# tests " in done.stdout  # an empty file proves nothing
