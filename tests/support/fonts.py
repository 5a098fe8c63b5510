"""The fonts of this machine, as a server of default configuration has them."""

from pathlib import Path

import pytest

from roomserver.config import Board

FONTS = tuple(directory for directory in Board().fonts if Path(directory).is_dir())
HAN = any(True for directory in FONTS for _ in Path(directory).rglob("wqy-microhei.ttc"))

needs_han = pytest.mark.skipif(not HAN, reason="needs the Debian package fonts-wqy-microhei")
