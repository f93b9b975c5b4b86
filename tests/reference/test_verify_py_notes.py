"""Checkpoints, proofs and bundles, byte for byte as the page has them; notes that are void."""

import base64
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from cli.bundled import verify
from ledger.model.effects import DisownEffect
from ledger.seal.checkpoint import parse_note
from ledger.seal.merkle import leaf_hash
from tests import acts
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, unsafe_key
from tests.reference import lives
from tests.reference.bundles import note, note_text, refused_of, witness_line, write_bundle
from tests.reference.compared import code_of
from tests.reference.rfc6962 import path
from tests.reference.second_opinion import openssh, opinion
from tests.reference.second_payload import PAGES

pytestmark = pytest.mark.needs("ssh-keygen")
PAGE = (PAGES / "format.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Checkpoint\n")[2].partition("\n## The file")[0]
NOTE, PROOF = re.findall(r"```text\n([\s\S]*?)```", SECTION)
ALICE = unsafe_key("alice")


@pytest.fixture(scope="module")
def two() -> list[bytes]:
    """The log of two from the page's worked example."""
    org = Organisation(accept=False)
    org.accept("alice")
    return org.envelopes


def test_the_checkpoint_of_the_page_is_what_alice_signs_of_its_log_of_two(
    two: list[bytes],
) -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| `(.+)` \|$", SECTION, re.MULTILINE))
    text = note_text(sha256(two[0].splitlines()[0]).hexdigest(), two)
    (line,) = [line for line in NOTE.splitlines() if line.startswith("— ")]
    made = base64.b64decode(line.split(" ")[2])
    signed = f"cosignature/v1\ntime {rows['the time, 2026-09-21T14:15:20Z']}\n{text}"

    assert note(text, {"alice": ALICE}, 1_790_000_120) == NOTE
    assert rows["alice's key id there"] == made[:4].hex()
    assert int(rows["the time, 2026-09-21T14:15:20Z"]) == int.from_bytes(made[4:12], "big")
    assert verify.instant(1_790_000_120) == "2026-09-21T14:15:20Z"
    assert rows["SHA-256 of the signed bytes"] == sha256(signed.encode()).hexdigest()
    assert rows["SHA-256 of the empty list"] == sha256(b"").hexdigest()


def test_both_readers_of_checkpoints_take_the_one_on_the_page() -> None:
    ours, theirs = parse_note(NOTE.encode()).checkpoint, verify.read_note(NOTE.encode())
    witnesses = verify.read_witnesses(witness_line("alice", ALICE).encode())
    signed = verify.who_signed(theirs, witnesses, openssh())

    assert ours.text.encode() == theirs.text
    assert (ours.size, ours.root) == (theirs.size, theirs.root)
    assert signed is not None
    assert (signed.names, signed.at) == (["alice"], 1_790_000_120)


@pytest.mark.needs("sh", "head", "tr")
def test_the_commands_of_the_page_check_its_checkpoint_with_openssh(tmp_path: Path) -> None:
    script = SECTION.partition("```sh\n")[2].partition("```")[0]
    (tmp_path / "note").write_text(NOTE)
    (tmp_path / "witnesses").write_text(witness_line("alice", ALICE))
    shell = ["sh", "-euc", script]

    good = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "note").write_text(NOTE.replace("\n2\n", "\n3\n"))
    bad = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert good.returncode == 0, good.stderr
    assert 'Good "checkpoint.v1@assent" signature for alice' in good.stdout
    assert bad.returncode != 0
    assert "Good" not in bad.stdout


def test_the_proof_of_the_page_leads_from_its_entry_to_its_checkpoint(two: list[bytes]) -> None:
    first, index, *hashes = PROOF.partition("\n\n")[0].splitlines()
    root = base64.b64decode(NOTE.splitlines()[2])

    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 1")
    assert [base64.b64decode(one) for one in hashes] == path(1, two) == [leaf_hash(two[0])]
    assert verify.node(leaf_hash(two[0]), leaf_hash(two[1])) == root
    assert PROOF.partition("\n\n")[2] == NOTE


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("\n2\n", "\n02\n"),
        ("\n2\n", "\n2 \n"),
        ("assent/1", "other/1"),
        ("refused 0", "refused 3"),
        ("refused 0", "refused  0"),
        ("refused 0", "admitted 0"),
        ("\n\n—", "\nmore\n\n—"),
        ("\n\n—", "\n—"),
        ("— alice", "- alice"),
        ("— alice", "— ali+ce"),
        ("=\n", "\n"),
        ("—", "\r—"),
        ("Bg==\n", "Bh==\n"),
    ],
)
def test_a_checkpoint_of_another_form_is_none_to_both(change: str, to: str) -> None:
    assert change in NOTE
    other = NOTE.replace(change, to, 1).encode()

    with pytest.raises(verify.FaultError):
        verify.read_note(other)
    assert code_of(lambda: parse_note(other)) == "malformed-checkpoint"


