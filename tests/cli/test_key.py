"""``assent key``: keys are OpenSSH's, made once and never shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.seal.keys import SK_ED25519, SK_P256
from ledger.store.keyfile import read_signing_key
from tests.seal.authenticator import UnsafeAuthenticator
from tests.shell import run_assent
from tests.store.agents import false_agent, holding, new_ssh_key, real_agent, ssh_add
from tests.terminal import at_a_terminal

pytestmark = pytest.mark.usefixtures("desk")


def test_a_key_for_a_service_is_made_without_a_passphrase() -> None:
    result = run_assent("key", "new", "breeder", "--unencrypted")

    path = key_folder() / "breeder"
    assert result.exit == 0
    assert result.out == path.with_name("breeder.pub").read_text()
    assert read_signing_key(path, None).public.text == result.out.strip()
    assert "without a passphrase" in result.err
    assert "PRIVATE" not in result.out + result.err


@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_ssh_keygen_reads_both_halves(algorithm: str) -> None:
    made = run_assent("key", "new", "alice", "--unencrypted", "--type", algorithm, "--json").json

    for path in (made["file"], f"{made['file']}.pub"):
        printed = subprocess.run(
            ["ssh-keygen", "-lf", path], check=True, capture_output=True, text=True
        )
        assert made["fingerprint"] in printed.stdout
    derived = subprocess.run(
        ["ssh-keygen", "-yf", made["file"]], check=True, capture_output=True, text=True
    )
    assert derived.stdout.split()[:2] == made["key"].split()


def test_without_a_terminal_there_is_nobody_to_ask_for_a_passphrase() -> None:
    result = run_assent("key", "new", "alice")

    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith("needs-unencrypted: ")
    assert not key_folder().exists()


def test_keys_are_never_overwritten() -> None:
    run_assent("key", "new", "alice", "--unencrypted")
    before = (key_folder() / "alice").read_bytes()

    result = run_assent("key", "new", "alice", "--unencrypted")

    assert result.exit == 3
    assert result.err.startswith("key-exists: ")
    assert (key_folder() / "alice").read_bytes() == before


def test_names_that_lead_out_of_the_folder_are_refused() -> None:
    result = run_assent("key", "new", "../alice", "--unencrypted")

    assert result.exit == 2
    assert result.err.startswith("bad-identifier: ")


def test_keys_are_listed_and_printed() -> None:
    assert "assent key new" in run_assent("key", "list").err
    made = run_assent("key", "new", "alice", "--unencrypted", "--json").json
    (key_folder() / "broken.pub").write_text("not a key\n")

    listed = run_assent("key", "list").out
    assert made["fingerprint"] in listed
    assert "not-a-public-key" in listed
    assert [one["id"] for one in run_assent("key", "list", "--json").json_lines] == [
        "alice",
        "broken",
    ]
    assert run_assent("key", "public", "alice").out.strip() == made["key"]
    assert run_assent("key", "public", "alice", "--json").json["fingerprint"] == made["fingerprint"]


def test_a_key_that_is_not_there_is_said() -> None:
    result = run_assent("key", "public", "alice")

    assert result.exit == 5
    assert result.err.startswith("key-missing: ")


def test_at_a_terminal_the_passphrase_is_asked_for_twice_and_not_echoed() -> None:
    """The real program at a real terminal."""
    command = [sys.executable, "-m", "cli.main", "key", "new", "alice"]
    code, shown = at_a_terminal(command, ["open sesame", "open sesame"])

    assert code == 0
    assert "private key in" in shown
    assert "sesame" not in shown
    with pytest.raises(Exception, match="encrypted"):
        read_signing_key(key_folder() / "alice", None)
    read_signing_key(key_folder() / "alice", lambda _: b"open sesame")


@pytest.mark.needs("ssh-agent", "ssh-add", "ssh-keygen")
def test_what_the_agent_holds_is_listed_beside_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_assent("key", "new", "alice", "--unencrypted")
    run_assent("key", "new", "bob", "--unencrypted")
    elsewhere = new_ssh_key(tmp_path / "carol", "ecdsa")
    with real_agent() as agent:
        ssh_add(agent, key_folder() / "alice", elsewhere)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))

        table = [line.split() for line in run_assent("key", "list").out.splitlines()]
        bodies = run_assent("key", "list", "--json").json_lines

    assert table[0] == ["id", "type", "fingerprint", "agent"]
    assert [(row[0], row[1], row[3]) for row in table[1:]] == [
        ("alice", "ed25519", "yes"),
        ("bob", "ed25519", "no"),
        ("-", "p256", "yes"),
    ]
    assert [(body["id"], body["agent"], body["file"] is None) for body in bodies] == [
        ("alice", True, False),
        ("bob", False, False),
        (None, True, True),
    ]
    assert bodies[2]["comment"] == "ada@desk"
    assert bodies[2]["type"] == "ecdsa-sha2-nistp256"


def test_the_table_of_keys_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [UnsafeAuthenticator(SK_P256), UnsafeAuthenticator(SK_ED25519)]
    key_folder().mkdir(parents=True)
    (key_folder() / "alice-2.pub").write_text(f"{devices[0].public.text}\n")
    with false_agent(holding(*devices)) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        listed = run_assent("key", "list").out.splitlines()

    assert len(listed) == 3
    assert max(map(len, listed)) <= 80
    assert all(device.public.id in line for device, line in zip(devices, listed[1:], strict=True))


def test_an_agent_that_does_not_answer_is_said_and_the_files_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_assent("key", "new", "alice", "--unencrypted")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nobody\x1b[31m"))

    result = run_assent("key", "list")

    assert result.exit == 0
    assert "alice" in result.out
    assert result.err.startswith(f"the agent at {tmp_path}/nobody\\u001b[31m: ")


def test_the_public_half_of_a_security_key_is_printed_like_any_other() -> None:
    device = UnsafeAuthenticator(SK_ED25519)
    key_folder().mkdir(parents=True)
    (key_folder() / "alice.pub").write_text(f"{device.public.text} alice@desk\n")

    assert run_assent("key", "public", "alice").out == f"{device.public.text}\n"


@pytest.mark.parametrize("algorithm", [SK_ED25519, SK_P256])
def test_a_key_inside_a_device_is_not_made_here(algorithm: str) -> None:
    result = run_assent("key", "new", "alice", "--unencrypted", "--type", algorithm)

    assert result.exit == 2
    assert "ssh-keygen -t ed25519-sk" in run_assent("key", "new", "--help").out
    assert not key_folder().exists()
