"""Every reader of bytes that somebody else wrote, with good examples to spoil."""

from functools import partial
from typing import Final

from cli.cases.trials import read_cases
from cli.change import read_change
from cli.metrics_file import read_metrics
from cli.observation_file import read_observation
from cli.places import _configured
from cli.roster import read_roster
from ledger.audit.proofs import Proof, parse_proof
from ledger.model.address import configured_address, log_address
from ledger.model.bundle import Claim, parse_claim, print_claim
from ledger.model.canonical import decode, encode
from ledger.model.entry import parse_entry
from ledger.policy.conditions import names_in, parse
from ledger.policy.published import parse_policy
from ledger.policy.reading import problems, read_policy
from ledger.policy.starting import STANDARD
from ledger.seal.allowed import Allowed, parse_allowed
from ledger.seal.checkpoint import (
    Checkpoint,
    Note,
    Refusals,
    Witness,
    cosign,
    cosigned,
    parse_note,
    self_cosigned,
)
from ledger.seal.envelope import Examined, examine, parts, seal
from ledger.seal.keys import P256, parse_public_key, public_key_from_blob
from ledger.seal.private_keys import (
    generate,
    is_encrypted,
    load_private_key,
    public_half,
    serialize_private_key,
)
from ledger.seal.sshsig import SshSignature, armor, dearmor
from ledger.seal.tiles import pack_entries, split_entries
from tests.change_files import SECOND
from tests.fuzz.examples import (
    CASES,
    CONDITIONS,
    CONFIGURATIONS,
    METRICS,
    OBSERVATIONS,
    ROSTER,
    URLS,
)
from tests.fuzz.harness import Target, from_file, from_text
from tests.organisation import POLICY, Organisation
from tests.policies import STAGED

ADA, BOB = generate(b"\x01" * 32), generate(b"\x02" * 32, P256)
ORGANISATION = Organisation()
ENVELOPES = tuple(ORGANISATION.envelopes[:6])
PAYLOADS = tuple(parts(raw)[0] for raw in ENVELOPES)
SEALED = seal(encode({"by": {"key": BOB.public.id}, "note": "é"}), BOB)
POINT = Checkpoint("ab" * 32, 1234, b"\x07" * 32, Refusals(2, "cd" * 32))
BARE = Checkpoint("ab" * 32, 0, b"\x07" * 32, None)
WITNESSES = (Witness("ada", ADA.public), Witness("bob", BOB.public))
NOTES = (
    Note(POINT, (cosign(POINT, "ada", ADA, 1_795_332_086), cosign(POINT, "bob", BOB, 0))),
    Note(BARE, (cosign(BARE, "ada", ADA, 1),)),
)
CANONICAL = tuple(
    read_policy(text, file="policy.toml").canonical().encode()
    for text in (STANDARD, POLICY, STAGED)
)


def _entry(data: bytes) -> object:
    decode(data)
    return parse_entry(data)


def _policy(text: str) -> object:
    """Both ways to read one; the first problem is what is raised."""
    found = problems(text, "policy.toml")
    policy = read_policy(text, file="policy.toml")
    assert not found, "a policy with problems was taken"
    return policy


def _note(data: bytes) -> Note:
    note = parse_note(data)
    self_cosigned(note)
    cosigned(note, WITNESSES)
    return note


def _private_key(data: bytes) -> object:
    is_encrypted(data)
    public = public_half(data)
    key = load_private_key(data, None)
    assert key.public == public, "the halves of a key differ"
    return key


def _tile(data: bytes) -> list[bytes]:
    entries, whole = split_entries(data, 256)
    assert not whole or pack_entries(entries) == data, "a tile is read in two ways"
    return entries


def _sound(found: Examined) -> Examined:
    """*found*, in which what is sound has both that prove it."""
    assert found.fault is not None or (found.payload is not None and found.key is not None)
    return found


