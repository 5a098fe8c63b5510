"""A room's recorded files in their directory: what is beside each, which are still being written, and their hashes."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from sfu.core.recording import Recording

_decode = msgspec.json.Decoder(Recording).decode


class Shelf:
    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        return self.directory / name

    def save(self, recording: Recording) -> None:
        """What is known of a file, beside it; whole or as it was before.

        On a full disk it is written over what was there, which takes no room.
        """
        beside, data = self._beside(recording.name), msgspec.json.encode(recording)
        fresh = beside.with_suffix(".fresh")
        try:
            fresh.write_bytes(data)
            os.replace(fresh, beside)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            if not beside.exists():
                raise
            with open(beside, "r+b") as file:
                file.write(data)
                file.truncate()

    def remove(self, recording: Recording) -> None:
        self.path(recording.name).unlink(missing_ok=True)
        self._beside(recording.name).unlink(missing_ok=True)

    def recordings(self) -> list[Recording]:
        """By when they begin; those still being written are not `closed`."""
        found = []
        for beside in self.directory.glob("*.json"):
            with suppress(OSError, msgspec.DecodeError):  # it is being made, or taken away
                found.append(_decode(beside.read_bytes()))
        return sorted(found, key=lambda one: (one.start_ms, one.name))

    def closed(self, recording: Recording, *, duration_ms: int, ended: str) -> Recording:
        """With all that is known of a file once nothing is written any more."""
        path = self.path(recording.name)
        with open(path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
        return msgspec.structs.replace(recording, duration_ms=duration_ms, size=size, sha256=sha256, ended=ended)

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Hold a file as its writer does; False: somebody else holds it."""
        with open(self.path(name), "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _beside(self, name: str) -> Path:
        return self.path(name).with_suffix(".json")
