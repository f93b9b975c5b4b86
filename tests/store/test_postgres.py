"""The log on a server: how it is made and opened, who may do what, and how it is written."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ledger.errors import AssentError, BadInput, Refused, Uncheckable
from ledger.model.address import Address, log_address
from ledger.store.log import EventLog
from ledger.store.postgres import open_schema
from ledger.store.postgres_schema import create_schema
from tests.servers import as_role, log_in, psql
from tests.store.server_logs import SIZE, attack, can_go_on, envelope

pytestmark = pytest.mark.needs("postgres")


# Creating and opening


def test_a_schema_that_is_not_there_is_no_ledger_and_is_not_made(place: str) -> None:
    with pytest.raises(BadInput, match="there is no schema") as caught:
        open_schema(log_address(place))

    assert caught.value.code == "not-a-ledger"
    assert psql(place, "SELECT to_regnamespace('{schema}')") == [(None,)]


def test_what_was_begun_and_holds_nothing_is_taken_up_and_no_ledger_is_made_twice(
    place: str,
) -> None:
    address = log_address(place)
    assert create_schema(address) == ()
    assert create_schema(address) == ()
    with open_schema(address) as log:
        log.append([envelope(0)], size=0)

    with pytest.raises(Refused, match="holds a ledger; nothing was changed") as caught:
        create_schema(address)
    assert caught.value.code == "ledger-exists"


def test_a_schema_that_holds_something_else_is_left_alone(place: str) -> None:
    psql(place, "CREATE SCHEMA {schema}", "CREATE TABLE {schema}.payroll (id int)")

    with pytest.raises(Refused, match="holds something else; nothing was changed"):
        create_schema(log_address(place))
    with pytest.raises(BadInput, match="no ledger is in the schema"):
        open_schema(log_address(place))
    assert psql(place, "SELECT count(*) FROM {schema}.payroll") == [(0,)]


def test_several_who_found_at_once_make_one_log(place: str) -> None:
    address = log_address(place)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(create_schema, [address] * 4)] == [()] * 4

    with open_schema(address) as log:
        can_go_on(log)


@pytest.mark.usefixtures("log")
def test_a_layout_of_another_version_is_not_guessed_at(place: str) -> None:
    psql(place, "COMMENT ON SCHEMA {schema} IS 'assent log, layout 2'")

    with pytest.raises(Uncheckable, match="layout 2; this version of assent reads layout 1"):
        open_schema(log_address(place))


def test_a_database_of_another_encoding_is_refused(place: str) -> None:
    name = f"latin_{log_address(place).schema}"
    psql(place, f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(Uncheckable, match="not encoded in UTF8"):
            create_schema(log_in(re.sub(r"/assent_[0-9_]+", f"/{name}", place), "assent_log"))
    finally:
        psql(place, f"DROP DATABASE {name} WITH (FORCE)")


def test_tables_that_are_gone_are_an_error_of_ours(log: EventLog, place: str) -> None:
    attack(place, "DROP TABLE merkle_leaf")

    with pytest.raises(Uncheckable, match="cannot be read as a log: relation") as caught:
        log.size()
    assert caught.value.code == "store-damaged"


def test_a_server_that_is_not_there_is_said_to_be_unavailable_at_once() -> None:
    address = Address("postgresql://127.0.0.1:1/db?connect_timeout=2", "assent_log")
    for attempt in (open_schema, create_schema):
        with pytest.raises(Uncheckable, match=r"127\.0\.0\.1") as caught:
            attempt(address)
        assert caught.value.code == "store-unavailable"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://ada:geheim@127.0.0.1:1/db", "store-unavailable"),
        ("postgresql://ada@127.0.0.1:1/db?password=geheim", "store-unavailable"),
        ("postgresql://ada:geheim@127.0.0.1:1/db?nonsense=geheim", "bad-ledger-url"),
    ],
)
def test_no_password_is_ever_repeated(url: str, code: str) -> None:
    with pytest.raises(AssentError, match=r"127\.0\.0\.1|nonsense") as caught:
        open_schema(Address(url, "assent_log"))
    assert caught.value.code == code
    assert "geheim" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.usefixtures("log")
def test_a_setting_that_lets_the_library_write_by_itself_is_refused(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", "y")

    for attempt in (open_schema, create_schema):
        with pytest.raises(BadInput, match="POSTGRES_ENABLE_DB_FUNCTIONS is set") as caught:
            attempt(log_address(place))
        assert caught.value.code == "unordered-writes"


def test_a_connection_that_the_server_closed_while_it_waited_is_replaced(
    log: EventLog, place: str
) -> None:
    psql(
        place,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
        " = 'assent' AND datname = current_database() AND pid <> pg_backend_pid()",
    )

    assert log.size() == SIZE


# Roles


@pytest.fixture
def logins(log: EventLog, place: str) -> Iterator[dict[str, str]]:
    """Addresses of somebody who writes, somebody who reads, and a stranger."""
    assert log.size() == SIZE
    schema = log_address(place).schema
    names = {what: f"{schema}_{what}_login" for what in ("writer", "reader", "stranger")}
    psql(place, *(f"CREATE ROLE {name} LOGIN" for name in names.values()))
    psql(place, *(f"GRANT {schema}_{w} TO {names[w]}" for w in ("writer", "reader")))
    yield {what: as_role(place, name) for what, name in names.items()}
    psql(place, *(f"DROP ROLE {name}" for name in names.values()))


def test_who_writes_appends_and_reads_and_changes_no_table(
    log: EventLog, logins: dict[str, str]
) -> None:
    with open_schema(log_address(logins["writer"])) as theirs:
        can_go_on(theirs)
        assert theirs.head() == log.head()
    for statement in (
        "INSERT INTO {schema}.merkle_leaf VALUES (9, 9, '')",
        "UPDATE {schema}.merkle_head SET size = 0",
        "DELETE FROM {schema}.stored_events",
        "TRUNCATE {schema}.stored_events",
        "BEGIN; LOCK TABLE {schema}.stored_events IN ACCESS EXCLUSIVE MODE",
        "SELECT 1 FROM {schema}.merkle_head FOR UPDATE",
        "SELECT {schema}.append_past(false, 0, '{}', '{}', '{}', '{}')",
        "COMMENT ON SCHEMA {schema} IS 'mine'",
        "CREATE TABLE {schema}.mine (id int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql(logins["writer"], statement)


def test_who_reads_reads_and_appends_nothing(log: EventLog, logins: dict[str, str]) -> None:
    with open_schema(log_address(logins["reader"])) as theirs:
        assert [row.raw for row in theirs.scan()] == [row.raw for row in log.scan()]
        assert theirs.strays() == []
        with pytest.raises(Refused, match="permission denied") as caught:
            theirs.append([envelope(SIZE)], size=SIZE)
    assert caught.value.code == "store-forbidden"
    assert log.size() == SIZE


def test_a_stranger_is_told_who_can_let_them_in(logins: dict[str, str]) -> None:
    with pytest.raises(Refused, match="may not look into the schema") as caught:
        open_schema(log_address(logins["stranger"]))
    assert caught.value.code == "store-forbidden"
    assert "_reader" in str(caught.value.hint)


@pytest.mark.usefixtures("log")
def test_the_function_runs_with_the_rights_of_a_role_that_has_no_others(
    place: str,
) -> None:
    assert psql(
        place,
        "SELECT rolname = '{schema}_owner', rolsuper OR rolcreaterole OR rolcreatedb OR rolcanlogin"
        " FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner"
        " WHERE pronamespace = to_regnamespace('{schema}') AND prosecdef",
    ) == [(True, False)]


def test_who_may_not_make_roles_is_told_what_an_administrator_has_to_say(
    place: str,
) -> None:
    schema = log_address(place).schema
    founder = as_role(place, f"{schema}_founder")
    psql(place, "CREATE ROLE {schema}_founder LOGIN")
    with pytest.raises(Refused, match="may not make a schema there") as caught:
        create_schema(log_address(founder))
    said = str(caught.value.hint).partition(": ")[2]
    assert said == f'CREATE SCHEMA "{schema}" AUTHORIZATION "{schema}_founder"'

    psql(place, said)
    left = create_schema(log_address(founder))
    with open_schema(log_address(founder)) as log:
        can_go_on(log)
    psql(place, *left, "CREATE ROLE {schema}_w LOGIN", "GRANT {schema}_writer TO {schema}_w")
    with open_schema(log_address(as_role(place, f"{schema}_w"))) as theirs:
        can_go_on(theirs)


def test_who_makes_roles_without_being_everything_founds_and_writes(place: str) -> None:
    schema = log_address(place).schema
    psql(place, "CREATE ROLE {schema}_lead LOGIN CREATEROLE")
    psql(place, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {schema}_lead',"
         " current_database()); END $$")  # fmt: skip

    assert create_schema(log_address(as_role(place, f"{schema}_lead"))) == ()

    with open_schema(log_address(as_role(place, f"{schema}_lead"))) as log:
        can_go_on(log)


# The function itself


def test_an_append_is_made_at_read_committed_and_by_the_rules(log: EventLog, place: str) -> None:
    call = "SELECT {schema}.append_entries(NULL, ARRAY['a'], ARRAY[1], ARRAY['k'], %s)"
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="at READ COMMITTED"):
        psql(place, "SET default_transaction_isolation TO serializable", call % "ARRAY['x'::bytea]")
    for wrong in (
        "'{}'",
        "NULL",
        "ARRAY['x'::bytea, 'y']",
        "ARRAY[decode(repeat('00', 65536), 'hex')]",
    ):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="65,535 bytes"):
            psql(place, call % wrong)
    assert log.size() == SIZE


@pytest.mark.usefixtures("log")
def test_an_append_is_flushed_whatever_the_session_says(place: str) -> None:
    psql(
        place,
        "SET synchronous_commit TO off",
        "CREATE TABLE {schema}.seen (said text)",
        "CREATE FUNCTION {schema}.see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " $$ BEGIN INSERT INTO {schema}.seen VALUES (current_setting('synchronous_commit'));"
        " RETURN NULL; END $$",
        "CREATE CONSTRAINT TRIGGER see AFTER INSERT ON {schema}.stored_events"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.see()",
        "SELECT {schema}.append_entries(5, ARRAY['a'], ARRAY[1], ARRAY['k'], ARRAY['x'::bytea])",
    )

    assert psql(place, "SELECT said FROM {schema}.seen") == [("on",)]


def test_somebody_who_holds_the_head_row_makes_an_append_fail_and_not_hang(
    log: EventLog, place: str
) -> None:
    psql(place, "ALTER FUNCTION {schema}.append_entries SET lock_timeout = '50ms'")
    address = log_address(place)
    with psycopg.connect(address.url) as other:
        held = "SELECT 1 FROM {}.merkle_head FOR UPDATE"
        other.execute(held.format(address.schema).encode())
        with pytest.raises(Uncheckable, match="lock timeout") as caught:
            log.append([envelope(SIZE)], size=SIZE)
    assert caught.value.code == "store-unavailable"

    can_go_on(log)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = ''",
        "DELETE FROM stored_events",
        "TRUNCATE stored_events",
        "UPDATE merkle_leaf SET leaf_hash = ''",
        "DELETE FROM merkle_leaf",
        "TRUNCATE merkle_leaf",
        "UPDATE merkle_head SET size = 0",
        "DELETE FROM merkle_head",
        "TRUNCATE merkle_head",
    ],
)
@pytest.mark.usefixtures("log")
def test_rows_are_not_changed_or_removed_by_accident(place: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation, match="the log only grows"):
        psql(place, "SET search_path TO {schema}", statement)
