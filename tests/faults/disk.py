"""A small disk of its own for a test, which can be filled up.  Needs root."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 4096


def why_not() -> str:
    """Why this machine can mount no disk; empty when it can."""
    if os.geteuid() != 0:
        return "mounting a disk needs root"
    if shutil.which("mount") is None:
        return "the program `mount` is missing (Debian: mount)"
    return ""


@dataclass(frozen=True, slots=True)
class Disk:
    path: Path

    @property
    def ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self) -> None:
        """Not a byte is left."""
        with self.ballast.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(CHUNK_BYTES))
            except OSError:
                pass

    def clear(self) -> None:
        self.ballast.unlink()


@contextmanager
def small_disk(path: Path, *, mebibytes: int) -> Iterator[Disk]:
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", path], check=True)
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
