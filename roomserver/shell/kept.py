"""Things that cost something to make: made once however many ask for them, and the newest kept."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Those that were asked for last, as long as all together weigh no more than `most`."""

    def __init__(self, most: int, weigh: Callable[[K, V], int] = lambda _, __: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._there: OrderedDict[K, V] = OrderedDict()
        self.weight = 0

    def get(self, key: K) -> V | None:
        if key in self._there:
            self._there.move_to_end(key)
        return self._there.get(key)

    def put(self, key: K, value: V) -> None:
        if self._weigh(key, value) > self._most:
            return
        if (before := self._there.pop(key, None)) is not None:
            self.weight -= self._weigh(key, before)
        self._there[key] = value
        self.weight += self._weigh(key, value)
        while self.weight > self._most:
            self.weight -= self._weigh(*self._there.popitem(last=False))

    def drop(self, which: Callable[[K], bool]) -> None:
        """Let go of some."""
        for key in [key for key in self._there if which(key)]:
            self.weight -= self._weigh(key, self._there.pop(key))


class Once(Generic[K, V]):
    """Who asks for what is being made waits for it, too; who goes leaves it to the others."""

    def __init__(self) -> None:
        self._being_made: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        if (making := self._being_made.get(key)) is None:
            making = self._being_made[key] = asyncio.ensure_future(_run(make))
            making.add_done_callback(partial(self._made, key))
        return await asyncio.shield(making)

    def _made(self, key: K, making: asyncio.Task[V]) -> None:
        del self._being_made[key]
        if not making.cancelled():
            making.exception()  # everybody who asked may have gone


async def _run(make: Callable[[], Awaitable[V]]) -> V:
    return await make()
