"""Processes that we start, and what they are given of our environment: no secrets."""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Sequence

ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}


async def start(command: Sequence[str]) -> tuple[Process, socket.socket]:
    """A process whose standard input is the other end of a socket; signals for our group do not reach it.

    Raises:
        OSError: there is no memory or no process more.
    """
    ours, theirs = socket.socketpair()
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=theirs.fileno(),
            stdout=asyncio.subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return child, ours


def kill(child: Process) -> None:
    """`Process.kill` may take its status from whoever waits for it."""
    if child.returncode is None:
        os.kill(child.pid, signal.SIGKILL)
