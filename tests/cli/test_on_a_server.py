"""A ledger on a server, as people use it: founding, joining, acting, and what trouble says."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cli.gate_quickly import kept_rows
from cli.options import Options
from cli.places import key_folder, state_root
from ledger.model.address import log_address
from ledger.store.locations import Locations
from ledger.store.postgres import open_schema
from ledger.store.postgres_schema import create_schema
from tests.cli.conftest import write_key
from tests.organisation import unsafe_key
from tests.servers import database, new_place, psql
from tests.shell import Result, run_assent

pytestmark = pytest.mark.needs("postgres")

ROSTER = """\
ledger = "acme"
root_threshold = 2
[signer.alice]
kind = "person"
key_file = "keys/alice.pub"
roles = ["reviewer"]
root = true
[signer.bob]
kind = "person"
key_file = "keys/bob.pub"
roles = ["operator", "reviewer"]
root = true
[signer.carol]
kind = "person"
key_file = "keys/carol.pub"
roles = ["steward"]
root = true
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as url:
        yield url


@pytest.fixture
def place(url: str, desk: Path) -> str:
    """The URL of an empty schema; roster, policy and keys are at the desk."""
    for name in ("alice", "bob", "carol"):
        write_key(key_folder() / name, unsafe_key(name))
        write_key(desk / "keys" / name, unsafe_key(name))
    (desk / "policy.toml").write_text(run_assent("policy", "new", "--small").out)
    (desk / "roster.toml").write_text(ROSTER)
    return new_place(url)


def init(place: str, *more: str) -> Result:
    files = ("--roster", "roster.toml", "--policy", "policy.toml")
    return run_assent("init", *files, "--ledger", place, "--as", "alice", "--yes", *more)


def test_a_founding_leaves_the_log_on_the_server_and_a_folder_that_leads_there(place: str) -> None:
    result = init(place)

    assert result.exit == 0
    assert f'GRANT "{log_address(place).schema}_writer" TO NAME;' in result.err
    assert "assent trust" in result.err
    assert sorted(p.name for p in Path(".assent").iterdir()) == ["config.toml", "evidence"]
    assert run_assent("verify").exit == 0
    with open_schema(log_address(place)) as log:
        assert log.size() == 2


def test_a_colleague_joins_by_the_url_or_by_the_folder(place: str, tmp_path: Path) -> None:
    id_ = init(place, "--json").json["ledger"]
    (tmp_path / "away").mkdir()
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("ASSENT_STATE", str(tmp_path / "bobs"))
        assert run_assent("status").exit == 5
        assert run_assent("trust", id_).exit == 0
        elsewhere.chdir(tmp_path / "away")
        assert run_assent("trust", id_, "--ledger", place).exit == 0
        accepted = run_assent("signer", "accept", "--as", "bob", "--yes", "--ledger", place)
        assert accepted.exit == 0, accepted.err
        elsewhere.setenv("ASSENT_LEDGER", place)
        assert run_assent("verify").exit == 0
        assert Locations(state_root()).ledger_at(log_address(place).name) == id_


def test_a_ledger_is_not_founded_over_another_and_an_empty_log_is_taken_up(place: str) -> None:
    create_schema(log_address(place))
    assert init(place).exit == 0
    Path("roster.toml").write_text(ROSTER.replace("acme", "another"))

    again = init(place)

    assert (again.exit, again.out) == (3, "")
    assert again.err.startswith("ledger-exists: ")


def test_a_folder_that_is_there_stays_as_it_is(place: str) -> None:
    Path(".assent").mkdir()

    result = init(place)

    assert result.exit == 0
    assert "stays as it is" in result.err
    assert [*Path(".assent").iterdir()] == []
    assert run_assent("verify", "--ledger", place).exit == 0


def test_a_password_is_not_written_down(place: str) -> None:
    result = init(place.replace("postgres:@", "postgres:geheim@"))

    assert result.exit == 0
    assert "password in this URL can be seen" in result.err
    said = Path(".assent/config.toml").read_text() + result.out + result.err
    assert "geheim" not in said
    assert [p for p in state_root().rglob("*.json") if "geheim" in p.read_text()] == []


def test_what_a_configuration_may_not_say_is_not_written_into_one(place: str) -> None:
    result = init(f"{place}&options={quote('-c work_mem=8MB')}")

    assert result.exit == 0
    assert "ASSENT_LEDGER" in result.err
    assert not Path(".assent").exists()


def test_a_configuration_from_a_stranger_leads_nowhere_else(place: str) -> None:
    assert init(place).exit == 0
    config = Path(".assent/config.toml")
    config.write_text('log = "postgresql://evil/db?sslkeylogfile=x"\nevidence = "evidence"\n')

    result = run_assent("status")

    assert result.exit == 2
    assert "bad-ledger-url" in result.err
    assert "config.toml" in result.err


def test_the_short_way_of_the_gate_sees_whether_anything_is_new(place: str) -> None:
    assert init(place).exit == 0
    assert run_assent("status").exit == 0
    assert kept_rows(Options()) is not None

    schema = log_address(place).schema
    psql(
        place,
        f"SELECT {schema}.append_entries(2, ARRAY['x'], ARRAY[1], ARRAY['k'], ARRAY['y'::bytea])",
    )
    assert kept_rows(Options()) is None


def test_a_server_that_is_away_is_no_traceback_and_leaves_nothing(place: str) -> None:
    away = "postgresql://127.0.0.1:1/db"
    assert init(away).exit == 5
    assert not Path(".assent").exists()
    assert not state_root().exists()
    assert init(place).exit == 0

    for arguments in (("status",), ("log",), ("trust", "ab" * 32)):
        result = run_assent(*arguments, "--ledger", away)
        assert result.exit == 5
        assert result.err.startswith("store-unavailable: ")
