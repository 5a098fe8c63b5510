from sfu.core.ice import PATHS_MAX, Paths


def test_the_first_path_is_used_until_one_is_nominated() -> None:
    paths: Paths[str] = Paths()
    paths.checked("a", nominates=False, now=1.0)
    paths.checked("b", nominates=False, now=2.0)
    assert paths.selected == "a"
    paths.checked("b", nominates=True, now=3.0)
    paths.checked("a", nominates=False, now=4.0)
    assert paths.selected == "b"


def test_paths_are_bounded_and_the_one_in_use_stays() -> None:
    paths: Paths[int] = Paths()
    forgotten = [paths.checked(n, nominates=n == 0, now=float(n)) for n in range(PATHS_MAX + 2)]
    assert forgotten[-2:] == [[1], [2]]
    assert paths.selected == 0
    assert len(paths.known()) == PATHS_MAX
