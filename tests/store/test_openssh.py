"""``ssh-keygen -Y sign`` as the hand that signs: the real one, and others of its name."""

import os
import sys
import time
from pathlib import Path

import pytest

from ledger.errors import AssentError, Uncheckable, Unproven
from ledger.model.canonical import encode
from ledger.seal.envelope import examine, seal
from ledger.seal.keys import SK_ED25519, SK_P256, PublicKey, parse_public_key
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import NAMESPACE, SshSignature, armor, signed_data
from ledger.store import openssh
from ledger.store.openssh import OpensshKey
from tests.seal.authenticator import UnsafeAuthenticator, handle_of
from tests.store.agents import (
    asked_for,
    false_agent,
    holding,
    new_ssh_key,
    real_agent,
    ssh_add,
)
from tests.terminal import at_a_terminal

ADA = generate(b"\x01" * 32)
BOB = generate(b"\x02" * 32)
with_openssh = pytest.mark.needs("ssh-keygen")


def payload_of(key: PublicKey) -> bytes:
    return encode({"by": {"key": key.id, "signer": "ada"}, "note": "für Ada"})


def key_at(path: Path) -> OpensshKey:
    return OpensshKey(path, parse_public_key(path.with_name(f"{path.name}.pub").read_text()))


@with_openssh
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_openssh_asks_for_the_passphrase_and_signs(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_at(new_ssh_key(tmp_path / "ada", kind, "correct horse"))
    for name, value in asked_for("correct horse", tmp_path).items():
        monkeypatch.setenv(name, value)

    raw = seal(payload_of(key.public), key)

    assert examine(raw).fault is None
    assert examine(raw).key == key.public.id


SIGN = """
import sys
from pathlib import Path
from ledger.store.keyfile import read_public_half
from ledger.store.openssh import OpensshKey
path = Path(sys.argv[1])
print("signed", len(OpensshKey(path, read_public_half(path)).sign_payload(b"{}")))
"""


@with_openssh
def test_at_a_terminal_openssh_asks_for_the_passphrase_itself(tmp_path: Path) -> None:
    path = new_ssh_key(tmp_path / "ada", "ed25519", "correct horse")

    code, shown = at_a_terminal([sys.executable, "-c", SIGN, path], ["correct horse"])

    assert (code, shown.split()[-2:]) == (0, ["signed", "83"])
    assert "horse" not in shown


@with_openssh
def test_a_key_without_a_passphrase_asks_nobody(tmp_path: Path) -> None:
    key = key_at(new_ssh_key(tmp_path / "ada", "ed25519"))

    assert examine(seal(payload_of(key.public), key)).fault is None
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ada", "ada.pub"]


@with_openssh
def test_a_wrong_passphrase_is_said_in_openssh_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_at(new_ssh_key(tmp_path / "ada", "ed25519", "correct horse"))
    for name, value in asked_for("wrong horse", tmp_path).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(Uncheckable, match=r"made no signature: .*passphrase") as no:
        key.sign_payload(payload_of(key.public))

    assert no.value.code == "openssh-failed"


@with_openssh
def test_where_nobody_can_be_asked_nothing_is_signed_and_nothing_hangs(tmp_path: Path) -> None:
    key = key_at(new_ssh_key(tmp_path / "ada", "ed25519", "correct horse"))

    with pytest.raises(Uncheckable, match="made no signature: ") as no:
        key.sign_payload(payload_of(key.public))

    assert no.value.code == "openssh-failed"


@with_openssh
def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    path = new_ssh_key(tmp_path / "ada", "ed25519")
    key = key_at(path)
    path.unlink()
    path.with_name("ada.pub").unlink()

    with pytest.raises(Uncheckable, match=r"made no signature: .*No such file"):
        key.sign_payload(payload_of(key.public))


@pytest.mark.needs("ssh-keygen", "ssh-agent", "ssh-add")
def test_a_public_file_signs_through_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = new_ssh_key(tmp_path / "ada", "ed25519")
    public = parse_public_key((tmp_path / "ada.pub").read_text())
    with real_agent() as agent:
        ssh_add(agent, path)
        path.unlink()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))

        raw = seal(payload_of(public), OpensshKey(tmp_path / "ada.pub", public))

    assert examine(raw).fault is None


