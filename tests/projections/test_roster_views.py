"""What the views say of signers: their keys, roles, what they lent, and the root."""

import json

import pytest
from sqlalchemy import Table, select

from ledger.errors import Refused
from ledger.model.terms import format_instant
from projections.delegations import delegations, delegations_of
from projections.roots import root_as_of
from projections.runner import Views
from projections.signers import grants, grants_of, keys_of, signer_keys, signer_list
from tests.organisation import Organisation
from tests.projections.histories import SEEDS, fill, lived
from tests.roster import (
    DAY,
    carried,
    delegate,
    enrol,
    enrolment,
    grant,
    next_key,
    rotate,
    rotation,
    stewarded,
    stop,
    strip,
)
from tests.signer_acts import by_root, disown, rooting


def kept(org: Organisation) -> Views:
    views = Views()
    fill(views, org, 3)
    return views


def states(org: Organisation) -> dict[str, str]:
    with kept(org) as views, views.reading() as connection:
        return {row.id: row.state for row in signer_list(connection)}


def test_a_key_is_in_force_from_where_it_was_accepted_to_where_the_next_one_was() -> None:
    org = stewarded()
    rotate(org, "erin")
    accepted = org.judged[-1]
    with kept(org) as views, views.reading() as connection:
        before, after = keys_of(connection, "erin")
        (row,) = [row for row in signer_list(connection) if row.id == "erin"]
    assert (before.named_position, before.proposal) == (0, None)
    assert before.valid_to_position == after.valid_from_position == accepted.position
    assert before.valid_to == after.valid_from == format_instant(accepted.at)
    assert after.valid_to_position is None
    assert after.proposal == org.proposal(after.proposal).id
    assert (row.key_id, row.accepted_position) == (after.key_id, accepted.position)
    assert after.key_id == next_key("erin").public.id != before.key_id


def test_a_named_key_waits_for_its_signer_until_the_naming_lapses() -> None:
    org = stewarded()
    carried(org, rotation("erin", next_key("erin").public.text), by="erin", enactor="erin")
    named = org.judged[-1]
    with kept(org) as views, views.reading() as connection:
        rows = {row.id: row for row in signer_list(connection)}
    assert (rows["erin"].state, rows["bob"].pending_key_id) == ("active", None)
    assert rows["erin"].pending_key_id == next_key("erin").public.id
    assert rows["erin"].pending_until == format_instant(named.at + 14 * DAY)
    assert rows["erin"].key_id == org.keys["erin"].public.id, "the old one signs until then"


def test_only_the_founding_waits_for_its_root_signers_without_an_end() -> None:
    org = Organisation(accept=False)
    with kept(org) as views, views.reading() as connection:
        rows = {row.id: row for row in signer_list(connection)}
    assert (rows["alice"].state, rows["alice"].pending_until) == ("named", None)
    assert rows["erin"].pending_until == format_instant(org.judged[0].at + 14 * DAY)


def test_the_state_of_a_signer_says_what_keeps_them_from_acting() -> None:
    org = stewarded()
    carried(org, enrolment("nina"))
    stop(org, "omar", "erin")
    disown(org, "frank", org.standing.head.size - 1)
    stop(org, "omar", "frank")
    found = states(org)
    assert [found[name] for name in ("alice", "nina", "erin", "frank")] == [
        "active",
        "named",
        "stopped",
        "disowned",
    ]


def test_what_was_disowned_says_after_which_position_and_since_when() -> None:
    org = stewarded()
    after = org.standing.head.size - 1
    disown(org, "frank", after)
    with kept(org) as views, views.reading() as connection:
        (key,) = keys_of(connection, "frank")
        (other,) = keys_of(connection, "erin")
    assert (key.disowned_after, key.disowned_position) == (after, org.judged[-1].position)
    assert (other.disowned_after, other.disowned_position) == (None, None)


def test_a_role_is_valid_from_its_grant_to_where_it_was_taken() -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "frank", "auditor", aliases="fraud/*", until=end)
    given = org.judged[-1]
    strip(org, "frank", "auditor")
    taken = org.judged[-1]
    with kept(org) as views, views.reading() as connection:
        (row,) = grants_of(connection, "frank")
        at = [grants_of(connection, "frank", up_to=at) for at in range(len(org.judged))]
        (signer,) = [row for row in signer_list(connection) if row.id == "frank"]
    assert (row.role, row.aliases, row.until) == ("auditor", "fraud/*", format_instant(end))
    assert (row.valid_from_position, row.valid_to_position) == (given.position, taken.position)
    assert (row.valid_from, row.valid_to) == (format_instant(given.at), format_instant(taken.at))
    assert [bool(rows) for rows in at].index(True) == given.position
    assert at[taken.position - 1] == [row]
    assert at[taken.position] == []
    assert signer.roles == "[]"


