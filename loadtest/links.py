"""`python -m loadtest.links HERE THERE`: joins two network namespaces by a line that can be made bad while it runs.

Two TUN devices, and between them this process: what the kernel routes into one comes out of the other when the line
lets it (`loadtest/line.py`), in both directions with the same shape.  It says `up` when the line is there, takes
changes as lines on its standard input (`loss_percent=5 delay_ms=150`, `down=1`), and ends with it.  A namespace is a
name that `ip netns` knows; `-` is the one in which the program runs.  Needs root, `ip` (Debian: iproute2) and
/dev/net/tun.
"""

import asyncio
import fcntl
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Self

import click

from .line import Line, Shape

TUN = Path("/dev/net/tun")
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
_MTU = 1500
_READ_AT_ONCE = 64
UP_S = 10.0


class NoLinks(Exception):
    """Why this machine can join no namespaces."""


def why_not() -> str:
    """What is missing here; empty when nothing is."""
    if os.geteuid() != 0:
        return "network namespaces and TUN devices need root"
    if shutil.which("ip") is None:
        return "the program `ip` is missing (Debian: iproute2)"
    if not TUN.exists():
        return f"{TUN} is missing: the kernel has no TUN devices, or a container hides them (--device {TUN})"
    return ""


# In the process of the line.


def tun(name: str, namespace: str, address: str, peer: str) -> int:
    """A TUN device in a namespace, with the address of this end; its file."""
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    within: tuple[str, ...] = ()
    if namespace != "-":
        ip("link", "set", name, "netns", namespace)
        within = ("-n", namespace)
    # No address of its own making: one that comes up later would disturb whoever watches the network.
    ip(*within, "link", "set", name, "addrgenmode", "none")
    ip(*within, "addr", "add", address, "peer", peer, "dev", name)
    ip(*within, "link", "set", name, "mtu", str(_MTU), "up")
    if within:  # all that leaves a namespace takes the line
        ip(*within, "route", "replace", "default", "via", peer, "dev", name)
    return file


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, capture_output=True, timeout=20)


def changed(shape: Shape, words: Iterable[str]) -> Shape:
    """The shape with `name=value` put in.

    Raises:
        ValueError: no such name, or no number.
    """
    known = {field.name for field in fields(Shape)}
    values = dict(word.partition("=")[::2] for word in words)
    if unknown := values.keys() - known:
        raise ValueError(f"no {min(unknown)!r}: there are {', '.join(sorted(known))}")
    numbers = {name: float(value) for name, value in values.items()}
    return replace(shape, **{name: bool(n) if name == "down" else n for name, n in numbers.items()})  # type: ignore[arg-type]


def carry(ends: tuple[int, int], shape: Shape, seed: int) -> tuple[Line, Line]:
    """Until standard input ends."""
    one, other = ends
    lines = {one: Line(shape, seed), other: Line(shape, seed + 1)}
    opposite = {one: other, other: one}
    said = sys.stdin.fileno()
    os.set_blocking(said, False)
    poll = select.epoll()
    for file in (*ends, said):
        poll.register(file, select.EPOLLIN)
    text = b""
    while True:
        now = time.monotonic()
        for file, line in lines.items():
            for packet in line.due(now=now):
                with suppress(OSError):  # the device is down, or its queue is full: lost, as on any line
                    os.write(opposite[file], packet)
        next_at = [at for line in lines.values() if (at := line.next_at()) is not None]
        for file, _ in poll.poll(max(0.0, min(next_at) - now) if next_at else None):
            if file != said:
                _read(file, lines[file])
                continue
            if not (more := os.read(said, 4096)):
                return lines[one], lines[other]
            *commands, text = (text + more).split(b"\n")
            for command in commands:
                shape = changed(shape, command.decode().split())
                for line in lines.values():
                    line.shape = shape


def _read(file: int, line: Line) -> None:
    for _ in range(_READ_AT_ONCE):
        try:
            packet = os.read(file, 2048)
        except OSError:  # nothing more
            return
        line.put(packet, now=time.monotonic())


@click.command()
@click.argument("here")
@click.argument("there")
@click.option("--addresses", nargs=2, default=("10.214.0.1", "10.214.0.2"), show_default=True, help="Of the two ends.")
@click.option("--shape", multiple=True, help="As in a change: loss_percent=5.  May be repeated.")
@click.option("--seed", default=1, show_default=True, help="Of what is lost.")
def main(here: str, there: str, addresses: tuple[str, str], shape: tuple[str, ...], seed: int) -> None:
    """Join the namespaces HERE and THERE."""
    if reason := why_not():
        raise click.ClickException(reason)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with whoever started it
    try:
        begin = changed(Shape(), shape)
        ends = (
            tun(f"line{os.getpid()}a", here, *addresses),
            tun(f"line{os.getpid()}b", there, *reversed(addresses)),
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{' '.join(error.cmd)}: {error.stderr.decode().strip()}") from error
    click.echo("up")
    for way, line in zip(("there", "back"), carry(ends, begin, seed), strict=True):
        click.echo(f"{way}: carried {line.carried}, lost {line.lost}, overflowed {line.overflowed}", err=True)


# For whoever uses a line.


@dataclass(slots=True)
class Link:
    """A line in a process of its own."""

    process: asyncio.subprocess.Process
    addresses: tuple[str, str]

    @classmethod
    async def start(cls, here: str, there: str, addresses: tuple[str, str], shape: Shape, seed: int = 1) -> Self:
        """
        Raises:
            NoLinks: it did not come up.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "loadtest.links", here, there, "--addresses", *addresses, "--seed", str(seed)),
            *(word for name, value in asdict(shape).items() for word in ("--shape", f"{name}={float(value)}")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        line = await asyncio.wait_for(process.stdout.readline(), UP_S)
        if line != b"up\n":
            raise NoLinks((await process.stderr.read()).decode().strip())
        return cls(process, addresses)

    async def change(self, **values: float) -> None:
        """Fields of `Shape`, from now on."""
        assert self.process.stdin is not None
        self.process.stdin.write((" ".join(f"{name}={float(value)}" for name, value in values.items()) + "\n").encode())
        await self.process.stdin.drain()

    async def stop(self) -> str:
        """What it carried and lost, in words."""
        _, said = await self.process.communicate(b"")  # and no more: it ends
        return said.decode()


def namespace(name: str) -> None:
    """A namespace of its own, with loopback."""
    ip("netns", "add", name)
    ip("-n", name, "link", "set", "lo", "up")


def forget(name: str) -> None:
    with suppress(subprocess.CalledProcessError):
        ip("netns", "delete", name)


if __name__ == "__main__":
    main()
