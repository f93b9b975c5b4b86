"""A witness who was bought, and an operator who keeps witnesses from what they should see."""

from functools import cache
from pathlib import Path

import pytest

from ledger.seal.checkpoint import Checkpoint, Note, cosign
from ledger.seal.merkle import leaf_hash, push, root
from ledger.store.blobs import Blobs
from tests.acts import comment, prepared, refused
from tests.acts import witness as witnessed
from tests.attacks.left_logs import Kind, left
from tests.attacks.stores import Name
from tests.attacks.trying import aside
from tests.cli.bundled_ledger import witnesses_file
from tests.organisation import Organisation, unsafe_key
from tests.shell import Result, inside, run_assent

FIRST = "00000000-0000-0000-0000-000000000001"
NOW = 1_790_000_100
RITA = unsafe_key("rita")


@cache
def _made() -> Organisation:
    return prepared()[0]


@pytest.fixture
def org() -> Organisation:
    return aside(_made())


def root_of(org: Organisation, size: int) -> bytes:
    frontier: tuple[bytes, ...] = ()
    for at, raw in enumerate(org.envelopes[:size]):
        frontier = push(at, frontier, leaf_hash(raw))
    return root(frontier)


def note(org: Organisation, size: int, found: bytes | None = None) -> Note:
    """What rita signed about the first *size* entries, or about another root."""
    what = Checkpoint(org.id, size, root_of(org, size) if found is None else found, None)
    return Note(what, (cosign(what, "rita", RITA, NOW),))


def written(path: Path, what: Note) -> Path:
    path.write_text(what.text)
    return path


def verified(
    org: Organisation, kind: Kind, names: dict[Kind, Name], folder: Path, *checkpoints: Note
) -> Result:
    """What an auditor is told who trusts rita and was handed *checkpoints*."""
    place = names[kind](left(org.id, org.envelopes), folder / "here")
    for place_of in ("here/.assent", "here", ".assent"):
        Blobs(folder / place_of / "evidence").put(b"report")
    files = [written(folder / str(at), one) for at, one in enumerate(checkpoints)]
    said = [word for file in files for word in ("--checkpoint", file)]
    witnesses = witnesses_file(folder / "witnesses", rita=RITA)
    known = ("--ledger", place, "--ledger-id", org.id, "--witnesses", witnesses)
    with inside(folder):
        return run_assent("verify", *known, *said, "--json")


def rules(result: Result) -> set[str]:
    return {one["rule"] for one in result.json["findings"]}


def test_what_a_witness_saw_shows_a_tail_that_was_cut_to_somebody_new(
    org: Organisation, kind: Kind, names: dict[Kind, Name], tmp_path: Path
) -> None:
    size = len(org.envelopes)
    seen = note(org, size)
    org.envelopes, org.judged = org.envelopes[: size - 2], org.judged[: size - 2]

    result = verified(org, kind, names, tmp_path, seen)

    assert (result.exit, result.json["verdict"]) == (4, "rolled-back")
    assert rules(result) == {"log-shorter"}


def test_a_witness_who_vouches_for_another_history_is_a_fork(
    org: Organisation, kind: Kind, names: dict[Kind, Name], tmp_path: Path
) -> None:
    result = verified(org, kind, names, tmp_path, note(org, 5, b"\4" * 32))

    assert (result.exit, result.json["verdict"]) == (4, "forked")
    assert rules(result) == {"checkpoint-false"}


def test_who_trusts_one_witness_believes_what_that_witness_signs(
    org: Organisation, kind: Kind, names: dict[Kind, Name], tmp_path: Path
) -> None:
    """Rita signs for dana what alice never saw: nothing in that history tells dana."""
    comment(org, "frank", FIRST, "what only dana sees")

    result = verified(org, kind, names, tmp_path, note(org, len(org.envelopes)))

    assert (result.exit, rules(result)) == (0, set())
    assert result.json["checkpoint"]["signed_by"] == ["rita"]


def test_a_log_that_no_witness_has_seen_is_uncheckable_to_who_asks_for_one(
    org: Organisation, kind: Kind, names: dict[Kind, Name], tmp_path: Path
) -> None:
    """An operator who hands no checkpoint over is not believed for it."""
    result = verified(org, kind, names, tmp_path)

    assert result.exit == 5
    assert rules(result) == {"checkpoint-missing"}


def test_two_words_of_one_witness_are_the_proof_against_them(
    org: Organisation, tmp_path: Path
) -> None:
    """Whoever has both can show them to anybody; no log is needed."""
    size = len(org.envelopes)
    files = [
        written(tmp_path / "to-alice", note(org, size)),
        written(tmp_path / "to-dana", note(org, size, b"\4" * 32)),
    ]

    compared = run_assent("audit", "compare", *files)

    assert compared.exit == 4
    assert compared.out.startswith("FORK: ")
    assert compared.out.count("rita") == 2
    assert run_assent("audit", "compare", files[0], files[0]).exit == 0


def test_a_false_checkpoint_is_not_put_into_the_log(org: Organisation) -> None:
    """Nor by an auditor who signs it, nor by anybody else what an auditor would say."""
    twin = aside(org)
    honest = witnessed(twin, "rita").entry
    assert honest is not None
    size = org.standing.head.size
    false = note(org, size, b"\4" * 32)
    event = honest.event.model_copy(update={"root": "04" * 32, "checkpoint": false.text})

    as_auditor, as_other = org.force("rita", event), org.force("frank", honest.event)

    assert [one.finding.rule for one in (as_auditor, as_other) if one.finding] == [
        "checkpoint-false",
        "not-auditor",
    ]
    with refused("not-auditor"):
        witnessed(org, "frank")
