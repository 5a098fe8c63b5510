"""How often somebody may ask."""

import pytest

from roomserver.shell import allowance as shell
from roomserver.shell.allowance import Allowance


def test_a_burst_at_once_and_then_so_many_a_second() -> None:
    allowance = Allowance(a_second=2, burst=3)
    assert [allowance.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert allowance.take("b", 0.0) == 0
    assert allowance.take("a", 0.25) == 0.25
    assert allowance.take("a", 0.5) == 0
    assert [allowance.take("a", 100.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_who_has_long_been_silent_is_forgotten_and_who_has_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "MANY", 2)
    allowance = Allowance(a_second=1, burst=1)
    assert [allowance.take(who, at) for who, at in (("a", 0.0), ("b", 9.5), ("c", 10.0))] == [0, 0, 0]
    assert [*allowance._buckets] == ["b", "c"]
    assert allowance.take("b", 10.0) == 0.5
