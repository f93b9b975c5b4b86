"""Metrics of consent, against numbers computed by hand."""

from tests.acts import add_fact, reject, reopen, retract, revise, withdraw
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import exceptional, numbered
from tests.projections.summed import comes_to, observed, told

PRODUCTION = "fraud/production"


def consented_slowly(org: Organisation) -> tuple[str, int]:
    """A proposal whose report came 100 s after its opening, alice's word 300 s, dana's 400 s."""
    of = org.open("frank")
    opened = org.now
    org.now = opened + 99
    org.attach("erin", of)
    org.now = opened + 299
    org.approve("alice", of, "model-owner")
    org.now = opened + 399
    org.approve("dana", of, "data-owner")
    return of, opened


def test_a_proposal_is_ready_with_the_last_thing_that_it_took() -> None:
    org = Organisation()
    _, opened = consented_slowly(org)
    org.open("frank")  # which nobody has answered
    with told(org) as connection:
        found = observed(
            connection, "approval-latency", "at", "value", "number", "alias", "tier", "what"
        )
        assert found == [(opened + 400, 400, 1, PRODUCTION, "high", "release")]
        assert comes_to(connection, "approval-latency", org.now, by="tier") == {
            None: (1, 400),
            "high": (1, 400),
        }


def test_what_is_revised_or_loses_an_approval_is_ready_anew_and_counts_from_its_opening() -> None:
    org = Organisation()
    revised, opened = consented_slowly(org)
    revise(org, "frank", revised, change(stack(model="m2")))
    retracted, _ = consented_slowly(org)
    retract(org, "dana", retracted)
    with told(org) as connection:
        assert observed(connection, "approval-latency", "value") == []

    org.now = opened + 999
    org.attach("erin", revised)
    org.approve("alice", revised, "model-owner")
    org.approve("dana", revised, "data-owner")
    with told(org) as connection:
        assert observed(connection, "approval-latency", "value") == [(1002,)]


def test_a_proposal_about_the_whole_ledger_is_of_no_alias_and_counts_in_all() -> None:
    org = Organisation()
    of = org.open("alice", new_policy(numbered(2)))
    org.approve("alice", of, "root")
    org.now += 9
    org.approve("bob", of, "root")
    with told(org) as connection:
        assert observed(connection, "approval-latency", "alias", "value") == [(None, 11)]
        assert comes_to(connection, "approval-latency", org.now, by="alias") == {None: (1, 11)}
        apart = comes_to(connection, "approval-latency", org.now, by="what")
        assert apart == {None: (1, 11), "policy": (1, 11)}


def test_each_requirement_counts_from_the_opening_to_when_it_alone_was_met() -> None:
    org = Organisation()
    consented_slowly(org)
    waiting = org.open("frank")
    org.attach("erin", waiting)
    with told(org) as connection:
        found = observed(connection, "requirement-latency", "number", "what", "value")
        apart = comes_to(connection, "requirement-latency", org.now, by="what")
    assert found == [
        (1, "evaluation", 100),
        (1, "quality", 100),
        (1, "model-owner", 300),
        (1, "data", 400),
        (2, "evaluation", 1),
        (2, "quality", 1),
    ]
    assert apart == {
        None: (6, 100),
        "data": (1, 400),
        "evaluation": (2, 1),
        "model-owner": (1, 300),
        "quality": (2, 1),
    }


def test_a_requirement_that_is_waived_took_no_time_to_be_met() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    with told(org) as connection:
        found = observed(connection, "requirement-latency", "number", "what")
    assert (2, "evaluation") in found
    assert (2, "model-owner") not in found


def test_an_approval_counts_from_the_revision_it_is_about_also_if_taken_back() -> None:
    org = Organisation()
    of, opened = consented_slowly(org)
    retract(org, "dana", of)
    org.now = opened + 999
    revise(org, "frank", of, change(stack(model="m2")))
    org.now = opened + 1049
    org.approve("bob", of, "model-owner")
    with told(org) as connection:
        found = observed(
            connection, "approver-latency", "at", "value", "role", "approver", "alias", "tier"
        )
        assert found == [
            (opened + 300, 300, "model-owner", "alice", PRODUCTION, "high"),
            (opened + 400, 400, "data-owner", "dana", PRODUCTION, "high"),
            (opened + 1050, 50, "model-owner", "bob", PRODUCTION, "high"),
        ]
        by_role = comes_to(connection, "approver-latency", org.now, by="role")
        by_approver = comes_to(connection, "approver-latency", org.now, by="approver")
    assert by_role == {None: (3, 300), "data-owner": (1, 400), "model-owner": (2, 50)}
    assert by_approver["bob"] == (1, 50)


def test_rejections_count_however_they_ended_and_the_changes_they_are_about_once() -> None:
    org = Organisation()
    of, other = org.open("frank"), org.open("frank")
    reject(org, "alice", of)
    first = org.now
    reopen(org, "alice", of)
    reject(org, "dana", of, "data-owner")
    withdraw(org, "frank", other)
    taken_back = org.open("frank")
    reject(org, "bob", taken_back)
    reopen(org, "bob", taken_back)
    with told(org) as connection:
        found = observed(connection, "rejections", "at", "number", "role", "approver")
        assert found == [
            (first, 1, "model-owner", "alice"),
            (first + 2, 1, "data-owner", "dana"),
            (first + 5, 3, "model-owner", "bob"),
        ]
        assert comes_to(connection, "rejections", org.now, by="approver") == {
            None: (3, 3),
            "alice": (1, 1),
            "bob": (1, 1),
            "dana": (1, 1),
        }
        shares = comes_to(connection, "rejected-changes", org.now, by="alias")
        assert shares == {None: (3, 2 / 3), PRODUCTION: (3, 2 / 3)}
        assert comes_to(connection, "rejected-changes", first - 2, 1) == {None: (1, 1)}


def test_the_workload_is_every_approval_and_every_rejection() -> None:
    org = Organisation()
    of, _ = consented_slowly(org)
    reject(org, "bob", of)
    add_fact(org, "frank", of)
    with told(org) as connection:
        found = observed(connection, "approver-workload", "what", "approver", "role")
        assert found == [
            ("approval", "alice", "model-owner"),
            ("approval", "dana", "data-owner"),
            ("rejection", "bob", "model-owner"),
        ]
        apart = comes_to(connection, "approver-workload", org.now, by="role")
        assert apart == {None: (3, 3), "data-owner": (1, 1), "model-owner": (2, 2)}


def test_what_waits_waits_for_each_who_could_give_it_as_things_are() -> None:
    org = Organisation()
    of = org.open("frank")
    opened = org.now
    with told(org) as connection:
        found = observed(connection, "approvals-waiting", "at", "role", "approver", "value")
        assert sorted(found) == [
            (opened, "data-owner", "bob", 1),
            (opened, "data-owner", "dana", 1),
            (opened, "model-owner", "alice", 1),
            (opened, "model-owner", "bob", 1),
        ]
        before = comes_to(connection, "approvals-waiting", opened - 1, 1, by="role")
        assert before == {None: (4, 4), "data-owner": (2, 2), "model-owner": (2, 2)}

    org.approve("alice", of, "model-owner")
    with told(org) as connection:
        after = comes_to(connection, "approvals-waiting", org.now, by="approver")
    assert after == {None: (2, 2), "bob": (1, 1), "dana": (1, 1)}
