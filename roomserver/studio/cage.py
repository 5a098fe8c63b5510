"""What the child gives up before it reads its job: memory, time, files and rank beyond what the job may need.

Nothing that happens inside, be it a bug in a decoder that a file was made for, reaches further than this process.
"""

import os
import resource
from contextlib import suppress

MEMORY_BYTES = 1024**3  # of addresses; a page of 64 million points takes a quarter
FILES = 64  # open at once: fonts are mapped and let go one by one
NICE = 10  # lessons go first
NOBODY = 65_534


def enter(*, cpu_s: int) -> None:
    """Give it all up, for good.  Whatever is needed later must have been imported before."""
    with suppress(OSError):
        os.nice(NICE)
    _bound(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)  # at the first SIGXCPU says why it died
    for kind, most in (
        (resource.RLIMIT_FSIZE, 0),  # no file is written
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        _bound(kind, most, most)
    os.chdir("/")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _bound(kind: int, soft: int, hard: int) -> None:
    _, now = resource.getrlimit(kind)
    if now != resource.RLIM_INFINITY:
        soft, hard = min(soft, now), min(hard, now)
    with suppress(ValueError, OSError):  # macOS knows no bound of addresses
        resource.setrlimit(kind, (soft, hard))
