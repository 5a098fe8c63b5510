from sfu.core.bandwidth import LEAST_BPS, Allotment


def test_loss_lowers_at_once_and_its_absence_raises_slowly() -> None:
    allotment = Allotment(1_000_000)
    assert allotment.update(0) == 1_000_000
    assert allotment.update(128) == 750_000
    assert allotment.update(13) == 750_000
    assert allotment.update(0) == 810_000


def test_it_never_falls_to_nothing() -> None:
    allotment = Allotment(1_000_000)
    for _ in range(50):
        allotment.update(255)
    assert allotment.bits_per_s == LEAST_BPS