def _url(text: str) -> object:
    found = log_address(text)
    assert log_address(found.full()) == found, "an address reads in two ways"
    assert found.name
    assert found.without_password()
    return configured_address(text, "config.toml")


def _condition(text: str) -> object:
    return names_in(parse(text))


def _lines(allowed: tuple[Allowed, ...]) -> bytes:
    return "".join(f"{one.line}\n" for one in allowed).encode()


def _bytes(texts: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


_BLOB: Final = SshSignature.parse(parts(SEALED)[1])
_NOTES: Final = tuple(note.text.encode() for note in NOTES)
_KEYS: Final = tuple(f"{key.public.text} {name}".encode() for key, name in ((ADA, "a"), (BOB, "b")))
_ALLOWED: Final = (
    Allowed("ada", ADA.public, ("checkpoint.v1@assent", "entry.v1@assent")),
    Allowed("bob", BOB.public, ()),
)

TARGETS: Final = {
    target.name: target
    for target in (
        Target("envelope", (*ENVELOPES, SEALED), lambda data: _sound(examine(data))),
        Target("canonical", (*PAYLOADS, *CANONICAL), decode, encode, canonical=True),
        Target("entry", PAYLOADS, _entry, lambda entry: entry.payload(), canonical=True),
        Target("sshsig", (_BLOB.pack(),), SshSignature.parse, SshSignature.pack, canonical=True),
        Target(
            "armor",
            (armor(_BLOB.pack()).encode(),),
            from_text(dearmor),
            lambda b: armor(b).encode(),
        ),
        Target("public-key", _KEYS, from_text(parse_public_key), lambda key: key.text.encode()),
        Target(
            "key-blob",
            (ADA.public.blob, BOB.public.blob),
            public_key_from_blob,
            lambda key: key.blob,
            canonical=True,
        ),
        Target(
            "private-key",
            (serialize_private_key(ADA, None), serialize_private_key(BOB, None)),
            _private_key,
        ),
        Target("policy", _bytes((STANDARD, POLICY, STAGED)), from_text(_policy)),
        Target(
            "policy-json",
            CANONICAL,
            from_text(parse_policy),
            lambda one: one.canonical().encode(),
            canonical=True,
        ),
        Target("condition", _bytes(CONDITIONS), from_text(_condition)),
        Target("note", _NOTES, _note, lambda note: note.text.encode(), canonical=True),
        Target(
            "proof",
            tuple(Proof(5, (b"\x01" * 32,) * 3, note).text.encode() for note in NOTES),
            parse_proof,
            lambda proof: proof.text.encode(),
            canonical=True,
        ),
        Target("allowed", (_lines(_ALLOWED),), partial(parse_allowed, file="allowed"), _lines),
        Target("claim", (print_claim(Claim("ab" * 32, 7, "cd" * 32)),), parse_claim, print_claim),
        Target("tile", (pack_entries(ENVELOPES), pack_entries([b"", b"a"])), _tile),
        Target("change", _bytes((SECOND,)), from_file(read_change, "change.toml")),
        Target("roster", _bytes((ROSTER,)), from_file(read_roster, "roster.toml")),
        Target("observation", _bytes(OBSERVATIONS[:1]), from_file(read_observation, "seen.toml")),
        Target(
            "observation-json", _bytes(OBSERVATIONS[1:]), from_file(read_observation, "seen.json")
        ),
        Target("metrics", _bytes(METRICS[:1]), from_file(read_metrics, "report.json")),
        Target("junit", _bytes(METRICS[1:]), from_file(read_metrics, "report.xml")),
        Target("cases", _bytes((CASES,)), from_file(read_cases, "cases.toml")),
        Target(
            "configuration",
            _bytes(CONFIGURATIONS),
            from_file(lambda path: _configured(path.parent), "config.toml"),
        ),
        Target("url", _bytes(URLS), from_text(_url), lambda one: one.full().encode()),
    )
}
