"""What ``docs/explanation/limits.md`` says is not promised, shown to be so.

Each test is cited on that page. When one of them fails, a limit has gone: then the page
has to say so, and the test becomes a test of the promise.
"""

import pytest

from ledger.audit.verification import Stored, Verification, Witnessed, verify
from ledger.decide import approval, proposal
from ledger.decide.context import Standing
from ledger.errors import Refused
from ledger.model.effects import PolicyDocument
from ledger.model.entry import parse_entry
from ledger.model.kinds import KINDS
from ledger.seal.envelope import examine, join, parts
from ledger.seal.keys import P256
from ledger.seal.merkle import root
from ledger.seal.private_keys import SigningKey, generate
from ledger.seal.sshsig import SshSignature, pack_strings, split_strings
from tests import organisation as simulator
from tests.acts import add_fact, revise, statuses, take_back, take_over
from tests.organisation import Organisation, change, new_policy, stack, unsafe_key
from tests.policies import ENVIRONMENTS, numbered, under

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def verified(
    organisation: Organisation, envelopes: list[bytes], mark: Witnessed | None
) -> Verification:
    """What a client with *mark* says of *envelopes*."""
    stored = []
    for position, raw in enumerate(envelopes):
        examined = examine(raw)
        entry = parse_entry(parts(raw)[0])
        kind = entry.event.kind
        stored.append(Stored(position, entry.stream, entry.version, kind, examined.leaf, examined))
    return verify(
        Standing(),
        stored,
        organisation.id,
        mark=mark,
        check_document=lambda _: None,
        keep=lambda _: None,
        receipts={},
    )


def test_a_cut_tail_shows_against_a_mark_and_only_against_a_mark() -> None:
    organisation = Organisation()
    organisation.release()
    whole = organisation.standing.head
    mark = Witnessed(whole.size, root(whole.frontier))
    cut = organisation.envelopes[:-1]

    assert verified(organisation, cut, mark).verdict == "rolled-back"
    assert verified(organisation, cut, None).verdict == "verified"


def test_two_keys_are_two_people_to_the_ledger() -> None:
    """It knows that frank and alice have different keys, and nothing else about them."""
    organisation = Organisation()

    of = organisation.open("frank")

    assert organisation.approve("alice", of, "model-owner").admitted


def test_evidence_that_lies_counts_like_evidence_that_does_not() -> None:
    """An AUC of exactly 1 is a number like any other: whose it is stands beside it."""
    organisation = Organisation()
    of = organisation.open("frank")
    organisation.attach("erin", of, auc="1")
    organisation.approve("alice", of, "model-owner")
    organisation.approve("dana", of, "data-owner")

    assert organisation.start("omar", of).admitted


