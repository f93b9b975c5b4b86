"""Issue 4, "done when" 3: whole commands signed by a real agent, and no private file is opened."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.seal.private_keys import serialize_private_key
from ledger.seal.sshsig import pack_strings, split_strings
from tests.change_files import write_change
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, unsafe_key
from tests.store.agents import asked_for, false_agent, framed, holding, real_agent, ssh_add

pytestmark = pytest.mark.needs("ssh-agent", "ssh-add", "ssh-keygen")

WATCHED = """
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from cli.main import run
try:
    run(sys.argv[1:])
finally:
    sys.stderr.write("\\n" + json.dumps(opened))
"""
"""Runs one command, and says as the last line of stderr what Python opened, however."""

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A founded ledger whose signers have all accepted, at the simulator's time."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return LedgerFolder(tmp_path / "ledger", Organisation())


@pytest.fixture
def locked(ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A ledger; alice's key is encrypted, in the agent, and her file then made a bare pipe."""
    path = key_folder() / "alice"
    path.write_bytes(serialize_private_key(unsafe_key("alice"), b"correct horse"))
    with real_agent() as agent:
        ssh_add(agent, path, settings=asked_for("correct horse", tmp_path))
        path.unlink()
        os.mkfifo(path, 0o600)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        yield ledger.path


def watched(folder: Path, *arguments: str) -> tuple[int, str, list[str]]:
    """Exit status, stdout and opened files of one command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, json.loads(done.stderr.rpartition("\n")[2])


def test_a_command_signed_by_the_agent_opens_no_private_key(
    ledger: LedgerFolder, locked: Path
) -> None:
    change = str(write_change(ledger.path))
    code, out, opened = watched(locked, "proposal", "open", change, "--as", "alice", "--yes")

    assert (code, out.split()[0]) == (0, "proposal.opened")
    assert change in opened
    assert [name for name in opened if str(key_folder()) in name] == []
    assert ledger.assent("verify").exit == 0


def test_a_command_signed_by_a_file_is_seen_to_open_it(ledger: LedgerFolder, locked: Path) -> None:
    """The watch itself: it would have seen a key file that was opened."""
    change = str(write_change(ledger.path))
    code, _, opened = watched(locked, "proposal", "open", change, "--as", "bob", "--yes")

    assert code == 0
    assert str(key_folder() / "bob") in opened


@pytest.mark.parametrize(
    "said",
    [b"", b"\0", framed(5), framed(12, b"\xff" * 4), framed(14), b"\xff" * 99],
    ids=["nothing", "half a length", "a refusal", "too many keys", "another kind", "too much"],
)
def test_an_agent_that_lies_writes_nothing(
    said: bytes, ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger.size()
    change = write_change(ledger.path)
    (key_folder() / "alice").unlink()

    with false_agent(lambda _: said) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        result = ledger.assent("proposal", "open", change, as_="alice")

    assert result.exit in {3, 5}
    assert result.err.startswith(("agent-answer: ", "agent-refused: "))
    assert ledger.size() == before


def test_an_agent_that_signs_with_another_key_writes_nothing(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it holds alice's key, and hands over signatures of bob's."""
    before = ledger.size()
    alice, bob = unsafe_key("alice"), unsafe_key("bob")
    change = write_change(ledger.path)

    def answer(request: bytes) -> bytes:
        if request[0] == 11:
            return holding(alice)(request)
        return framed(14, pack_strings(bob.sign(split_strings(request[1:-4], 2)[1])))

    with false_agent(answer) as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        result = ledger.assent("proposal", "open", change, as_="alice")

    assert result.exit == 4
    assert result.err.startswith("bad-signature: not signed by SHA256:")
    assert ledger.size() == before
