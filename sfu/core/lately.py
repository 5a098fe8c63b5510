"""Whether something happens now, which happens from time to time: it is said of a span, and never sticks.

Pure.
"""


class Lately:
    """From the first time on, until it has not happened for `span_s`."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._last: float | None = None

    def happened(self, *, now: float) -> None:
        self._last = now

    def holds(self, *, now: float) -> bool:
        return self._last is not None and now - self._last < self._span_s
