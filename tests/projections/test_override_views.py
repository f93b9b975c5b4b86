"""What the views say of stops, and of what has lost its consent."""

from ledger.decide import acknowledgement
from projections.aliases import alias_named, history_of, stable_as_of
from projections.inbox import inbox, proposal_lines
from projections.log import finding_list
from projections.overrides import override_list, stops_as_of
from projections.policies import policy_list
from projections.proposals import proposal_by_id, proposals
from projections.rebuilding import compare
from projections.releases import candidate_as_of, release_list
from projections.runner import Views
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import numbered
from tests.projections.histories import fill
from tests.roster import carried, enrol, lift, lifting, next_key, stewarded, stop
from tests.signer_acts import POLICY_OF_STAFF, disown, lift_by_root, now_at, staffed

ALIAS = "fraud/production"
WITHOUT_ALICE = (("bob", "root"), ("dana", "root"))


def kept(org: Organisation) -> Views:
    views = Views()
    fill(views, org, 3)
    return views


def take_note(org: Organisation, name: str, position: int) -> None:
    org.act(
        name,
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="seen"
        ),
    )


def test_a_stop_holds_from_where_it_was_set_to_where_it_was_lifted() -> None:
    org = stewarded()
    first, set_first = stop(org, "omar", "erin"), now_at(org)
    second, set_second = stop(org, "alice", "erin"), now_at(org)
    of = lift(org, first)
    lifted = now_at(org)
    with kept(org) as views, views.reading() as connection:
        (holding,) = override_list(connection)
        old, new = override_list(connection, everything=True)
        held = [len(stops_as_of(connection, "signer/erin", at)) for at in range(lifted + 1)]
        assert stops_as_of(connection, "signer/omar", lifted) == []
    assert holding == new
    assert (new.id, new.signer, new.position) == (second, "alice", set_second)
    assert (new.lifted_position, new.lifted_at, new.lifted_number) == (None, None, None)
    assert (old.id, old.target, old.signer) == (first, "signer/erin", "omar")
    assert (old.position, old.reason) == (set_first, "lost laptop")
    assert (old.lifted_position, old.lifted_number) == (lifted, org.proposal(of).number)
    assert held[set_first - 1 : set_second + 1] == [0, 1, 2]
    assert held[-2:] == [2, 1]


def test_a_stop_whose_lift_has_lost_its_consent_holds_again_and_did_not_in_between() -> None:
    org = staffed()
    one, before = stop(org, "omar", "erin"), now_at(org)
    carried(org, lifting(one), approvals=[("rita", "auditor")], enactor="alice")
    lifted = now_at(org)
    disown(org, "rita", before)
    again = now_at(org)
    with kept(org) as views, views.reading() as connection:
        (row,) = override_list(connection)
        assert override_list(connection, everything=True) == [row]
        held = [len(stops_as_of(connection, "signer/erin", at)) for at in range(again + 1)]
    assert (row.id, row.position, row.lifted_position) == (one, before, None)
    assert held[before:] == [1] * (lifted - before) + [0] * (again - lifted) + [1]

    lift_by_root(org, one)
    with kept(org) as views, views.reading() as connection:
        assert override_list(connection) == []
        (row,) = override_list(connection, everything=True)
        assert stops_as_of(connection, "signer/erin", lifted) == []
        assert len(stops_as_of(connection, "signer/erin", again)) == 1
    assert (row.position, row.lifted_position) == (before, now_at(org))


def test_a_release_without_its_consent_is_marked_with_where_it_lost_it() -> None:
    org = staffed()
    sound = org.release()
    after = now_at(org)
    lost = org.release(change(stack(model="m2")))
    disown(org, "alice", after, votes=WITHOUT_ALICE)
    at = now_at(org)
    with kept(org) as views, views.reading() as connection:
        alias = alias_named(connection, ALIAS)
        history = {row.proposal: row.unsupported_position for row in history_of(connection, ALIAS)}
        rows = {row.proposal: row.unsupported_position for row in release_list(connection)}
        marked = [proposal_by_id(connection, of) for of in (sound, lost)]
        then = stable_as_of(connection, ALIAS, at - 1)
    assert history == rows == {sound: None, lost: at}
    assert [row.unsupported_position for row in marked if row is not None] == [None, at]
    assert alias is not None
    assert (alias.proposal, alias.unsupported_position) == (lost, at)
    assert then is not None
    assert then.proposal == lost, "what an alias pointed at is not rewritten"


