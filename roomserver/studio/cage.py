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
    for kind, most in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),  # no file is written
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        _bound(kind, most)
    os.chdir("/")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError, OSError):  # macOS knows no bound of addresses
        resource.setrlimit(kind, (most, most))
