from sfu.core.flood import STRANGER_BURST, STRANGER_PER_S, STRANGERS_PER_S, Sources, Strangers


def address(number: int) -> bytes:
    return number.to_bytes(4)


def test_one_address_is_heard_so_often_and_again_later() -> None:
    sources = Sources(per_s=10, burst=20)
    assert [sources.take(address(1), now=100.0) for _ in range(25)] == [True] * 20 + [False] * 5
    assert [sources.take(address(1), now=100.5) for _ in range(10)] == [True] * 5 + [False] * 5
    assert sum(sources.take(address(1), now=1000.0) for _ in range(50)) == 20


def test_who_does_not_share_its_place_is_not_concerned() -> None:
    sources = Sources(per_s=10, burst=20)
    for _ in range(1000):
        sources.take(address(1), now=100.0)
    heard = sum(sources.take(address(number), now=100.0) for number in range(2, 52))
    assert heard >= 45  # of 50; four places in a thousand are shared by chance


def test_a_flood_from_forged_addresses_spreads_and_leaves_room_in_every_place() -> None:
    sources, refused = Sources(STRANGER_PER_S, STRANGER_BURST), 0
    for second in range(5):
        for number in range(100_000):
            refused += not sources.take(address(number * 5 + second), now=100.0 + second)
    assert refused == 0


def test_what_is_verified_for_strangers_is_bounded_in_all() -> None:
    strangers = Strangers()
    assert sum(strangers.may_prove(now=100.0) for _ in range(3 * STRANGERS_PER_S)) == STRANGERS_PER_S
    assert sum(strangers.may_prove(now=101.0) for _ in range(3 * STRANGERS_PER_S)) == STRANGERS_PER_S
