"""Pictures that rooms keep: named by their bytes, private, whole or not there, and not too many."""

import asyncio
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from roomserver.shell import assets as shell
from roomserver.shell.assets import Assets, Full, TooHeavy


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return Assets(tmp_path / "assets")


@pytest.mark.rule("ASSET-2")
async def test_a_picture_is_named_by_its_bytes_and_kept_once(assets: Assets, tmp_path: Path) -> None:
    names = await assets.keep("r-1", [b"one", b"two", b"one"])
    assert names == [sha256(data).hexdigest()[:32] for data in (b"one", b"two", b"one")]
    assert await assets.keep("r-1", [b"two"]) == [names[1]]
    assert await assets.read("r-1", [*names, "0" * 32], most=6) == {names[0]: b"one", names[1]: b"two"}
    with pytest.raises(TooHeavy):
        await assets.read("r-1", names, most=5)
    assert assets.path("r-1", names[0]).read_bytes() == b"one"
    assert len([*(tmp_path / "assets" / "r-1").iterdir()]) == 2
    assert await assets.read("r-2", names, most=100) == {}


@pytest.mark.rule("ASSET-3")
async def test_a_room_keeps_so_many_pictures_and_no_more(assets: Assets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "ROOM_FILES", 3)
    await assets.keep("r-1", [b"1", b"2"])
    with pytest.raises(Full, match="at most 3 pictures"):
        await assets.keep("r-1", [b"3", b"4"])
    assert await assets.read("r-1", [sha256(b"3").hexdigest()[:32]], most=100) == {}  # all or none
    await assets.keep("r-1", [b"1", b"2", b"3"])
    await assets.keep("r-2", [b"4"])


@pytest.mark.rule("ASSET-3")
async def test_and_so_many_bytes(assets: Assets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "ROOM_BYTES", 3_000_000)
    await assets.keep("r-1", [b"1" * 2_000_000])
    with pytest.raises(Full, match="at most 3 MB"):
        await assets.keep("r-1", [b"2" * 1_000_001])
    await assets.keep("r-1", [b"2" * 1_000_000, b"1" * 2_000_000])


@pytest.mark.rule("ASSET-3")
async def test_those_who_come_at_once_do_not_exceed_it_together(
    assets: Assets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "ROOM_FILES", 3)
    done = await asyncio.gather(*(assets.keep("r-1", [b"%d" % n]) for n in range(9)), return_exceptions=True)
    assert sum(isinstance(names, list) for names in done) == 3
    assert sum(isinstance(names, Full) for names in done) == 6


@pytest.mark.rule("ASSET-4")
async def test_files_are_for_their_owner_only_and_whole(assets: Assets, tmp_path: Path) -> None:
    [name] = await assets.keep("r-1", [b"picture"])
    for path in (tmp_path / "assets", tmp_path / "assets" / "r-1"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(assets.path("r-1", name).stat().st_mode) == 0o600
    # A server that died in the middle left a part under another name: nobody is given it.
    torn = sha256(b"whole").hexdigest()[:32]
    (tmp_path / "assets" / "r-1" / f".{torn}").write_bytes(b"who")
    assert await assets.read("r-1", [torn], most=100) == {}
    assert await assets.keep("r-1", [b"whole"]) == [torn]
    assert assets.path("r-1", torn).read_bytes() == b"whole"


@pytest.mark.rule("ASSET-4")
@pytest.mark.parametrize("room", ["..", "../etc", "a/b", "", "r-1\n", "x" * 65, "."])
async def test_no_room_leads_out_of_the_directory(assets: Assets, room: str) -> None:
    with pytest.raises(ValueError, match="such a name"):
        assets.path(room, "0" * 32)
    with pytest.raises(ValueError, match="such a name"):
        await assets.keep(room, [b"x"])
    with pytest.raises(ValueError, match="such a name"):
        await assets.forget(room)


@pytest.mark.parametrize("name", ["..", "../../rooms.sqlite", "A" * 32, "0" * 31, "0" * 32 + "\n"])
def test_no_name_leads_out_of_the_room(assets: Assets, name: str) -> None:
    with pytest.raises(ValueError, match="such a name"):
        assets.path("r-1", name)


async def test_a_room_is_forgotten_whole(assets: Assets, tmp_path: Path) -> None:
    await assets.keep("r-1", [b"1"])
    await assets.keep("r-2", [b"1"])
    (tmp_path / "assets" / "lost+found").mkdir()
    assert await assets.rooms() == ["r-1", "r-2"]
    await assets.forget("r-1")
    await assets.forget("r-1")
    assert await assets.rooms() == ["r-2"]