@with_openssh
@pytest.mark.parametrize("algorithm", [SK_ED25519, SK_P256])
def test_what_openssh_hands_on_of_a_security_key_is_taken(
    algorithm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is software and behind an agent; the program between is OpenSSH's own."""
    device = UnsafeAuthenticator(algorithm)
    file = tmp_path / "device.pub"
    file.write_text(f"{device.public.text} touch me\n")
    with false_agent(holding(device)) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        raw = seal(payload_of(device.public), OpensshKey(file, device.public))
        device.flags = 0
        with pytest.raises(Unproven, match="nobody touched the security key"):
            seal(payload_of(device.public), OpensshKey(file, device.public))

    assert examine(raw).fault is None


@with_openssh
def test_a_handle_whose_device_is_not_there_is_said(tmp_path: Path) -> None:
    handle = write_handle(tmp_path / "device", UnsafeAuthenticator())

    with pytest.raises(Uncheckable, match="made no signature: ") as no:
        key_at(handle).sign_payload(payload_of(key_at(handle).public))

    assert no.value.code == "openssh-failed"


def write_handle(path: Path, device: UnsafeAuthenticator) -> Path:
    """The file that ``ssh-keygen -t ed25519-sk`` would have left: it names a key, and has none."""
    path.touch(mode=0o600)
    path.write_bytes(handle_of(device))
    path.with_name(f"{path.name}.pub").write_text(f"{device.public.text}\n")
    return path


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that passes for ``ssh-keygen``: the test writes what it does."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "ssh-keygen"


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\nfor last; do :; done\n{text}\n")
    path.chmod(0o755)


def signature_by(
    key: object, payload: bytes, namespace: str = NAMESPACE, hash_name: str = "sha512"
) -> str:
    assert isinstance(key, type(ADA))
    signature = key.sign(signed_data(payload, namespace, hash_name))
    return armor(SshSignature(key.public.blob, namespace, hash_name, signature).pack())


PAYLOAD = payload_of(ADA.public)
ANSWERS = {
    "nothing": ("", "openssh-answer", "not a file between"),
    "rubbish": ("rubbish", "openssh-answer", "not a file between"),
    "another key's": (signature_by(BOB, PAYLOAD), "openssh-answer", "another key's than SHA256:"),
    "another purpose's": (
        signature_by(ADA, PAYLOAD, "git"),
        "openssh-answer",
        "made for another purpose",
    ),
    "another hash's": (
        signature_by(ADA, PAYLOAD, NAMESPACE, "sha256"),
        "openssh-answer",
        "made for another purpose",
    ),
    "one over something else": (signature_by(ADA, b"{}"), "bad-signature", "not signed by"),
    "far too much": (signature_by(ADA, PAYLOAD) + "\n" * 70_000, "openssh-answer", "not a file"),
}


@pytest.mark.needs("sh")
@pytest.mark.parametrize("case", ANSWERS)
def test_what_a_program_writes_is_not_believed(case: str, program: Path, tmp_path: Path) -> None:
    text, code, said = ANSWERS[case]
    (tmp_path / "answer").write_text(text)
    script(program, f'cp "{tmp_path / "answer"}" "$last.sig"')

    with pytest.raises(AssentError, match=said) as no:
        seal(PAYLOAD, OpensshKey(tmp_path / "ada", ADA.public))

    assert no.value.code == code


@pytest.mark.needs("sh")
def test_a_good_signature_gets_through_the_same_way(program: Path, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(signature_by(ADA, PAYLOAD))
    script(program, f'cp "{tmp_path / "answer"}" "$last.sig"')

    assert seal(PAYLOAD, OpensshKey(tmp_path / "ada", ADA.public)) == seal(PAYLOAD, ADA)


@pytest.mark.needs("sh")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 7", "exit status 7"),
        ("echo first >&2; echo last >&2; exit 1", "made no signature: last$"),
        ("head -c 9999 /dev/zero | tr '\\0' x >&2; exit 1", "made no signature: x{300}$"),
        ("printf '\\377\\n' >&2; exit 1", "made no signature: \ufffd$"),
        ("exit 0", "No such file"),
        ('mkdir "$last.sig"', "directory"),
        ("kill -9 $$", "exit status -9"),
    ],
)
def test_a_program_that_fails_is_a_typed_error(
    text: str, said: str, program: Path, tmp_path: Path
) -> None:
    script(program, text)

    with pytest.raises(Uncheckable, match=said) as no:
        seal(PAYLOAD, OpensshKey(tmp_path / "ada", ADA.public))

    assert no.value.code == "openssh-failed"


@pytest.mark.needs("sh")
def test_a_program_that_never_ends_is_ended(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another that it began keeps its output open."""
    monkeypatch.setattr(openssh, "SECONDS", 0.3)
    script(program, "sleep 3 & sleep 3")
    begun = time.monotonic()

    with pytest.raises(Uncheckable, match=r"no signature within 0\.3 seconds") as no:
        seal(PAYLOAD, OpensshKey(tmp_path / "ada", ADA.public))

    assert no.value.code == "openssh-failed"
    assert time.monotonic() - begun < 2


def test_without_openssh_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Uncheckable, match="there is no ssh-keygen") as no:
        seal(PAYLOAD, OpensshKey(tmp_path / "ada", ADA.public))

    assert no.value.code == "openssh-missing"
