"""How long the fault tests go on, and from which seed.

`make test` takes a few seconds of each; `make soak` sets SOAK_S, the seconds that each of them may take.  A seed is
printed with whatever fails; FAULT_SEED=<n> sets it.
"""

import os
import random

SOAK_S = float(os.environ.get("SOAK_S", "0"))


def lasting(briefly_s: float) -> float:
    """Seconds: a few, or those of a soak."""
    return SOAK_S or briefly_s


def many(few: int, *, a_second: float) -> int:
    """A count: a few, or what is done in the seconds of a soak."""
    return max(few, round(SOAK_S * a_second))


def seeded(purpose: str) -> random.Random:
    """Chance that can be repeated; a soak takes another seed each time."""
    seed = os.environ.get("FAULT_SEED") or (str(random.randrange(10**6)) if SOAK_S else "1")
    print(f"{purpose}: FAULT_SEED={seed}")
    return random.Random(f"{purpose} {seed}")
