"""How many examples hypothesis makes up for a property: so many in `make check`, ten times as many in `make soak`.

They have no deadline: a machine that is busy with something else is no bug.  CI makes up the same ones in every run
(hypothesis's own profile there), `make soak` others each time.
"""

import os

from hypothesis import settings

SOAK = "SOAK_S" in os.environ
TIMES = 10 if SOAK else 1
EXAMPLES, STEPS = 100, 50  # of a property, and of a machine in one example, where a test does not say


def tries(examples: int = EXAMPLES, *, steps: int = STEPS) -> settings:
    return settings(max_examples=examples * TIMES, stateful_step_count=steps)


def load() -> None:
    """Before any test is imported."""
    same = settings().derandomize and not SOAK
    settings.register_profile("ours", tries(), deadline=None, derandomize=same)
    settings.load_profile("ours")
