"""What ``docs/explanation/limits.md`` says is not promised, shown to be so.

Each test is cited on that page. When one of them fails, a limit has gone: then the page
has to say so, and the test becomes a test of the promise.
"""

import pytest

from ledger.audit.verification import Stored, Verification, Witnessed, verify
from ledger.decide.context import Standing
from ledger.errors import Refused
from ledger.model.effects import PolicyDocument
from ledger.model.entry import parse_entry
from ledger.seal.envelope import examine, join, parts
from ledger.seal.keys import P256
from ledger.seal.merkle import root
from ledger.seal.private_keys import SigningKey, generate
from ledger.seal.sshsig import SshSignature, pack_strings, split_strings
from tests import organisation as simulator
from tests.acts import add_fact, look, reject, revise, statuses, take_back, take_over
from tests.organisation import Organisation, change, new_policy, stack, unsafe_key
from tests.policies import ENVIRONMENTS, numbered, under
from tests.roster import (
    DAY,
    carried,
    consented,
    delegate,
    finding,
    grant,
    lifting,
    roles_of,
    stewarded,
    stop,
)
from tests.signer_acts import ROOT_VOTES, by_root, correction, disown

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
    """Until the root sets it right, a right clock lies too far back for anything else."""
    organisation = Organisation()
    right = organisation.now
    organisation.now = right + DAY
    position = organisation.judged[-1].position + 1
    organisation.open("frank")

    organisation.now = right
    organisation.open("bob")
    assert finding(organisation.judged[-1]) == "back-dated"
    by_root(organisation, correction(position, organisation.now))
    organisation.open("bob")

    assert organisation.judged[-1].admitted


def test_the_root_turns_time_back() -> None:
    """Nobody's clock was wrong; what had ended holds again."""
    organisation = stewarded()
    end = organisation.now + DAY
    grant(organisation, "frank", "data-owner", until=end)
    before = organisation.now
    organisation.now = end
    of = organisation.open("omar")
    with pytest.raises(Refused, match="does not hold the role data-owner"):
        organisation.approve("frank", of, "data-owner")

    by_root(organisation, correction(organisation.judged[-1].position, before))
    organisation.now = before

    assert organisation.approve("frank", of, "data-owner").admitted


def test_one_person_stops_everybody_until_the_root_lifts_it() -> None:
    organisation = stewarded()
    stops = [stop(organisation, "omar", name) for name in organisation.keys]

    with pytest.raises(Refused, match="erin is stopped"):
        organisation.open("erin")
    carried(organisation, lifting(*stops), by="alice", approvals=ROOT_VOTES, enactor="alice")

    assert organisation.open("erin")


def test_who_is_stopped_still_rejects_and_stops() -> None:
    organisation = stewarded()
    of = organisation.open("frank")
    stop(organisation, "alice", "omar")
    stop(organisation, "alice", "bob")

    reject(organisation, "bob", of)
    stop(organisation, "omar", "frank")

    assert look(organisation, of).verdict == "blocked"
    assert organisation.standing.target("signer/frank") is not None


def test_consent_to_a_change_of_the_roster_does_not_age() -> None:
    organisation = stewarded()
    of = consented(organisation, roles_of("frank", ["data-owner"]))
    other = roles_of("sam", strip=["steward"])
    carried(organisation, other, approvals=(("sue", "steward"),))
    stop(organisation, "omar", "frank")

    organisation.now += 1_000 * DAY

    assert organisation.enact("omar", of).admitted


def test_a_service_goes_on_when_who_answers_for_it_is_stopped() -> None:
    organisation = stewarded(services={"robot": ("frank", ["evaluation-owner"])})
    stop(organisation, "omar", "frank")
    of = organisation.open("robot")

    assert organisation.attach("robot", of).admitted


def test_of_two_people_who_lend_one_role_the_first_is_meant() -> None:
    """Though alice has approved herself, bob's delegation would have done."""
    organisation = stewarded(people={"zed": []})
    delegate(organisation, "alice", "zed", "model-owner")
    delegate(organisation, "bob", "zed", "model-owner")
    of = organisation.open("frank")
    organisation.approve("alice", of, "model-owner")

    with pytest.raises(Refused, match="they count once together"):
        organisation.approve("zed", of, "model-owner")


def test_numbers_are_compared_with_what_runs_though_it_has_lost_its_consent() -> None:
    organisation = stewarded()
    after = organisation.judged[-1].position
    old = organisation.open("frank")
    organisation.attach("erin", old, auc="0.99")
    organisation.approve("alice", old, "model-owner")
    organisation.approve("dana", old, "data-owner")
    organisation.start("omar", old)
    organisation.complete("omar")
    disown(organisation, "erin", after)
    stable = organisation.standing.alias("fraud/production").stable
    assert stable is not None
    assert stable.unsupported

    of = organisation.open("frank", change(stack(model="m2")))
    grant(organisation, "frank", "evaluation-owner")
    grant(organisation, "rita", "evaluation-owner")
    organisation.attach("rita", of, auc="0.95")

    assert statuses(organisation, of)["quality"] == "unsatisfied"


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
