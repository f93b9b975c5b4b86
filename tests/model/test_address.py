"""Where logs on servers are: what a person may say, what a project's file may, and what is told."""

import pytest

from ledger.errors import BadInput
from ledger.model.address import Address, configured_address, is_server, log_address, parse_address


def test_a_log_has_a_schema_of_its_own_that_libpq_never_sees() -> None:
    address = log_address("postgresql://ada@h:5/db?schema=fraud&sslmode=verify-full")

    assert address.schema == "fraud"
    assert address.url == (
        "postgresql://ada@h:5/db?sslmode=verify-full"
        "&application_name=assent&connect_timeout=10&keepalives_idle=30&keepalives_interval=10"
        "&keepalives_count=3&tcp_user_timeout=60000&require_auth=%21password,%21md5"
    )
    assert "keepalives_idle=30" not in log_address("postgres:///db?keepalives_idle=5").url
    assert log_address("postgres:///db").schema == "assent_log"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("postgresql://h/db", True),
        ("postgresql://h/db?require_auth=md5", False),
        ("postgresql:///?service=governance", False),
    ],
)
def test_a_password_is_not_sent_in_clear_unless_the_person_says_so(
    said: str,
    asked: bool,  # noqa: FBT001 - the answer
) -> None:
    assert ("%21password" in log_address(said).url) is asked


@pytest.mark.parametrize(
    "said",
    [
        "postgresql://h:geheim/db",
        "postgresql://[::1/db",
        "postgresql://h/db#geheim",
        "mysql://h/geheim",
        "postgresql://h/db?x=%00geheim",
        "postgresql://h/db?schema=public",
        "postgresql://h/db?schema=pg_geheim",
        "postgresql://h/db?schema=Geheim",
        "postgresql://h/db?schema=a%22%3B--",
        "postgresql://h/db?schema=a&schema=geheim",
        "postgresql://h/db?schema=",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(BadInput, match=r"cannot be read|takes one schema") as caught:
        log_address(said)

    assert caught.value.code == "bad-ledger-url"
    assert "eheim" not in f"{caught.value.message} {caught.value.hint}"


def test_the_name_has_no_user_and_no_password_and_leads_to_the_same_place() -> None:
    address = log_address("postgresql://ada:geheim@h:5/db?password=geheim&host=x&schema=s")

    assert address.name == "postgresql://h:5/db?schema=s&host=x"
    assert log_address(address.name).name == address.name
    assert "geheim" not in repr(address)
    assert address.has_password
    assert address.without_secrets("no geheim") == "no ***"


def test_what_is_written_down_is_all_that_was_said_but_the_password() -> None:
    said = "postgresql://ada:geheim@h,i:5/db?password=geheim&sslmode=verify-full&options=-c%20x+y"

    written = log_address(said).without_password()

    assert written == (
        "postgresql://ada@h,i:5/db?sslmode=verify-full&options=-c%20x%2By&schema=assent_log"
    )
    again = parse_address(written, "other")
    assert isinstance(again, Address)
    assert again.schema == "assent_log"
    assert again.without_password() == written


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("postgresql://ada:geheim@h/db", "says nothing of passwords"),
        ("postgresql://h/db?password=geheim", "says nothing of password"),
        ("postgresql://h/db?sslkeylogfile=/home/ada/x", "says nothing of sslkeylogfile"),
        ("postgresql://h/db?require_auth=password", "says nothing of require_auth"),
        ("postgresql://h/db?passfile=x&options=y", "says nothing of options, passfile"),
        ("postgresql://evil/db?service=governance", "that names a service"),
        ("postgresql://evil@/db?service=governance", "that names a service"),
        ("postgresql:///db?service=governance&host=evil", "that names a service"),
        ("postgresql:///db?service=governance&port=1", "that names a service"),
        ("postgresql:///db?service=governance&user=evil", "that names a service"),
        ("postgresql:///db?service=governance&sslmode=disable", "that names a service"),
        ("postgresql:///db?service=governance&sslmode=verify-full", "that names a service"),
        ("postgresql:///db?service=governance&sslrootcert=system", "that names a service"),
        ("postgresql:///db?service=governance&target_session_attrs=any", "that names a service"),
        ("postgresql://h/db?sslmode=disable", "takes no guard away: sslmode"),
        ("postgresql://h/db?sslmode=prefer", "takes no guard away: sslmode"),
        ("postgresql://h/db?sslmode=", "takes no guard away: sslmode"),
        ("postgresql://h/db?sslmode=verify-full&ssl%6Dode=allow", "no guard away: sslmode"),
        ("postgresql://h/db?sslrootcert=./evil.pem", "takes no guard away: sslrootcert"),
        ("postgresql://h/db?sslmode=no&sslrootcert=x", "guard away: sslmode, sslrootcert"),
    ],
)
def test_a_file_of_the_project_says_no_more_than_where_the_log_is(said: str, why: str) -> None:
    with pytest.raises(BadInput, match=rf"x/config\.toml: a configuration .*{why}"):
        configured_address(said, "x/config.toml")


def test_what_a_founding_writes_can_be_read_again() -> None:
    for said in (
        "postgresql://ada@h:5/db?sslmode=verify-full&sslrootcert=system",
        "postgresql://h,i/db?user=ada&sslmode=require&target_session_attrs=read-write",
        "postgresql:///db?service=s&schema=fraud",
        "postgresql:///db?host=/t",
    ):
        address = log_address(said)
        assert configured_address(address.without_password(), "x").name == address.name


@pytest.mark.parametrize(
    ("said", "answer"),
    [("postgresql://h/db", True), ("postgres://h", True), ("sqlite:///x", False), ("x", False)],
)
def test_servers_are_told_from_other_places(said: str, answer: bool) -> None:  # noqa: FBT001 - the answer
    assert is_server(said) is answer
