"""What the engine counts: plain integers, read by whoever shows metrics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from sfu.core.spread import Spreads


@dataclass(slots=True)
class Counters:
    """Since the start of the engine."""

    packets_in: int = 0  # datagrams of every kind
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    nack_in: int = 0  # packets that viewers missed
    nack_out: int = 0  # packets that we missed ourselves
    resent: int = 0
    pli_in: int = 0
    pli_out: int = 0
    raised: int = 0  # copies of pictures that went to a better layer
    lowered: int = 0  # to a worse one
    paused: int = 0  # to none
    connected: int = 0  # handshakes that succeeded
    failed: int = 0  # handshakes that did not
    overflowed: int = 0  # datagrams that the kernel dropped, because we were too slow to read
    recorded_frames: int = 0
    recording_lost: int = 0  # frames that the disk did not take
    recording_unread: int = 0  # packets that the recorder did not take
    recorder_restarts: int = 0
    dropped: Counter[str] = field(default_factory=Counter)  # reason -> datagrams
    spreads: Spreads = field(default_factory=Spreads)

    def counts(self) -> Mapping[str, int]:
        """The plain ones, by name."""
        return {part.name: count for part in fields(self) if isinstance(count := getattr(self, part.name), int)}
