"""A network of its own for one browser: a namespace joined to this machine by a cable that can be pulled.

Needs root and `ip` (Debian: iproute2).
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_numbers = itertools.count(1)


def why_not() -> str:
    """Why this machine can make no namespaces; empty when it can."""
    if shutil.which("ip") is None:
        return "the program `ip` is missing (Debian: iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    return ""


@dataclass(frozen=True, slots=True)
class Cable:
    """`here` reaches the machine from within; `wrap` makes a program run at the other end."""

    namespace: str
    device: str
    here: str
    inside: str  # the device at the other end
    there: str  # its address

    def pull(self) -> None:
        run("ip", "link", "set", self.device, "down")

    def plug(self) -> None:
        run("ip", "link", "set", self.device, "up")

    def block_udp(self) -> None:
        """From now on the other end sends none, as behind many a school's firewall."""
        run("ip", "-n", self.namespace, "rule", "add", "pref", "1", "ipproto", "udp", "blackhole")

    def move(self) -> None:
        """To another address, as from Wi-Fi to mobile: the old one is gone, and what came from it."""
        network, _, number = self.there.rpartition(".")
        for command in (f"del {self.there}/24", f"add {network}.{int(number) + 1}/24"):
            run("ip", "-n", self.namespace, "addr", *command.split(), "dev", self.inside)

    def wrap(self, program: str, directory: Path) -> Path:
        """A program that starts `program` at the other end of the cable."""
        script = directory / f"in-{self.namespace}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace} {program} "$@"\n', "utf-8")
        script.chmod(0o755)
        return script


@contextmanager
def cable() -> Iterator[Cable]:
    number = next(_numbers)
    name = f"room{os.getpid()}x{number}"
    device, inside = f"v{os.getpid()}a{number}", f"v{os.getpid()}b{number}"
    here, there = f"10.213.{number}.1", f"10.213.{number}.2"
    run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", device, "type", "veth", "peer", "name", inside, "netns", name)
        run("ip", "addr", "add", f"{here}/24", "dev", device)
        # No addresses of their own making: one that comes up a second later would abort what a browser is loading.
        run("ip", "link", "set", device, "addrgenmode", "none")
        run("ip", "-n", name, "link", "set", inside, "addrgenmode", "none")
        run("ip", "link", "set", device, "up")
        for command in (f"addr add {there}/24 dev {inside}", f"link set {inside} up", "link set lo up"):
            run("ip", "-n", name, *command.split())
        yield Cable(name, device, here, inside, there)
    finally:
        run("ip", "netns", "delete", name)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)
