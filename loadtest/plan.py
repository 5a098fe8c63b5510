"""What a bench is: how big, how long, and what must come out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from .measure import Figures
from .server import Server


@dataclass(frozen=True, slots=True)
class Size:
    """How long the measured part lasts, and what share of the whole load is put on."""

    seconds: float = 10.0
    scale: float = 1.0

    def of(self, whole: float, *, least: int = 1) -> int:
        return max(least, round(whole * self.scale))


Run = Callable[[Server, Size], Awaitable[Figures]]


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench.  A target is an upper bound for the figure of its name, one of `least` a lower bound; a bench may have
    more figures."""

    run: Run
    targets: Mapping[str, float]
    files: int = 4_000  # open files needed, in the server and here each
    limit_s: float = 90.0  # at full scale and ten seconds it has ended by then, one way or another
    least: Mapping[str, float] = field(default_factory=dict)

    def met(self, figures: Figures) -> bool:
        return all(figures[name] <= most for name, most in self.targets.items()) and all(
            figures[name] >= least for name, least in self.least.items()
        )
