"""A media worker with the server's log.  `python -I -m roomserver.shell.forwarder <log level> <number>`."""

import sys

from sfu.shell import worker

from . import logs


def main(level: str, number: str) -> None:
    logs.configure(level, worker=int(number))
    worker.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
