"""Done-when 2: OpenSSH alone checks what ``assent`` wrote, and signs what replay admits."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from cli.places import key_folder
from ledger.seal.envelope import peek_unverified
from ledger.seal.sshsig import NAMESPACE, dearmor
from ledger.store.log import open_log
from tests.acts import prepared
from tests.attacks.test_database_attacks import found, insert, on_disk
from tests.cli.conftest import LedgerFolder, placed_of

pytestmark = pytest.mark.needs("ssh-keygen")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger whose first proposal only waits to be started."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return on_disk(prepared()[0], tmp_path / "ledger")


def keygen(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["ssh-keygen", *arguments], input=stdin, capture_output=True, check=False, timeout=30
    )


@pytest.mark.parametrize("position", [0, 5, 8, 9, 11])
def test_ssh_keygen_verifies_any_entry_that_show_wrote(ledger: LedgerFolder, position: int) -> None:
    folder = ledger.path / "check"
    assert ledger.assent("show", position, "--raw", "--out", folder).exit == 0
    payload = (folder / "entry").read_bytes().split(b"\n")[0]
    name = (folder / "allowed_signers").read_text().split()[0]
    asked = ("-Y", "verify", "-f", folder / "allowed_signers", "-I", name, "-n", NAMESPACE)

    sound = keygen(*asked, "-s", folder / "entry.sig", stdin=payload)
    changed = keygen(*asked, "-s", folder / "entry.sig", stdin=payload.replace(b"2026", b"2027"))

    assert payload == peek_unverified(ledger.organisation.envelopes[position])
    assert (sound.returncode, sound.stdout.split()[:2]) == (0, [b"Good", b'"entry.v1@assent"'])
    assert changed.returncode != 0


def signed_by_ssh(ledger: LedgerFolder, name: str, *words: str | int) -> bytes:
    """The envelope over what ``--dry-run`` prints, made with ``ssh-keygen`` and base64 alone."""
    printed = ledger.assent(*words, "--dry-run", as_=name)
    assert printed.exit == 0, printed.err
    file = ledger.path / "payload"
    file.write_text(printed.out.removesuffix("\n"))
    signed = keygen("-q", "-Y", "sign", "-f", key_folder() / name, "-n", NAMESPACE, file)
    assert signed.returncode == 0, signed.stderr
    blob = dearmor((ledger.path / "payload.sig").read_text())
    return file.read_bytes() + b"\n" + b64encode(blob) + b"\n"


@pytest.mark.parametrize("way", ["sql", "append"])
def test_what_ssh_keygen_signed_over_a_dry_run_is_admitted_wherever_it_came_in(
    ledger: LedgerFolder, way: str
) -> None:
    raw = signed_by_ssh(ledger, "omar", "release", "start", 1)
    size = ledger.size()
    placed = placed_of(raw)
    if way == "sql":
        assert insert(ledger, raw, placed.stream, placed.version, placed.kind) == size
    else:
        with open_log(ledger.log) as log:
            assert log.append([placed], size=size).size == size + 1

    last = ledger.assent("log", "--json").json_lines[-1]
    shown = ledger.assent("show", size, "--json").json
    alias = ledger.assent("alias", "show", "fraud/production", "--json").json

    assert (last["position"], last["kind"], last["signer"]) == (size, "release.started", "omar")
    assert (shown["signed"], shown["placed"], shown["admitted"]) == (True, True, True)
    assert alias["candidate"]["proposal"] == 1
    assert found(ledger) == (0, "verified", [])
    assert ledger.assent("release", "complete", "fraud/production", as_="omar").exit == 0


def test_a_line_that_was_signed_with_its_newline_is_not_the_line(ledger: LedgerFolder) -> None:
    raw = signed_by_ssh(ledger, "omar", "release", "start", 1)
    file = ledger.path / "payload"
    file.write_bytes(file.read_bytes() + b"\n")
    (ledger.path / "payload.sig").unlink()
    assert (
        keygen("-q", "-Y", "sign", "-f", key_folder() / "omar", "-n", NAMESPACE, file).stderr == b""
    )
    blob = dearmor((ledger.path / "payload.sig").read_text())
    wrong = raw.split(b"\n")[0] + b"\n" + b64encode(blob) + b"\n"
    placed = placed_of(raw)

    position = insert(ledger, wrong, placed.stream, placed.version, placed.kind)

    assert found(ledger) == (3, "refused", [(position, "bad-signature")])
