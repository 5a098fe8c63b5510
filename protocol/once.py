"""What goes to many is encoded once: a map that remembers its own bytes in each codec."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Raw

Encode = Callable[[Any], bytes]


class Once(Mapping[str, Any]):
    """A map as it is now, for messages to many clients.  Nobody changes it, or what is in it, from here on."""

    __slots__ = ("_plain", "_written")

    def __init__(self, plain: Mapping[str, Any]) -> None:
        self._plain = plain
        self._written: dict[Encode, Raw] = {}

    def __getitem__(self, key: str) -> Any:
        return self._plain[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)

    def written(self, encode: Encode) -> Raw:
        """Its bytes by this encoder, which is asked the first time only."""
        if (raw := self._written.get(encode)) is None:
            raw = self._written[encode] = Raw(encode(self._plain))
        return raw


def written_once(encode: Encode) -> Callable[[Any], Raw]:
    """For an encoder's `enc_hook`: where it meets a `Once`, it takes the bytes that are there."""

    def hook(value: Any) -> Raw:
        if isinstance(value, Once):
            return value.written(encode)
        raise NotImplementedError(f"a {type(value).__name__} in a message")

    return hook
