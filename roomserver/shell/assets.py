"""Pictures that rooms keep: files beside the store, named by what is in them, for the owner of the server only.

A picture never changes and the same bytes have one name, so that a name can be kept for ever by whoever has seen it.
All of it happens in threads.  Rules: ASSET-* in docs/rules.md.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

ROOM_BYTES = 200_000_000  # for the pictures of one room
ROOM_FILES = 500
NAME = re.compile(r"[0-9a-f]{32}")
ROOM = re.compile(r"(?=.{3,64}\Z)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,2}")


class Full(Exception):
    """The room keeps as many pictures as it may, or as many bytes of them."""


class TooHeavy(Exception):
    """Together they have more bytes than whoever asks can take."""


class Assets:
    """`<directory>/<room>/<asset>`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._one_at_a_time = asyncio.Lock()

    async def keep(self, room: str, pictures: Sequence[bytes]) -> list[str]:
        """Keep them all, durably, or none; their names, in order.

        Raises:
            Full: there is no room for them.
            OSError: the disk does not take them.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._keep, self._of(room), pictures)

    async def read(self, room: str, names: Iterable[str], *, most: int) -> dict[str, bytes]:
        """Those of them that there are.

        Raises:
            TooHeavy: they have more than `most` bytes.
        """
        return await asyncio.to_thread(_read, self._of(room), {*names}, most)

    def path(self, room: str, name: str) -> Path:
        """Where a picture is, or would be.

        Raises:
            ValueError: that is no name.
        """
        if not NAME.fullmatch(name):
            raise ValueError("no asset has such a name")
        return self._of(room) / name

    async def rooms(self) -> list[str]:
        """Who keeps any."""
        return await asyncio.to_thread(
            lambda: sorted(entry.name for entry in _entries(self._directory) if ROOM.fullmatch(entry.name))
        )

    async def remove(self, room: str, names: Iterable[str]) -> None:
        """Delete some of what a room keeps."""
        async with self._one_at_a_time:
            for name in names:
                await asyncio.to_thread(self.path(room, name).unlink, missing_ok=True)

    async def forget(self, room: str) -> None:
        """Delete all that a room keeps."""
        async with self._one_at_a_time:
            await asyncio.to_thread(shutil.rmtree, self._of(room), ignore_errors=True)

    def _of(self, room: str) -> Path:
        if not ROOM.fullmatch(room):  # a path is made of it
            raise ValueError("no room has such a name")
        return self._directory / room

    def _keep(self, folder: Path, pictures: Sequence[bytes]) -> list[str]:
        names = [sha256(data).hexdigest()[:32] for data in pictures]
        there = {entry.name: entry.stat().st_size for entry in _entries(folder) if NAME.fullmatch(entry.name)}
        new = {name: data for name, data in zip(names, pictures, strict=True) if name not in there}
        if len(there) + len(new) > ROOM_FILES:
            raise Full(f"a room keeps at most {ROOM_FILES} pictures")
        if sum(there.values()) + sum(map(len, new.values())) > ROOM_BYTES:
            raise Full(f"a room keeps at most {ROOM_BYTES // 1_000_000} MB of pictures")
        _write(self._directory, folder, new)
        return names


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _read(folder: Path, names: Iterable[str], most: int) -> dict[str, bytes]:
    found = {}
    for name in names:
        with suppress(FileNotFoundError):
            found[name] = (folder / name).read_bytes()
            most -= len(found[name])
        if most < 0:
            raise TooHeavy
    return found


def _write(directory: Path, folder: Path, files: Mapping[str, bytes]) -> None:
    """Each whole or not at all; on the disk when this returns."""
    for path in (directory, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, data in files.items():
        with _private(folder / f".{name}") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(folder / f".{name}", folder / name)
    _sync(folder)


def _private(path: Path) -> BinaryIO:
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
