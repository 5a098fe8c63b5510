"""Fuzz one parser with atheris, guided by coverage:  python -m tests.sfu.fuzz rtcp -max_total_time=60

An input that breaks it is written into `found/`; commit it, and `test_fuzz.py` keeps it.  Further arguments are
libFuzzer's.  `pip install '.[soak]'` brings atheris.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sfu"]):
    from tests.sfu.fuzz.captures import HERE
    from tests.sfu.fuzz.targets import TARGETS


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"usage: python -m tests.sfu.fuzz {{{','.join(TARGETS)}}} [-max_total_time=<seconds>]")
    holds, real = TARGETS[name]
    kept = HERE / "found" / name
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        for n, data in enumerate(real):
            (Path(corpus) / str(n)).write_bytes(data)
        atheris.Setup([sys.argv[0], *sys.argv[2:], f"-artifact_prefix={kept}/", corpus], holds)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