def test_roles_whose_consent_was_lost_are_void() -> None:
    org = stewarded()
    before = org.standing.head.size - 1
    grant(org, "frank", "auditor")
    disown(org, "sam", before)
    with kept(org) as views, views.reading() as connection:
        (row,) = grants_of(connection, "frank")
        (kept_,) = grants_of(connection, "omar")
    assert row.void
    assert row.valid_to_position == org.judged[-1].position
    assert not kept_.void
    assert kept_.valid_to_position is None


def test_a_delegation_ends_where_another_takes_its_place() -> None:
    org = stewarded()
    first = delegate(org, "bob", "frank", "model-owner")
    elsewhere = delegate(org, "bob", "frank", "model-owner", aliases="fraud/*")
    second = delegate(org, "bob", "frank", "data-owner", "model-owner")
    ended = delegate(org, "bob", "frank")
    with kept(org) as views, views.reading() as connection:
        rows = delegations_of(connection, "frank")
        assert delegations_of(connection, "bob") == rows
        assert delegations_of(connection, "dana") == []
    assert [(row.valid_from_position, row.valid_to_position) for row in rows] == [
        (first.position, second.position),
        (elsewhere.position, None),
        (second.position, ended.position),
    ]
    assert rows[2].roles == '["data-owner","model-owner"]'
    assert rows[1].aliases == "fraud/*"
    assert rows[2].valid_to == format_instant(ended.at)


def test_who_is_enrolled_again_begins_without_what_was_lent_to_them() -> None:
    org = stewarded()
    delegate(org, "bob", "frank", "model-owner")
    delegate(org, "bob", "erin", "model-owner")
    stop(org, "omar", "erin")
    enrol(org, "erin", key=next_key("erin"))
    with kept(org) as views, views.reading() as connection:
        (lent,) = delegations_of(connection, "erin")
        (other,) = delegations_of(connection, "frank")
        old, new = keys_of(connection, "erin")
    assert lent.valid_to_position == new.named_position == old.valid_to_position
    assert other.valid_to_position is None


def test_the_root_is_known_as_of_each_position() -> None:
    org = stewarded()
    of = by_root(org, rooting(3, "alice", "bob", "dana", "erin"))
    changed = org.judged[-1].position
    with kept(org) as views, views.reading() as connection:
        before, after = (root_as_of(connection, at) for at in (changed - 1, changed))
        root = {row.id for row in signer_list(connection) if row.root}
    assert before is not None
    assert after is not None
    assert (json.loads(before.signers), before.threshold) == (["alice", "bob", "dana"], 2)
    assert (before.valid_from_position, before.valid_to_position) == (0, changed)
    assert set(json.loads(after.signers)) == root == {"alice", "bob", "dana", "erin"}
    assert (after.threshold, after.proposal, after.valid_to) == (3, of, None)


def test_what_was_refused_changes_no_signer() -> None:
    org = stewarded()
    before = states(org)
    with pytest.raises(Refused, match="may not stop signer/"):
        stop(org, "frank", "erin")
    with kept(org) as views, views.reading() as connection:
        keys = connection.execute(signer_keys.select()).all()
    assert states(org) == before
    assert len(keys) == len(before)


@pytest.mark.parametrize(
    "seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])]
)
def test_keys_grants_and_delegations_are_those_of_the_standing(seed: int) -> None:
    org = lived(seed)
    signers = org.standing.signers()
    wanted: dict[str, set[tuple[object, ...]]] = {
        "signer_keys": {
            (one.id, key.named_at, key.accepted_at, key.ended_at, key.disowned_after)
            for one in signers
            for key in one.keys
        },
        "grants": {
            (one.id, given.role, given.since, given.ended_at, given.void)
            for one in signers
            for given in one.grants
        },
        "delegations": {
            (lent.by, one.id, lent.position, lent.ended_at)
            for one in signers
            for lent in one.delegations
        },
    }
    assert all(wanted.values()), "the history is too poor to prove anything"
    ends = ("valid_from_position", "valid_to_position")
    with Views() as views:
        fill(views, org, 210)
        assert wanted == {
            "signer_keys": columns(
                views, signer_keys, "signer", "named_position", *ends, "disowned_after"
            ),
            "grants": columns(views, grants, "signer", "role", *ends, "void"),
            "delegations": columns(views, delegations, "delegator", "delegate", *ends),
        }


def columns(views: Views, table: Table, *names: str) -> set[tuple[object, ...]]:
    with views.reading() as connection:
        wanted = select(*(table.c[name] for name in names))
        return {tuple(row) for row in connection.execute(wanted)}
