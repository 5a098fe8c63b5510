"""Telling systemd how it stands with this server: `Type=notify` (sd_notify(3)).  Without systemd, nothing happens."""

import logging
import os
import socket

log = logging.getLogger("roomserver.systemd")
READY = "READY=1"  # the listener is up
STOPPING = "STOPPING=1"


def notify(state: str) -> None:
    """Send a state to the socket that systemd has named.  Never waits; that it fails is no reason to stop serving."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path  # "@": a name that is no file
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto(state.encode(), address)
    except OSError:
        log.warning("systemd could not be told %s", state, exc_info=True)
