"""Where servers are, and nobody's secrets: how the URL of views is read and told."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import AssentError, BadInput
from projections.address import read_address
from projections.runner import Views

pytestmark = pytest.mark.needs("postgres")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("postgresql://ada:geheim@127.0.0.1:1/db", "views-away"),
        ("postgresql://ada@127.0.0.1:1/db?password=geheim", "views-away"),
        ("postgresql://ada:geheim@127.0.0.1:1/db?nonsense=geheim", "bad-views-url"),
        ("postgresql://ada:geheim@127.0.0.1:geheim/db", "bad-views-url"),
        ("postgresql://ada:geheim@[::1/db", "bad-views-url"),
        ("postgresql://ada:geheim@h/db?schema=public", "bad-views-url"),
        ("postgresql://ada:geheim@h/db?schema=x%22%3B--", "bad-views-url"),
        ("postgres://ada:geheim@127.0.0.1:1/db?schema=pg_catalog", "bad-views-url"),
        ("postgresql:///?service=geheim-is-no-service", "views-away"),
    ],
)
def test_no_password_is_ever_repeated(address: str, code: str) -> None:
    with pytest.raises(AssentError, match=r"server|schema|option|service") as caught:
        Views(url=address)
    assert caught.value.code == code
    said = f"{caught.value.message} {caught.value.hint}"
    assert "geheim" not in said.replace("geheim-is-no-service", "")


def test_without_its_driver_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from ledger.errors import AssentError; from projections.runner import Views\n"
        "try: Views(url='postgresql:///x')\n"
        "except AssentError as error: print(error.code, error.hint)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.stdout == "postgres-missing pip install 'assent[postgres]'\n", done.stderr


def test_an_address_is_not_shown_with_what_is_secret_in_it() -> None:
    address = read_address("postgresql://ada:geheim@h:5/db?schema=s&password=geheim")
    assert address.name == "postgresql://h:5/db?schema=s"
    assert "geheim" not in repr(address)
    assert read_address(address.full()) == address


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("postgresql:///db?host=/tmp/x", "postgresql:///db?schema=assent&host=/tmp/x"),
        ("postgresql:///db?port=6&host=h", "postgresql:///db?schema=assent&host=h&port=6"),
        ("postgresql:///?service=s&schema=t", "postgresql:///?schema=t&service=s"),
        ("postgresql:///db?host=a&host=b", "postgresql:///db?schema=assent&host=a&host=b"),
        ("postgresql:///db?host=a%26b%1B", "postgresql:///db?schema=assent&host=a%26b%1B"),
        ("postgresql:///db?user=ada&passwd=geheim", "postgresql:///db?schema=assent"),
    ],
)
def test_the_name_of_a_server_tells_it_from_others_and_can_be_given_again(
    said: str, name: str
) -> None:
    address = read_address(said)
    assert address.name == name
    assert read_address(name).name == name


def test_views_have_a_schema_to_themselves() -> None:
    with pytest.raises(BadInput, match="takes one schema"):
        read_address("postgresql:///db?schema=Assent")
