"""Which ledger a place is known to hold survives, and what is not as written is said so."""

from pathlib import Path

import pytest

from ledger.errors import Uncheckable
from ledger.store.locations import Locations

LEDGER = "a" * 64


def test_a_place_is_remembered(tmp_path: Path) -> None:
    Locations(tmp_path).remember("/somewhere/log", LEDGER)

    assert Locations(tmp_path).ledger_at("/somewhere/log") == LEDGER
    assert Locations(tmp_path).ledger_at("/elsewhere/log") is None
    assert (tmp_path / "locations.json").stat().st_mode & 0o777 == 0o600


def test_another_place_leaves_the_first(tmp_path: Path) -> None:
    known = Locations(tmp_path)
    known.remember("/one", LEDGER)
    known.remember("/two", "b" * 64)

    assert known.ledger_at("/one") == LEDGER


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"/one": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_uncheckable(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "locations.json").write_bytes(damage)

    with pytest.raises(Uncheckable, match="not as it was written"):
        Locations(tmp_path).ledger_at("/one")


def test_a_folder_in_its_place_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "locations.json").mkdir()

    with pytest.raises(Uncheckable, match="Is a directory"):
        Locations(tmp_path).ledger_at("/one")
