"""What a busy moment took and let go is given back to the system.

glibc keeps freed memory that lies below something in use: a class that draws while the disk is slow left 47 MB behind
for good.  Giving it back takes 5 to 12 ms, and half a millisecond when there is nothing to give.  Other C libraries
have no `malloc_trim`; there nothing is done.
"""

import asyncio
import ctypes

EVERY_S = 10.0


async def give_back() -> None:
    """Every ten seconds, until cancelled; in a thread, which holds up nobody but who allocates meanwhile."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(EVERY_S)
        await asyncio.to_thread(trim, 0)
