"""Lists of allowed signers: OpenSSH's form, and nothing that the two would read differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.seal.allowed import LIMIT, Allowed, parse_allowed
from ledger.seal.checkpoint import NAMESPACE
from ledger.seal.keys import P256
from ledger.seal.private_keys import generate

ADA = generate(b"\x01" * 32).public
BOB = generate(b"\x02" * 32, P256).public

names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True)
namespaces = st.lists(st.from_regex(r"[A-Za-z0-9@._-]{1,20}", fullmatch=True), max_size=3)


@given(names, st.sampled_from([ADA, BOB]), namespaces.map(tuple))
def test_what_is_written_is_read_back(name: str, key: object, purposes: tuple[str, ...]) -> None:
    assert isinstance(key, type(ADA))
    allowed = Allowed(name, key, purposes)

    assert parse_allowed(f"{allowed.line}\n".encode(), "file") == (allowed,)


def test_people_may_write_comments_and_one_name_twice() -> None:
    text = f"""# our witnesses

ada {ADA.text} ada@desk
ada namespaces="entry.v1@assent,{NAMESPACE}" {BOB.text}\r
  bob namespaces="git" {BOB.text} the old laptop
"""

    found = parse_allowed(text.encode(), "witnesses")

    assert [one.name for one in found] == ["ada", "ada", "bob"]
    assert [one.may_sign(NAMESPACE) for one in found] == [True, True, False]


BAD = {
    "a pattern for a name": f"* {ADA.text}",
    "several names": f"ada,bob {ADA.text}",
    "an address": f"ada@desk {ADA.text}",
    "no key": "ada",
    "a certificate": f"ada cert-authority {ADA.text}",
    "a time of validity": f'ada valid-before="20300101" {ADA.text}',
    "a pattern of namespaces": f'ada namespaces="*@assent" {ADA.text}',
    "no namespaces in quotes": f'ada namespaces="" {ADA.text}',
    "two options": f'ada namespaces="git",cert-authority {ADA.text}',
    "a key cut short": f"ada {ADA.text[:-8]}",
    "a weak key": f"ada ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEA{'A' * 40}",
    "another type": "ada ssh-rsa AAAAB3NzaC1yc2E=",
}


@pytest.mark.parametrize("name", BAD)
def test_what_openssh_would_read_otherwise_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(BadInput, match=r"^witnesses:2: not a list of allowed signers") as raised:
        parse_allowed(f"# one\n{BAD[name]}\n".encode(), "witnesses")

    assert raised.value.code == "bad-witnesses"


@pytest.mark.parametrize("data", [b"\xff\n", b"#" * (LIMIT + 1)])
def test_what_is_no_text_or_has_no_end_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"^witnesses: not a list of allowed signers"):
        parse_allowed(data, "witnesses")