@pytest.mark.parametrize("more", [b"", b"\n", b"\0", b"x" * 70_000])
def test_what_trails_a_checkpoint_makes_it_none(more: bytes) -> None:
    with pytest.raises(verify.FaultError):
        verify.read_note(NOTE.encode()[: -1 if not more else None] + more)


@pytest.mark.parametrize(
    "line",
    [
        f"* {ALICE.public.text}",
        f"alice,bob {ALICE.public.text}",
        f"alice cert-authority {ALICE.public.text}",
        f"alice valid-before=20300101 {ALICE.public.text}",
        f"alice {ALICE.public.text.replace('ssh-ed25519', 'ssh-rsa', 1)}",
        f"alice {ALICE.public.text[:-4]}",
        "alice",
        "\xff",
    ],
)
def test_a_file_of_witnesses_names_names_and_keys_and_nothing_else(line: str) -> None:
    with pytest.raises(verify.StopError, match="bad-witnesses"):
        verify.read_witnesses(line.encode("latin-1"))


def test_a_key_for_other_namespaces_is_no_witness() -> None:
    lines = witness_line("alice", ALICE)
    others = lines.replace(verify.CHECKPOINT, verify.ENTRY)

    assert len(verify.read_witnesses(f"# ours\n\n{lines}".encode())) == 1
    assert verify.read_witnesses(others.encode()) == {}
    both = lines.replace(verify.CHECKPOINT, f"{verify.ENTRY},{verify.CHECKPOINT}")
    assert len(verify.read_witnesses(both.encode())) == 1


@pytest.mark.parametrize(("after", "verdict"), [(0, "refused"), (1, "verified")])
def test_an_acknowledgement_with_a_key_that_was_disowned_from_before_it_on_is_void(
    tmp_path: Path, after: int, verdict: str
) -> None:
    """The finding is open again, as it is for a replay that knows the rules of consent."""
    org = Organisation()
    rubbish = org.smuggle(b"rubbish").position
    noted = acts.acknowledge(org, "rita", rubbish).position
    keys = (org.keys["rita"].public.id,)
    effect = DisownEffect(signer="rita", keys=keys, after=rubbish + after, **lives.ABOUT)
    lives.root_matter(org, effect)
    write_bundle(tmp_path / "bundle", org.id, org.envelopes, refused_of(org))

    ledger = LedgerFolder(tmp_path / "ledger", org)
    told = ledger.assent("verify", "--json").json

    assert noted == rubbish + 1
    assert opinion(tmp_path / "bundle", org.id).verdict == verdict == told["verdict"]


def test_an_exported_bundle_has_the_files_of_the_page_byte_for_byte(tmp_path: Path) -> None:
    """More than one tile, entries without bytes, and one as long as may be."""
    org = Organisation()
    for number in range(300):
        org.smuggle(b"x" * (number % 3))
    org.smuggle(b"x" * 65_535)
    ledger = LedgerFolder(tmp_path / "ledger", org)
    by_hand = write_bundle(tmp_path / "hand", org.id, org.envelopes, refused_of(org))

    done = ledger.assent("audit", "export", tmp_path / "made")

    assert done.exit == 0, done.err
    expected = {one.relative_to(by_hand) for one in by_hand.rglob("*") if one.is_file()}
    for one in expected:
        assert (tmp_path / "made" / one).read_bytes() == (by_hand / one).read_bytes(), one
    made = (tmp_path / "made" / "tile").rglob("*")
    tiles = {one.relative_to(tmp_path / "made") for one in made if one.is_file()}
    assert tiles == {one for one in expected if one.parts[0] == "tile"}
    assert opinion(tmp_path / "made", org.id).verdict == "refused"
