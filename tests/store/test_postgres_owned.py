"""Schemas and roles that somebody had before a log is founded there: who owns it, can change it."""

import pytest

from ledger.errors import Refused
from ledger.model.address import log_address
from ledger.store.postgres_schema import create_schema
from tests.servers import as_role, psql

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def mallory(place: str) -> str:
    """The URL of somebody who may make schemas in the database, and nothing else."""
    schema = log_address(place).schema
    psql(place, "CREATE ROLE {schema}_mallory LOGIN")
    psql(place, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {schema}_mallory',"
         " current_database()); END $$")  # fmt: skip
    return as_role(place, f"{schema}_mallory")


def forbidden(place: str) -> str:
    """Why nothing may be founded at *place*."""
    with pytest.raises(Refused, match=r": .*schema|: .*exchange") as caught:
        create_schema(log_address(place))
    assert caught.value.code == "store-forbidden"
    return f"{caught.value.message} ({caught.value.hint})"


def owners(place: str) -> set[str]:
    """Who owns the functions there."""
    asked = "SELECT proowner::regrole::text FROM pg_proc WHERE pronamespace::regnamespace::text"
    return {name for (name,) in psql(place, f"{asked} = '{{schema}}'")}


def test_nothing_is_founded_in_a_schema_that_a_stranger_made(place: str, mallory: str) -> None:
    psql(mallory, "CREATE SCHEMA {schema}")

    assert "_mallory, who could exchange what is founded in it" in forbidden(place)
    assert owners(place) == set()


def test_an_empty_log_that_a_stranger_began_is_not_taken_up(place: str, mallory: str) -> None:
    create_schema(log_address(mallory))
    assert create_schema(log_address(mallory)) == ()

    assert "_mallory, who could exchange" in forbidden(place)


def test_no_superuser_founds_in_a_schema_of_their_own(place: str) -> None:
    psql(place, "CREATE SCHEMA {schema}")

    assert "no superuser" in forbidden(place)


def test_a_function_that_is_there_already_is_something_else(place: str) -> None:
    psql(place, "CREATE ROLE {schema}_owner", "CREATE SCHEMA {schema} AUTHORIZATION {schema}_owner",
         "CREATE FUNCTION {schema}.push() RETURNS int LANGUAGE sql AS 'SELECT 1'")  # fmt: skip

    with pytest.raises(Refused, match="holds something else"):
        create_schema(log_address(place))


def test_a_schema_that_was_made_for_it_is_founded_in_as_its_owner(place: str, mallory: str) -> None:
    psql(place, "CREATE ROLE {schema}_owner", "CREATE SCHEMA {schema} AUTHORIZATION {schema}_owner")
    schema = log_address(place).schema

    said = forbidden(mallory)
    assert f'GRANT "{schema}_owner" TO "{schema}_mallory"' in said
    assert create_schema(log_address(place)) == ()

    assert owners(place) == {f"{schema}_owner"}


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE ROLE {schema}_owner LOGIN",
        "CREATE ROLE {schema}_owner SUPERUSER",
        "CREATE ROLE {schema}_owner ROLE {schema}_mallory",
        (
            "CREATE ROLE {schema}_team ROLE {schema}_mallory;"
            " CREATE ROLE {schema}_owner ROLE {schema}_team"
        ),
    ],
)
@pytest.mark.usefixtures("mallory")
def test_a_role_of_the_owner_that_others_can_be_owns_nothing(place: str, statement: str) -> None:
    psql(place, statement)

    assert "and could exchange what is founded there" in forbidden(place)
    psql(place, "CREATE SCHEMA {schema} AUTHORIZATION {schema}_owner")
    assert "and could exchange what is founded there" in forbidden(place)
