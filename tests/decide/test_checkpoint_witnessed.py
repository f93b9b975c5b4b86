"""Checkpoints in the log: true, of late, and with their signer's own signature, or refused."""

from dataclasses import replace

import pytest

from ledger.audit.refusals import list_refusals, sum_refusals
from ledger.decide.context import SEEN_WINDOW
from ledger.model.events import CheckpointWitnessed
from ledger.seal.checkpoint import Checkpoint, Note, Witness, cosign, cosigned, parse_note
from ledger.seal.merkle import EMPTY_ROOT
from tests.acts import acknowledge, comment, refused, seen, witness
from tests.organisation import Organisation, unsafe_key


@pytest.fixture(scope="module")
def org() -> Organisation:
    """A ledger with something refused in it; what is refused of it changes nothing."""
    org = Organisation()
    org.smuggle(b"rubbish")
    return org


def note_of(org: Organisation, what: Checkpoint, *names: str) -> Note:
    return Note(what, tuple(cosign(what, name, org.keys[name], org.now) for name in names))


@pytest.mark.parametrize("name", ["rita", "alice"])
def test_an_auditor_or_a_root_signer_says_what_they_have_verified(name: str) -> None:
    org = Organisation()
    org.smuggle(b"rubbish")
    of, before = seen(org), org.standing.head

    judged = witness(org, name)

    assert judged.admitted
    assert judged.entry is not None
    event = judged.entry.event
    assert isinstance(event, CheckpointWitnessed)
    assert (event.size, event.root) == (of.size, of.root.hex())
    note = parse_note(event.checkpoint.encode())
    assert note.checkpoint == of
    assert of.refusals == sum_refusals([(before.size - 1, "not-two-lines")])
    assert [one.name for one in cosigned(note, [Witness(name, org.keys[name].public)])] == [name]
    assert org.replayed().head == org.standing.head
    assert org.standing.head.refused == before.refused


def test_nobody_else_does(org: Organisation) -> None:
    with refused("not-auditor", "frank is neither"):
        witness(org, "frank")


def test_a_checkpoint_of_some_entries_ago_is_as_good() -> None:
    org = Organisation()
    of = note_of(org, seen(org), "rita")
    comment(org, "frank", org.open("frank"))

    assert witness(org, "rita", of).admitted


FALSE = {
    "another root": ({"root": bytes(32)}, "is another one"),
    "another ledger": ({"ledger": "0" * 64}, "another ledger's"),
    "entries to come": ({"size": 1_000}, "of 1000 entries"),
    "nothing under a root of something": ({"size": 0, "root": b"\1" * 32}, "is another one"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_not_so_is_refused(org: Organisation, name: str) -> None:
    change, match = FALSE[name]
    what = replace(seen(org), refusals=None, **change)  # type: ignore[arg-type]  # a mixed table

    with refused("checkpoint-false", match):
        witness(org, "rita", note_of(org, what, "rita"))


def test_what_lies_too_far_back_to_be_compared_is_refused() -> None:
    org = Organisation()
    of, nothing = seen(org), replace(seen(org), size=0, root=EMPTY_ROOT, refusals=None)
    for _ in range(SEEN_WINDOW):
        org.smuggle(b"rubbish")
    assert witness(org, "rita", note_of(org, of, "rita")).admitted

    with refused("checkpoint-behind", "more than 4096 behind"):
        witness(org, "alice", note_of(org, of, "alice"))
    with refused("checkpoint-behind", "more than 4096 behind"):
        witness(org, "alice", note_of(org, nothing, "alice"))


def test_nobody_puts_in_what_another_signed(org: Organisation) -> None:
    with refused("checkpoint-unsigned", "signature of rita"):
        witness(org, "rita", note_of(org, seen(org), "alice"))
    with refused("checkpoint-unsigned", "and no other"):
        witness(org, "rita", note_of(org, seen(org), "rita", "alice"))


def test_the_signature_is_by_the_key_that_signs_the_entry(org: Organisation) -> None:
    what = seen(org)
    by_another = Note(what, (cosign(what, "rita", unsafe_key("mallory"), org.now),))
    under_her_name = Note(what, (cosign(what, "rita", org.keys["rita"], org.now),))
    forged = replace(under_her_name, checkpoint=replace(what, refusals=None))

    with refused("checkpoint-unsigned"):
        witness(org, "rita", by_another)
    with refused("checkpoint-unsigned"):
        witness(org, "rita", forged)


def test_what_is_no_note_is_refused_and_stops_nobody(org: Organisation) -> None:
    good = note_of(org, seen(org), "rita")
    event = CheckpointWitnessed(
        size=good.checkpoint.size, root=good.checkpoint.root.hex(), checkpoint=good.text + "\n"
    )

    judged = org.force("rita", event)

    assert judged.finding is not None
    assert judged.finding.rule == "malformed-checkpoint"
    acknowledge(org, "rita", judged.position)


@pytest.mark.parametrize("change", [{"size": 3}, {"root": "0" * 64}])
def test_the_fields_are_those_of_the_note(change: dict[str, object]) -> None:
    org = Organisation()
    good = note_of(org, seen(org), "rita")
    values = {"size": good.checkpoint.size, "root": good.checkpoint.root.hex()} | change
    event = CheckpointWitnessed.model_validate({**values, "checkpoint": good.text})

    judged = org.force("rita", event)

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"


def test_the_list_of_refused_entries_is_a_line_for_each() -> None:
    assert list_refusals([(3, "back-dated"), (17, "unknown-key")]) == (
        b"3 back-dated\n17 unknown-key\n"
    )
    assert sum_refusals([]).count == 0
    assert (
        sum_refusals([]).digest
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
