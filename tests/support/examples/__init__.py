"""Literal messages, at least one of every class, chosen by hand; `generate` writes them to tests/vectors/.

Frames are written out so that no codec of ours can say what is right.
"""

from .commands import COMMANDS
from .events import EVENTS
from .example import Example
from .notices import NOTICES

UP = COMMANDS
DOWN = EVENTS + NOTICES

__all__ = ["COMMANDS", "DOWN", "EVENTS", "NOTICES", "UP", "Example"]
