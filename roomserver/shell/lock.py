"""One server a store: whoever serves holds a lock beside the file, which ends with the process however it ends.

Reading along (`roomserver records`, `roomserver verify`, a backup) needs no lock.
"""

import fcntl
import os
from pathlib import Path


class Taken(Exception):
    """Another server has the store."""


def hold(store: Path) -> int:
    """Take the lock of a store; the descriptor to close when it is let go.

    Raises:
        Taken: another process holds it.
        OSError: the file cannot be made.
    """
    store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(store.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Taken(str(store)) from error
    return descriptor
