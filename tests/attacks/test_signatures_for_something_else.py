"""Signatures that somebody made in earnest, for something else: by git, for a checkpoint."""

import subprocess
from base64 import b64encode
from collections.abc import Callable
from functools import cache

import pytest

from ledger.errors import AssentError, Unproven
from ledger.model.canonical import encode
from ledger.seal.checkpoint import (
    Checkpoint,
    Note,
    Signature,
    Witness,
    blob_of,
    cosign,
    cosigned,
    parse_note,
)
from ledger.seal.envelope import parts
from ledger.seal.merkle import root
from ledger.seal.sshsig import NAMESPACE, SshSignature, dearmor
from tests.acts import comment, prepared
from tests.attacks.forging import forged, honest
from tests.attacks.trying import aside, rows
from tests.cli.conftest import write_key
from tests.organisation import Organisation, unsafe_key
from tests.roster import finding

FIRST = "00000000-0000-0000-0000-000000000001"
AT = 1_790_000_100
ERIN = unsafe_key("erin")


@cache
def _made() -> Organisation:
    return prepared()[0]


@pytest.fixture
def org() -> Organisation:
    return aside(_made())


def refused_as(org: Organisation, payload: bytes, blob: bytes) -> str | None:
    """Put it in; demand no place and no effect, and that others go on; the rule it broke."""
    rows(org.standing)
    judged = org.smuggle(payload + b"\n" + b64encode(blob) + b"\n")
    assert not judged.placed
    assert rows(org.standing) == {}
    assert comment(org, "frank", FIRST).admitted
    return finding(judged)


def as_it_is(blob: bytes) -> bytes:
    return blob


def relabelled(blob: bytes) -> bytes:
    """The same signature, said to be one over an entry."""
    found = SshSignature.parse(blob)
    made = SshSignature(found.public_key, NAMESPACE, found.hash_algorithm, found.signature)
    return made.pack()


LABELS = [(as_it_is, "other-namespace"), (relabelled, "bad-signature")]
Label = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def commit(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """What git had erin sign when she committed, and the signature; git itself verifies it."""
    folder = tmp_path_factory.mktemp("repository")
    write_key(folder / "key", ERIN)
    (folder / "allowed").write_text(f'erin@example.org namespaces="git" {ERIN.public.text}\n')
    entry = encode(honest(_made())).decode()

    def git(*words: str) -> bytes:
        settings = {
            "gpg.format": "ssh",
            "user.signingkey": str(folder / "key"),
            "gpg.ssh.allowedSignersFile": str(folder / "allowed"),
            "user.name": "erin",
            "user.email": "erin@example.org",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        done = subprocess.run(
            ["git", *options, *words], cwd=folder, capture_output=True, check=True, timeout=60
        )
        return done.stdout

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-S", "-m", entry)
    git("verify-commit", "HEAD")
    return _taken_apart(git("cat-file", "commit", "HEAD"))


def _taken_apart(commit: bytes) -> tuple[bytes, bytes]:
    """A commit without its signature, as it was signed; and the signature."""
    head, _, rest = commit.partition(b"gpgsig ")
    signature, _, message = rest.partition(b"-----END SSH SIGNATURE-----\n")
    armored = (signature + b"-----END SSH SIGNATURE-----\n").replace(b"\n ", b"\n").decode()
    return head + message, dearmor(armored)


@pytest.mark.needs("git", "ssh-keygen")
@pytest.mark.parametrize(("label", "rule"), LABELS, ids=["as-it-is", "relabelled"])
def test_a_signed_commit_signs_no_entry(
    org: Organisation, commit: tuple[bytes, bytes], label: Label, rule: str
) -> None:
    """Its message even is an entry that would be admitted."""
    payload = encode(honest(org))
    assert payload in commit[0]

    assert refused_as(org, payload, label(commit[1])) == rule


@pytest.mark.needs("git", "ssh-keygen")
def test_what_git_had_signed_is_no_entry_itself(
    org: Organisation, commit: tuple[bytes, bytes]
) -> None:
    one_line = commit[0].replace(b"\n", b" ")

    assert refused_as(org, one_line, commit[1]) == "not-json"


def checkpoint_of(org: Organisation) -> Checkpoint:
    head = org.standing.head
    return Checkpoint(org.id, head.size, root(head.frontier), None)


@pytest.mark.parametrize(("label", "rule"), LABELS, ids=["as-it-is", "relabelled"])
def test_a_signed_checkpoint_signs_no_entry(org: Organisation, label: Label, rule: str) -> None:
    signature = cosign(checkpoint_of(org), "erin", org.keys["erin"], AT)

    assert refused_as(org, encode(honest(org)), label(blob_of(signature))) == rule


def test_a_checkpoint_is_no_entry_itself(org: Organisation) -> None:
    checkpoint = checkpoint_of(org)
    signature = cosign(checkpoint, "erin", org.keys["erin"], AT)

    text = checkpoint.text.replace("\n", " ").encode()

    assert refused_as(org, text, blob_of(signature)) == "not-json"


@pytest.mark.parametrize("label", [as_it_is, relabelled], ids=["as-it-is", "relabelled"])
def test_the_signature_of_an_entry_vouches_for_no_checkpoint(
    org: Organisation, label: Label
) -> None:
    """Who signed a word in a talk has vouched for no history."""
    blob = parts(forged(org, lambda _: None))[1]
    if label is relabelled:
        found = SshSignature.parse(blob)
        blob = SshSignature(
            found.public_key, "checkpoint.v1@assent", found.hash_algorithm, found.signature
        ).pack()
    checkpoint = checkpoint_of(org)
    honest_one = cosign(checkpoint, "erin", org.keys["erin"], AT)
    false = Signature(honest_one.name, honest_one.key_id, honest_one.made[:8] + blob)
    witness = Witness("erin", org.keys["erin"].public)
    assert cosigned(Note(checkpoint, (honest_one,)), [witness])

    with pytest.raises(AssentError, match="erin") as error:
        cosigned(Note(checkpoint, (false,)), [witness])
    assert isinstance(error.value, Unproven)


def test_a_checkpoint_of_another_moment_is_not_vouched_for_by_the_same_signature(
    org: Organisation,
) -> None:
    """Neither with another root, nor with another time, nor under another name."""
    checkpoint = checkpoint_of(org)
    signature = cosign(checkpoint, "erin", org.keys["erin"], AT)
    witnesses = [Witness("erin", org.keys["erin"].public)]
    other = Checkpoint(checkpoint.ledger, checkpoint.size, b"\3" * 32, None)
    later = (AT + 86_400).to_bytes(8, "big") + signature.made[8:]

    for note in (
        Note(other, (signature,)),
        Note(checkpoint, (Signature(signature.name, signature.key_id, later),)),
    ):
        with pytest.raises(Unproven, match="erin"):
            cosigned(parse_note(note.text.encode()), witnesses)
    renamed = Note(checkpoint, (Signature("rita", signature.key_id, signature.made),))
    assert cosigned(renamed, witnesses) == ()
