"""``assent key``: keys are OpenSSH's, made once and never shown."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.store.keyfile import read_signing_key
from tests.shell import run_assent

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
    """The real program at a real terminal: a prompt that hides its input needs one."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "cli.main", "key", "new", "alice"]
    with subprocess.Popen(
        command,
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        preexec_fn=_take_terminal,  # noqa: PLW1509 - one thread
    ) as program:
        os.close(child)
        shown = b""
        for _ in range(2):
            shown += _read_until(parent, b": ")
            os.write(parent, b"open sesame\n")
        shown += _read_until(parent, b"private key in")
        program.wait(30)
    os.close(parent)

    assert program.returncode == 0
    assert b"sesame" not in shown
    with pytest.raises(Exception, match="encrypted"):
        read_signing_key(key_folder() / "alice", None)
    read_signing_key(key_folder() / "alice", lambda _: b"open sesame")


def _take_terminal() -> None:
    """Make the terminal on stdin the one of this new session."""
    import fcntl  # noqa: PLC0415 - between fork and exec
    import termios  # noqa: PLC0415 - the same

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_until(terminal: int, word: bytes) -> bytes:
    shown = b""
    while word not in shown:
        shown += os.read(terminal, 1024)
    return shown
