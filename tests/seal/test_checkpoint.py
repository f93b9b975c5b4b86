"""Checkpoints: a note printed and parsed back, cosigned by SSH keys, checked by OpenSSH too."""

import subprocess
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput, Unproven
from ledger.seal.allowed import Allowed
from ledger.seal.checkpoint import (
    LIMIT,
    MOST_SIGNATURES,
    NAMESPACE,
    Checkpoint,
    Note,
    Refusals,
    Signature,
    Witness,
    blob_of,
    cosign,
    cosigned,
    key_id,
    parse_note,
    self_cosigned,
    to_cosign,
)
from ledger.seal.envelope import KeyHolder
from ledger.seal.keys import P256
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import HASH_ALGORITHM, SshSignature, armor
from ledger.store.agent import held_keys
from ledger.store.keyfile import read_public_half, write_new_key
from ledger.store.openssh import OpensshKey
from tests.seal.authenticator import UnsafeAuthenticator
from tests.store.agents import new_ssh_key, real_agent, ssh_add

ADA = generate(b"\x01" * 32)
BOB = generate(b"\x02" * 32, P256)
LEDGER = sha256(b"a founding").hexdigest()
POINT = Checkpoint(LEDGER, 1234, sha256(b"root").digest(), Refusals(2, sha256(b"").hexdigest()))
AT = 1_795_332_086
WITNESSES = [Witness("ada", ADA.public), Witness("bob", BOB.public)]
NOTE = Note(POINT, (cosign(POINT, "ada", ADA, AT), cosign(POINT, "bob", BOB, AT + 60)))

checkpoints = st.builds(
    Checkpoint,
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.integers(1000, 2**53 - 1),
    st.binary(min_size=32, max_size=32),
    st.none()
    | st.builds(Refusals, st.integers(0, 1000), st.binary(min_size=32, max_size=32).map(bytes.hex)),
)
lines = st.builds(
    Signature,
    st.text("abcdefghijklmnopqrstuvwxyz0123456789./:-", min_size=1, max_size=20),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1, max_size=200),
)
notes = st.builds(
    Note,
    checkpoints,
    st.lists(
        lines,
        min_size=1,
        max_size=MOST_SIGNATURES,
        unique_by=lambda one: (one.name, one.key_id),
    ).map(tuple),
)


@given(notes)
def test_what_is_printed_is_read_back_and_printed_again(note: Note) -> None:
    assert parse_note(note.text.encode()) == note
    assert parse_note(note.text.encode()).text == note.text


@given(st.binary(max_size=400))
def test_whatever_is_read_is_its_own_canonical_form(data: bytes) -> None:
    whole = NOTE.text.encode()
    cut = len(data) % len(whole)
    for tried in (data, whole[:cut] + data[:3] + whole[cut:], whole[:cut] + whole[cut + 1 :]):
        with suppress(BadInput):
            assert parse_note(tried).text.encode() == tried


def test_the_text_is_a_c2sp_checkpoint() -> None:
    origin, size, root, refused, *rest = NOTE.text.split("\n")

    assert origin == f"assent/{LEDGER}"
    assert size == "1234"
    assert b64decode(root) == POINT.root
    assert refused == f"refused 2 {sha256(b'').hexdigest()}"
    assert rest[0] == ""
    assert rest[1].startswith("— ada ")
    assert rest[-1] == ""