def test_a_release_completed_with_a_disowned_key_is_marked() -> None:
    org = staffed()
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("mo", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    after = now_at(org)
    org.complete("zed")
    disown(org, "zed", after)
    with kept(org) as views, views.reading() as connection:
        (row,) = history_of(connection, ALIAS)
        alias = alias_named(connection, ALIAS)
    assert row.unsupported_position == now_at(org)
    assert alias is not None
    assert alias.unsupported_position == now_at(org)


def test_a_release_under_way_without_consent_gives_way_to_the_next() -> None:
    org = staffed()
    after = now_at(org)
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("mo", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    disown(org, "mo", after)
    lost = now_at(org)
    with kept(org) as views, views.reading() as connection:
        alias = alias_named(connection, ALIAS)
        waiting = candidate_as_of(connection, ALIAS, lost)
    assert alias is not None
    assert (alias.candidate_proposal, alias.candidate_unsupported_position) == (of, lost)
    assert (alias.proposal, alias.unsupported_position) == (None, None)
    assert waiting is not None
    assert waiting.proposal == of

    other = org.release(change(stack(model="m2")))
    with kept(org) as views, views.reading() as connection:
        gone, came = release_list(connection, alias=ALIAS)
        assert candidate_as_of(connection, ALIAS, now_at(org)) is None
        under_way = candidate_as_of(connection, ALIAS, came.started_position)
    assert (gone.proposal, gone.replaced_position) == (of, came.started_position)
    assert (came.proposal, came.replaced_position, came.unsupported_position) == (other, None, None)
    assert under_way is not None
    assert under_way.proposal == other


def test_a_policy_without_its_consent_is_marked_and_asks_nobody_about_releases() -> None:
    org = staffed()
    waiting = org.open("frank", change(alias="credit/production"))
    after = now_at(org)
    text = numbered(2, text=POLICY_OF_STAFF)
    law = carried(org, new_policy(text), approvals=[("sam", "steward")])
    before = kept(org)
    disown(org, "sam", after)
    at = now_at(org)
    with kept(org) as views, views.reading() as connection:
        first, second = policy_list(connection)
        row = proposal_by_id(connection, waiting)
        assert inbox(connection, "alice") == []
        marked = proposal_by_id(connection, law)
    with before, before.reading() as connection:
        assert [one.proposal for one in inbox(connection, "alice")] == [waiting]
    assert (first.unsupported_position, second.unsupported_position) == (None, at)
    assert second.valid_to_position is None, "it stays in force"
    assert row is not None
    assert row.blocks == '["policy-unsupported"]'
    assert marked is not None
    assert marked.unsupported_position == at


def test_a_proposal_by_a_disowned_key_asks_nobody() -> None:
    org = staffed()
    after = now_at(org)
    of = org.open("frank")
    disown(org, "frank", after)
    with kept(org) as views, views.reading() as connection:
        (line,) = proposal_lines(connection)
        assert inbox(connection, "alice") == []
        row = proposal_by_id(connection, of)
    assert line.verdict == "blocked"
    assert row is not None
    assert row.blocks == '["disowned"]'


def test_a_note_by_a_disowned_key_is_taken_back() -> None:
    org = staffed()
    org.smuggle(b"rubbish\n")
    position, after = now_at(org), now_at(org)
    take_note(org, "rita", position)
    noted = now_at(org)
    with kept(org) as views, views.reading() as connection:
        (found,) = finding_list(connection)
    assert (found.acknowledged_by, found.acknowledged_position) == ("rita", noted)
    disown(org, "rita", after)
    with kept(org) as views, views.reading() as connection:
        (found,) = finding_list(connection, unacknowledged=True)
    assert (found.acknowledged_by, found.acknowledged_position) == (None, None)


def test_what_was_lost_is_the_same_in_one_batch_and_entry_by_entry() -> None:
    org = staffed()
    org.smuggle(b"rubbish\n")
    one, position = stop(org, "omar", "erin"), now_at(org) - 1
    carried(org, lifting(one), approvals=[("rita", "auditor")], enactor="alice")
    take_note(org, "rita", position)
    org.release()
    carried(org, new_policy(numbered(2, text=POLICY_OF_STAFF)), approvals=[("sam", "steward")])
    for name in ("rita", "sam", "alice"):
        disown(org, name, position, votes=WITHOUT_ALICE)
    carried(org, lifting(one), by="bob", approvals=WITHOUT_ALICE, enactor="bob")
    with Views() as views, Views() as others:
        fill(views, org, 1)
        fill(others, org, 5000)
        with views.reading() as connection:
            rows = connection.execute(proposals.select()).all()
        lost = {row.effect for row in rows if row.unsupported_position is not None}
        assert lost == {"lift", "release", "policy"}
        assert compare(views, others) == []


def test_what_was_lost_stays_lost_when_its_signer_comes_back() -> None:
    org = staffed()
    after = now_at(org)
    of = org.release()
    disown(org, "alice", after, votes=WITHOUT_ALICE)
    at = now_at(org)
    stop(org, "omar", "mo")
    enrol(org, "mo", ["model-owner"], key=next_key("mo"))
    with kept(org) as views, views.reading() as connection:
        (row,) = release_list(connection)
    assert (row.proposal, row.unsupported_position) == (of, at)
