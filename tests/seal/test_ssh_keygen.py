"""Both ways with the real OpenSSH: what it signs we accept, what we sign it accepts."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.model.canonical import encode
from ledger.seal.envelope import examine, export, seal
from ledger.seal.keys import PublicKey, parse_public_key
from ledger.seal.private_keys import SigningKey, generate, load_private_key, serialize_private_key
from ledger.seal.sshsig import NAMESPACE, SshSignature, armor, dearmor

pytestmark = pytest.mark.needs("ssh-keygen")

TYPES = {"ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256"}


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(arguments, input=stdin, capture_output=True, check=False, timeout=30)


def ssh_key(folder: Path, kind: str, passphrase: str = "") -> Path:
    path = folder / "key"
    made = run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "ada@host", "-f", path)
    assert made.returncode == 0, made.stderr
    return path


def payload_of(key: PublicKey) -> bytes:
    return encode({"by": {"key": key.id, "signer": "ada"}, "note": "für Ada"})


def signed_by_ssh(folder: Path, key: Path, payload: bytes, *options: str) -> bytes:
    """The envelope that two commands and a text editor would make."""
    file = folder / "payload"
    file.write_bytes(payload)
    signed = run("ssh-keygen", "-q", "-Y", "sign", "-f", key, *options, file)
    assert signed.returncode == 0, signed.stderr
    blob = dearmor((folder / "payload.sig").read_text())
    return payload + b"\n" + b64encode(blob) + b"\n"


@pytest.mark.parametrize("kind", TYPES)
def test_what_ssh_keygen_signs_is_sound(kind: str, tmp_path: Path) -> None:
    key = ssh_key(tmp_path, kind)
    public = parse_public_key((tmp_path / "key.pub").read_text())
    raw = signed_by_ssh(tmp_path, key, payload_of(public), "-n", NAMESPACE)

    found = examine(raw)

    assert found.fault is None
    assert found.key == run("ssh-keygen", "-l", "-f", key).stdout.split()[1].decode()
    assert export(raw)[1] == (tmp_path / "payload.sig").read_text()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("-n", "git"), "other-namespace"),
        (("-n", "file"), "other-namespace"),
        (("-n", NAMESPACE, "-O", "hashalg=sha256"), "other-hash"),
    ],
)
def test_what_ssh_keygen_signs_for_another_purpose_is_not(
    kind: str, options: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    key = ssh_key(tmp_path, kind)
    public = parse_public_key((tmp_path / "key.pub").read_text())

    fault = examine(signed_by_ssh(tmp_path, key, payload_of(public), *options)).fault

    assert fault is not None
    assert fault[0] == code


@pytest.mark.parametrize("algorithm", TYPES.values())
def test_ssh_keygen_verifies_what_we_seal_by_the_documented_line(
    algorithm: str, tmp_path: Path
) -> None:
    key = generate(b"\x05" * 32, algorithm)
    entry, signature = export(seal(payload_of(key.public), key))
    (tmp_path / "entry").write_bytes(entry)
    (tmp_path / "entry.sig").write_text(signature)
    (tmp_path / "allowed_signers").write_text(f"alice {key.public.text}\n")
    line = (
        "head -n1 entry | tr -d '\\n' | ssh-keygen -Y verify -f allowed_signers"
        " -I alice -n entry.v1@assent -s entry.sig"
    )

    good = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=False)
    (tmp_path / "entry").write_bytes(entry.replace(b"Ada", b"Eve"))
    bad = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=False)

    assert good.returncode == 0, good.stderr
    assert b'Good "entry.v1@assent" signature for alice' in good.stdout
    assert bad.returncode != 0


@pytest.mark.parametrize("kind", TYPES)
def test_we_sign_with_a_key_that_ssh_keygen_encrypted(kind: str, tmp_path: Path) -> None:
    data = ssh_key(tmp_path, kind, "correct horse").read_bytes()
    public = parse_public_key((tmp_path / "key.pub").read_text())

    key = load_private_key(data, b"correct horse")

    assert key.public == public
    assert examine(seal(payload_of(public), key)).fault is None
    with pytest.raises(BadInput, match="does not open this key"):
        load_private_key(data, b"wrong horse")
    with pytest.raises(Uncheckable, match="there is no passphrase"):
        load_private_key(data, None)


@pytest.mark.parametrize("passphrase", ["", "correct horse"])
@pytest.mark.parametrize("algorithm", TYPES.values())
def test_ssh_keygen_reads_the_keys_we_write(
    algorithm: str, passphrase: str, tmp_path: Path
) -> None:
    key: SigningKey = generate(b"\x06" * 32, algorithm)
    path = tmp_path / "ours"
    path.touch(mode=0o600)
    path.write_bytes(serialize_private_key(key, passphrase.encode() or None))

    shown = run("ssh-keygen", "-y", "-P", passphrase, "-f", path)

    assert shown.returncode == 0, shown.stderr
    assert parse_public_key(shown.stdout.decode()) == key.public


def test_a_key_of_a_type_not_taken_is_refused_from_both_ends(tmp_path: Path) -> None:
    path = ssh_key(tmp_path, "rsa")

    with pytest.raises(Refused, match="'ssh-rsa' are not accepted"):
        parse_public_key((tmp_path / "key.pub").read_text())
    with pytest.raises(Refused, match="not accepted"):
        load_private_key(path.read_bytes(), None)


def test_our_armor_is_theirs_to_the_byte(tmp_path: Path) -> None:
    key = ssh_key(tmp_path, "ed25519")
    signed_by_ssh(tmp_path, key, b"{}", "-n", NAMESPACE)
    text = (tmp_path / "payload.sig").read_text()

    assert armor(dearmor(text)) == text
    assert armor(SshSignature.parse(dearmor(text)).pack()) == text


def test_both_make_the_same_ed25519_signature(tmp_path: Path) -> None:
    """Ed25519 is deterministic, so two implementations agree or one is wrong."""
    path = ssh_key(tmp_path, "ed25519")
    key = load_private_key(path.read_bytes(), None)
    payload = payload_of(key.public)

    assert signed_by_ssh(tmp_path, path, payload, "-n", NAMESPACE) == seal(payload, key)
