"""`python -m roomserver`."""

from .cli import main

main()
