"""A recorder with the server's log.  `python -I -m roomserver.shell.scribe <log level> <bytes to leave free>`."""

import sys

from sfu.shell import recorder

from . import logs


def main(level: str, left_bytes: str) -> None:
    logs.configure(level)
    recorder.main(int(left_bytes))


if __name__ == "__main__":
    main(*sys.argv[1:])