TEXT = NOTE.text
LINE = NOTE.signatures[0].line
MALFORMED = {
    "nothing": b"",
    "no signature": POINT.text.encode() + b"\n",
    "no newline at the end": TEXT[:-1].encode(),
    "a newline too many": TEXT.encode() + b"\n",
    "no empty line": TEXT.replace("\n\n", "\n").encode(),
    "another origin": TEXT.replace("assent/", "else/", 1).encode(),
    "a ledger id in capitals": TEXT.replace(LEDGER, LEDGER.upper(), 1).encode(),
    "a size with a zero in front": TEXT.replace("\n1234\n", "\n01234\n", 1).encode(),
    "a size with a sign": TEXT.replace("\n1234\n", "\n+1234\n", 1).encode(),
    "a size in other digits": TEXT.replace("\n1234\n", "\n\u0661\u0662\u0663\u0664\n", 1).encode(),
    "a size of sixty digits": TEXT.replace("\n1234\n", f"\n{'9' * 60}\n", 1).encode(),
    "more refused than there are": TEXT.replace("refused 2", "refused 1235", 1).encode(),
    "an unknown line": TEXT.replace("refused 2", "admitted 2", 1).encode(),
    "carriage returns": TEXT.replace("\n", "\r\n").encode(),
    "a hyphen for the dash": TEXT.replace("— ada", "- ada", 1).encode(),
    "a name with a plus": TEXT.replace("— ada", "— a+da", 1).encode(),
    "a name of other letters": TEXT.replace("— ada", "— \u0430da", 1).encode(),
    "one key twice": f"{TEXT}{LINE}\n".encode(),
    "too many signatures": TEXT.encode()
    + b"".join(
        Signature(f"w{n}", b"abcd", b"x").line.encode() + b"\n" for n in range(MOST_SIGNATURES)
    ),
    "a signature that is only a key id": f"{POINT.text}\n— ada AAAAAA==\n".encode(),
    "base64 with a second spelling": f"{POINT.text}\n— ada AAAAAAB=\n".encode(),
    "base64 in the URL alphabet": f"{POINT.text}\n— ada AAAAAA-_\n".encode(),
    "no UTF-8": TEXT.encode().replace("—".encode(), b"\xe2\x80"),
    "a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "a root in a second spelling": replace(NOTE, checkpoint=replace(POINT, root=bytes(32)))
    .text.replace("A" * 43 + "=", "A" * 42 + "B=")
    .encode(),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_note_is_canonical_or_refused(name: str) -> None:
    with pytest.raises(BadInput, match="this is no checkpoint") as raised:
        parse_note(MALFORMED[name])

    assert raised.value.code == "malformed-checkpoint"


def test_what_is_longer_than_any_note_is_not_looked_at() -> None:
    long = Note(POINT, (Signature("ada", b"abcd", bytes(LIMIT)),))

    with pytest.raises(BadInput, match=f"more than {LIMIT} bytes"):
        parse_note(long.text.encode())


def test_the_key_id_is_that_of_a_type_which_is_not_registered() -> None:
    """As C2SP's signed-note has it: the name, a newline, 0xFF, a name of the type, the key."""
    text = b"ada\n" + b"\xff" + b"sshsig/checkpoint.v1@assent" + ADA.public.blob

    assert key_id("ada", ADA.public) == sha256(text).digest()[:4]
    assert key_id("ada", ADA.public) == NOTE.signatures[0].key_id


def test_known_keys_prove_who_saw_it_and_when() -> None:
    found = cosigned(parse_note(NOTE.text.encode()), WITNESSES)

    assert [(one.name, one.at) for one in found] == [("ada", AT), ("bob", AT + 60)]


def test_lines_of_keys_one_does_not_know_prove_nothing() -> None:
    foreign = Signature("witness.example/w1", b"\x00\x01\x02\x03", bytes(72))
    note = NOTE.joined([foreign])

    assert [one.name for one in cosigned(note, WITNESSES[:1])] == ["ada"]
    assert cosigned(note, [Witness("bob", ADA.public)]) == ()
    assert cosigned(note, []) == ()


def test_a_security_key_witnesses_as_well_but_not_untouched() -> None:
    device = UnsafeAuthenticator()
    note = Note(POINT, (cosign(POINT, "eve", device, AT),))
    assert cosigned(note, [Witness("eve", device.public)])[0].at == AT

    device.flags = 0
    untouched = Note(POINT, (cosign(POINT, "eve", device, AT),))
    with pytest.raises(Unproven, match="nobody touched"):
        cosigned(untouched, [Witness("eve", device.public)])


def relabelled(namespace: str = NAMESPACE, hash_name: str = HASH_ALGORITHM) -> Signature:
    """Ada's line, whose blob says another purpose than the one it was made for."""
    made = ADA.sign_payload(to_cosign(POINT, AT), NAMESPACE)
    blob = SshSignature(ADA.public.blob, namespace, hash_name, made).pack()
    return Signature("ada", key_id("ada", ADA.public), AT.to_bytes(8, "big") + blob)


def made_for_an_entry() -> Signature:
    made = ADA.sign_payload(to_cosign(POINT, AT))
    blob = SshSignature(ADA.public.blob, NAMESPACE, HASH_ALGORITHM, made).pack()
    return Signature("ada", key_id("ada", ADA.public), AT.to_bytes(8, "big") + blob)


def at_another_time(at: int) -> Signature:
    line = NOTE.signatures[0]
    return replace(line, made=at.to_bytes(8, "big") + line.made[8:])


def of_another_key() -> Signature:
    bobs = cosign(POINT, "ada", BOB, AT)
    return replace(bobs, key_id=key_id("ada", ADA.public))


FALSE = {
    "over another size": cosign(replace(POINT, size=1235), "ada", ADA, AT),
    "over another root": cosign(replace(POINT, root=bytes(32)), "ada", ADA, AT),
    "over another ledger": cosign(replace(POINT, ledger="0" * 64), "ada", ADA, AT),
    "over other refusals": cosign(replace(POINT, refusals=None), "ada", ADA, AT),
    "at another time": at_another_time(AT + 1),
    "beyond all time": cosign(POINT, "ada", ADA, 2**63),
    "said to be for an entry": relabelled("entry.v1@assent"),
    "said to be over another hash": relabelled(hash_name="sha256"),
    "made for an entry": made_for_an_entry(),
    "made by another key": of_another_key(),
    "cut short": Signature("ada", key_id("ada", ADA.public), NOTE.signatures[0].made[:-1]),
    "only a time": Signature("ada", key_id("ada", ADA.public), bytes(8)),
    "less than a time": Signature("ada", key_id("ada", ADA.public), b"x"),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_known_key_that_did_not_sign_this_is_an_error(name: str) -> None:
    note = parse_note(Note(POINT, (FALSE[name],)).text.encode())

    with pytest.raises(Unproven, match="was not signed by ada") as raised:
        cosigned(note, WITNESSES)

    assert raised.value.code == "bad-checkpoint"


@pytest.mark.parametrize("name", FALSE)
def test_a_line_that_does_not_hold_with_the_key_it_carries_says_nothing(name: str) -> None:
    honest = cosign(POINT, "bob", BOB, AT)
    note = Note(POINT, (FALSE[name], Signature("x", b"abcd", bytes(72)), honest))

    assert [(one.name, one.key) for one in self_cosigned(note)] == [("bob", BOB.public)]


@settings(max_examples=60)
@given(st.integers(0, 8 * len(NOTE.signatures[0].made) - 1))
def test_flipping_any_bit_of_what_a_key_made_breaks_it(bit: int) -> None:
    line = NOTE.signatures[0]
    flipped = bytearray(line.made)
    flipped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Unproven, match="was not signed by ada"):
        cosigned(Note(POINT, (replace(line, made=bytes(flipped)),)), WITNESSES)


def test_a_second_signature_of_one_key_takes_the_place_of_its_first() -> None:
    later = cosign(POINT, "ada", ADA, AT + 600)

    joined = NOTE.joined([later])

    assert [one.at for one in cosigned(joined, WITNESSES)] == [AT + 600, AT + 60]


def test_there_is_an_end_to_the_signatures_a_note_takes() -> None:
    many = [Signature(f"w{n}", b"abcd", b"x") for n in range(MOST_SIGNATURES)]

    with pytest.raises(BadInput, match="more than 32 signatures"):
        NOTE.joined(many)


def by_ssh_keygen(folder: Path, name: str, signature: Signature, message: bytes) -> str:
    """What ``ssh-keygen -Y verify`` says of *signature*, made over *message*."""
    (folder / "signature").write_text(armor(blob_of(signature)))
    done = subprocess.run(
        [
            *("ssh-keygen", "-Y", "verify"),
            *("-f", str(folder / "allowed_signers"), "-I", name),
            *("-n", NAMESPACE, "-s", str(folder / "signature")),
        ],
        input=message,
        capture_output=True,
        check=False,
    )
    return (done.stdout + done.stderr).decode()


@pytest.mark.needs("ssh-keygen", "ssh-agent", "ssh-add")
def test_ssh_keygen_proves_the_same_signatures(tmp_path: Path) -> None:
    ours = tmp_path / "carol"
    write_new_key(ours, None)
    with real_agent() as agent:
        ssh_add(agent, new_ssh_key(tmp_path / "dora", "ecdsa"))
        holders: dict[str, KeyHolder] = {
            "ada": ADA,
            "bob": BOB,
            "carol": OpensshKey(ours, read_public_half(ours)),
            "dora": held_keys(agent)[0],
        }
        made = {name: cosign(POINT, name, key, AT) for name, key in holders.items()}
    allowed = [Allowed(name, key.public, (NAMESPACE,)).line for name, key in holders.items()]
    (tmp_path / "allowed_signers").write_text("\n".join([*allowed, ""]))
    witnesses = [Witness(name, key.public) for name, key in holders.items()]

    assert len(cosigned(Note(POINT, tuple(made.values())), witnesses)) == len(holders)
    for name, signature in made.items():
        said = by_ssh_keygen(tmp_path, name, signature, to_cosign(POINT, AT))
        assert f'Good "{NAMESPACE}" signature for {name}' in said
        said = by_ssh_keygen(tmp_path, name, signature, to_cosign(POINT, AT + 1))
        assert "Could not verify signature" in said
