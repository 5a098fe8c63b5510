"""Closes the recorded files that a dead recorder left open.  `python -m sfu.shell.mend <directory of a room>`.

A process of its own, since it loads PyAV: the room's process does not.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from sfu.core.recording import Gaps, Recording
from sfu.shell import muxer
from sfu.shell.shelf import Shelf


def mend(directory: Path) -> None:
    """All that nobody writes.  A file with nothing in it is taken away."""
    shelf = Shelf(directory)
    for recording in shelf.recordings():
        if not recording.closed and shelf.path(recording.name).exists():
            with shelf.held(recording.name) as ours:
                if ours:
                    _mend(shelf, recording)


def _mend(shelf: Shelf, recording: Recording) -> None:
    path = shelf.path(recording.name)
    try:
        times = muxer.times(path)
    except OSError:
        return shelf.remove(recording)
    with suppress(OSError):  # a full disk: it plays as it is, but nobody can jump about in it
        muxer.remux(path)
    gaps = Gaps("audio" if recording.codec == "opus" else "video")
    for ms in times:
        gaps.frame(recording.start_ms + ms)
    shelf.save(shelf.closed(replace(recording, gaps=tuple(gaps.found)), duration_ms=times[-1], ended="mended"))


if __name__ == "__main__":
    os.umask(0o077)
    mend(Path(sys.argv[1]))