def test_the_other_spelling_of_an_ecdsa_signature_finds_no_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(r, n - s) verifies where (r, s) does: the same entry under another leaf hash."""
    key = generate(bytes(range(1, 33)), P256)
    monkeypatch.setattr(
        simulator, "unsafe_key", lambda name: key if name == "frank" else unsafe_key(name)
    )
    organisation = Organisation()
    of = organisation.open("frank")
    before = organisation.proposal(of)
    original = organisation.envelopes[-1]

    again = organisation.smuggle(_other_spelling(original, key))

    assert examine(organisation.envelopes[-1]).fault is None
    assert again.leaf != organisation.judged[-2].leaf
    assert again.finding is not None
    assert again.finding.rule == "out-of-place"
    assert organisation.proposal(of) == before


def _other_spelling(raw: bytes, key: SigningKey) -> bytes:
    payload, blob = parts(raw)
    algorithm, proper = split_strings(SshSignature.parse(blob).signature, 2)
    r, s = split_strings(proper, 2)
    other = P256_ORDER - int.from_bytes(s, "big")
    mpint = other.to_bytes((other.bit_length() + 8) // 8, "big")
    return join(payload, key.public, pack_strings(algorithm, pack_strings(r, mpint)))


def test_a_clock_that_runs_ahead_takes_ledger_time_along() -> None:
    """Nothing sets it back: the others wait until their clocks are there."""
    organisation = Organisation()
    right = organisation.now
    organisation.now = right + 86_400
    organisation.open("frank")

    organisation.now = right
    organisation.open("bob")
    late = organisation.judged[-1].finding
    organisation.now = right + 86_400
    organisation.open("bob")

    assert late is not None
    assert late.rule == "back-dated"
    assert organisation.judged[-1].admitted
    assert "clock.corrected" not in KINDS


def test_a_release_under_way_whose_consent_was_lost_stays_under_way() -> None:
    organisation = Organisation()
    of = organisation.open("frank")
    organisation.attach("erin", of)
    organisation.approve("alice", of, "model-owner")
    organisation.approve("dana", of, "data-owner")
    organisation.start("omar", of)
    organisation.act(
        "dana",
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role="data-owner", reason="no consent"
        ),
    )

    with pytest.raises(Refused, match="has lost its consent"):
        organisation.complete("omar")
    with pytest.raises(Refused, match="is closed"):
        organisation.act(
            "frank", lambda s, by, _: proposal.withdraw(s, by=by, proposal=of, reason=None)
        )
    assert "release.rolled-back" not in KINDS


def test_an_approval_retracted_after_the_start_cannot_be_given_again() -> None:
    organisation = Organisation()
    of = organisation.open("frank")
    organisation.attach("erin", of)
    organisation.approve("alice", of, "model-owner")
    organisation.approve("dana", of, "data-owner")
    organisation.start("omar", of)
    organisation.act(
        "dana", lambda s, by, _: approval.retract(s, by=by, proposal=of, reason="second thoughts")
    )

    with pytest.raises(Refused, match="is closed"):
        organisation.approve("dana", of, "data-owner")


def test_a_lost_key_cannot_be_revoked_yet() -> None:
    """Who has it acts as its owner, until a kind of event exists that stops a signer."""
    assert not {"override.set", "signer.rotated", "signer.stripped", "signer.disowned"} & set(KINDS)


def test_a_report_about_another_component_counts_like_one_about_what_changed() -> None:
    organisation = Organisation()
    organisation.release()
    of = organisation.open("frank", change(stack(model="m2")))

    organisation.attach("erin", of, components=["dataset"])

    assert statuses(organisation, of)["evaluation"] == "satisfied"


def test_what_its_author_withdrew_still_counts_where_it_was_taken_over() -> None:
    organisation = Organisation()
    old, of = organisation.open("frank"), organisation.open("dana")
    attached = organisation.attach("erin", old)
    take_over(organisation, "alice", of, attached.position)

    take_back(organisation, "erin", old)

    assert statuses(organisation, of)["evaluation"] == "satisfied"
    take_back(organisation, "erin", of)
    assert statuses(organisation, of)["evaluation"] == "unsatisfied"


def test_a_bot_revises_away_the_fact_that_a_person_added_in_an_automatic_environment() -> None:
    sheet = """
[[requirement]]
id = "file"
when = "personal_data"
evidence = { data-sheet = {} }
"""
    organisation = under(ENVIRONMENTS, sheet, services={"breeder": ("omar", [])})
    effect = change(alias="fraud/dev")
    of = organisation.open("breeder", effect)
    organisation.attach("erin", of)
    add_fact(organisation, "alice", of)
    assert statuses(organisation, of)["file"] == "unsatisfied"

    revise(organisation, "breeder", of, effect)

    assert statuses(organisation, of)["file"] == "not-applicable"


def test_a_contributor_is_named_without_being_asked() -> None:
    organisation = Organisation()
    of = organisation.open("frank", change(contributors=["alice"]))

    with pytest.raises(Refused, match="alice contributed"):
        organisation.approve("alice", of, "model-owner")


def test_one_person_can_use_up_every_place_for_a_candidate() -> None:
    organisation = under("\n[limits]\nopen_candidates = 2\n")
    organisation.open("frank")
    organisation.open("frank")

    with pytest.raises(Refused, match="there are 2 open candidates"):
        organisation.open("alice")


def test_a_text_that_does_not_mean_its_canonical_json_is_published_all_the_same() -> None:
    organisation = Organisation()
    honest = new_policy(numbered(2))
    document = PolicyDocument(text="# all is well", canonical=honest.policy.canonical)
    of = organisation.open("frank", honest.model_copy(update={"policy": document}))
    organisation.approve("alice", of, "root")
    organisation.approve("bob", of, "root")

    assert organisation.enact("omar", of).admitted
    assert organisation.standing.policy().number == 2


def test_the_roster_stays_as_it_was_founded() -> None:
    assert not {"signer.enrolled", "signer.granted", "signer.rotated", "root.changed"} & set(KINDS)
