"""A network for clients that are not on this machine."""

from collections.abc import Iterator

import pytest

from tests.support.network import Cable, cable


@pytest.fixture
def line() -> Iterator[Cable]:
    with cable() as made:
        yield made
