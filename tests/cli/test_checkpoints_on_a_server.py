"""Checkpoints of a ledger on a server: signed and put there, or signed alone by who only reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.places import key_folder, state_root
from ledger.model.address import log_address
from ledger.seal.checkpoint import Witness, cosigned, parse_note
from ledger.seal.private_keys import SigningKey
from ledger.store.state import State
from tests.cli.conftest import placed_of, write_key
from tests.organisation import Organisation, unsafe_key
from tests.servers import as_role, database, new_log, new_place, psql
from tests.shell import run_assent

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def place() -> Iterator[str]:
    """The URL of a ledger; its signers' keys and the pin are at hand."""
    org = Organisation()
    for name, key in org.keys.items():
        assert isinstance(key, SigningKey)
        write_key(key_folder() / name, key)
    State(state_root(), org.id).pin()
    with database() as url:
        place = new_place(url)
        with new_log(log_address(place)) as log:
            log.append([placed_of(raw) for raw in org.envelopes], size=0)
        yield place


def signers(text: str) -> list[str]:
    known = [Witness(name, unsafe_key(name).public) for name in ("rita", "alice", "bob")]
    return [one.name for one in cosigned(parse_note(text.encode()), known)]


def test_a_checkpoint_is_witnessed_on_the_server_and_by_who_may_only_read(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    monkeypatch.setenv("ASSENT_LEDGER", place)
    first = run_assent("audit", "checkpoint", "--as", "rita", "--out", tmp_path / "note")
    second = run_assent("audit", "witness", tmp_path / "note", "--as", "alice", "--yes")
    role = f"{log_address(place).schema}_looker"
    psql(place, f'CREATE ROLE "{role}" LOGIN IN ROLE "{{schema}}_reader"')
    monkeypatch.setenv("ASSENT_LEDGER", as_role(place, role))
    third = run_assent("audit", "witness", tmp_path / "note", "--as", "bob", "--yes")

    assert (first.exit, second.exit, third.exit) == (0, 0, 0), first.err + second.err + third.err
    assert second.err == "checkpoint.witnessed at position 8\n"
    assert third.err.startswith("not put into the log: ")
    assert [signers(one.out) for one in (second, third)] == [["rita", "alice"], ["rita", "bob"]]
    compared = run_assent("audit", "compare", tmp_path / "note", "-")
    assert compared.out.startswith("consistent: 9 entries that begin with the 8\n")
