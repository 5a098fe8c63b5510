"""A network of its own for one browser: a namespace joined to this machine by a cable (veth) that can be pulled.

Needs root and `ip` (Debian: iproute2).
"""

import ctypes
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from socket import create_connection, socket

_numbers = itertools.count(1)
_CLONE_NEWNET = 0x40000000  # linux/sched.h


@cache
def why_not() -> str:
    """Why this machine can make no such networks; empty when it can."""
    if shutil.which("ip") is None:
        return "the program `ip` is missing (Debian: iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:  # in a container root may be forbidden to
        name, _, _ = names(os.getpid(), 0)
        with namespace(name):
            run("ip", "-n", name, "link", "add", "type", "veth")  # both ends within: nobody else sees it
    except subprocess.CalledProcessError as error:
        return f"{' '.join(error.cmd)}: {error.stderr.decode().strip()}"
    except subprocess.TimeoutExpired as error:
        return f"{' '.join(error.cmd)} takes too long"
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

    def switch_off(self) -> None:
        """The interface at the other end, which a program there sees at once; of a pulled cable it has to find out."""
        run("ip", "-n", self.namespace, "link", "set", self.inside, "down")

    def switch_on(self) -> None:
        run("ip", "-n", self.namespace, "link", "set", self.inside, "up")

    def block_udp(self) -> None:
        """From now on none arrives, either way, as behind many a school's firewall.

        What the other end sends goes to a neighbour who is not there: routed nowhere it would be an error for whoever
        sends, as a firewall gives none, and Firefox hangs on it.  What comes is dropped before it counts as local.
        """
        network, _, _ = self.there.rpartition(".")
        nobody = f"{network}.254"
        for command in (
            f"neigh add {nobody} lladdr 02:00:00:00:00:01 dev {self.inside}",
            f"route add {network}.0/24 via {nobody} dev {self.inside} table 9",
            "rule add pref 6 ipproto udp table 9",
            "rule add pref 5 table local",
            f"rule add pref 1 iif {self.inside} ipproto udp blackhole",
            "rule delete pref 0",
        ):
            run("ip", "-n", self.namespace, *command.split())

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

    def connect(self, port: int) -> socket:
        """To what listens on the other end's loopback: a socket stays in the network in which it was made."""

        def there() -> socket:
            with Path("/run/netns", self.namespace).open() as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"cannot enter {self.namespace}")
            return create_connection(("127.0.0.1", port))

        with ThreadPoolExecutor(1) as visitor:
            return visitor.submit(there).result()


@contextmanager
def cable() -> Iterator[Cable]:
    number = next(_numbers)
    name, device, inside = names(os.getpid(), number)
    here, there = f"10.213.{number}.1", f"10.213.{number}.2"
    sweep()
    with namespace(name):
        run("ip", "link", "add", device, "type", "veth", "peer", "name", inside, "netns", name)
        try:
            run("ip", "addr", "add", f"{here}/24", "dev", device)
            # No addresses of their own making: one that comes up a second later would abort what a browser is loading.
            run("ip", "link", "set", device, "addrgenmode", "none")
            run("ip", "-n", name, "link", "set", inside, "addrgenmode", "none")
            run("ip", "link", "set", device, "up")
            for command in (f"addr add {there}/24 dev {inside}", f"link set {inside} up", "link set lo up"):
                run("ip", "-n", name, *command.split())
            yield Cable(name, device, here, inside, there)
        finally:  # a namespace lasts as long as a program in it, and so would the cable
            run("ip", "link", "delete", device)


@contextmanager
def namespace(name: str) -> Iterator[None]:
    run("ip", "netns", "add", name)
    try:
        yield
    finally:
        run("ip", "netns", "delete", name)


def names(pid: int | str, number: int | str) -> tuple[str, str, str]:
    """Of the namespace, and of the ends of its cable, here and there."""
    return f"room{pid}x{number}", f"v{pid}a{number}", f"v{pid}b{number}"


def sweep() -> None:
    """What tests have left that were killed: it has the addresses of the next ones."""
    for left in Path("/run/netns").glob("room*x*"):
        ours = re.fullmatch(r"room(\d+)x(\d+)", left.name)
        if ours is not None and not Path("/proc", ours[1]).exists():
            name, device, _ = names(*ours.groups())
            for command in (f"link delete {device}", f"netns delete {name}"):
                with suppress(subprocess.CalledProcessError):  # it had got no further, or somebody else sweeps
                    run("ip", *command.split())


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)
