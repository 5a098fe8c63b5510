"""The child: one job, and it is gone.  `python -I -m roomserver.studio <kind of job> <seconds of CPU>`."""

import sys
from collections.abc import Callable
from typing import Any

from . import cage
from .jobs import Answer, Refused, Unfit, decode_job, encode


def worker(kind: str) -> Callable[[Any], Answer]:
    """What does such jobs, with every module that it needs: later none can be read where Python is root's own."""
    match kind:
        case "picture":
            from .pictures import picture

            return picture
        case "slides":
            from .slides import slides

            return slides
        case "latex":
            from .formula import outline, rehearse

            rehearse()
            return outline
        case "export":
            from .export import export
            from .formula import rehearse

            rehearse()
            return export
        case _:
            raise SystemExit(f"no such job: {kind}")


def main(kind: str, cpu_s: str) -> None:
    work = worker(kind)
    cage.enter(cpu_s=int(cpu_s))
    try:
        answer = work(decode_job(sys.stdin.buffer.read()))
    except Unfit as unfit:
        answer = Refused(str(unfit))
    except (MemoryError, RecursionError):
        answer = Refused("this takes more memory than it may")
    sys.stdout.buffer.write(encode(answer))
    sys.stdout.buffer.flush()


main(*sys.argv[1:])
