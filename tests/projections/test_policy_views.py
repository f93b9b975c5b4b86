"""What the views say of policies, of who is asked under them, and of who is told."""

from ledger.decide import approval, proposal
from ledger.model.terms import format_instant
from projections import inbox, log
from projections.judgements import judgement
from projections.policies import policy_as_of, policy_list
from projections.proposals import proposal_by_id
from projections.runner import Views
from projections.waiting import notice_rows, pending_approvals
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import ENVIRONMENTS, STEWARDSHIP, combine, duty, numbered, under
from tests.projections.histories import DAY, fill

TELLING = """
[[requirement]]
id = "told"
when = "online"
approvals = { model-owner = 1 }
notify = ["auditor", "data-owner"]
[[requirement]]
id = "told-of-data"
when = "personal_data"
notify = ["release-owner"]
fields = ["why"]
"""

Asked = list[tuple[int, str, str]]


def asked(org: Organisation) -> Asked:
    """Every approval that waits: the proposal's number, the role, the person."""
    with Views() as views:
        fill(views, org, 1)
        with views.reading() as connection:
            found = connection.execute(pending_approvals.select()).all()
    return sorted((row.number, row.role, row.person) for row in found)


def told(org: Organisation, person: str, role: str | None = None) -> list[tuple[int, str]]:
    with Views() as views:
        fill(views, org, 1)
        with views.reading() as connection:
            return [(one.number, one.role) for one in inbox.told(connection, person, role)]


def test_who_is_told_of_a_proposal_finds_it_apart_from_what_waits_for_them() -> None:
    org = under(TELLING)
    of = org.open("frank")
    assert told(org, "dana") == [(1, "data-owner")]
    assert told(org, "rita") == told(org, "rita", "auditor") == [(1, "auditor")]
    assert told(org, "rita", "data-owner") == []
    assert told(org, "omar") == [], "the requirement does not apply"
    assert (1, "auditor", "rita") not in asked(org)
    org.approve("alice", of, "model-owner")
    assert told(org, "rita") == [(1, "auditor")], "they are told as long as it is open"


def test_nobody_is_told_of_their_own_proposal_nor_of_a_closed_one() -> None:
    org = under(TELLING)
    of = org.open("dana", change(contributors=["rita"]))
    assert told(org, "dana") == told(org, "rita") == []
    assert told(org, "bob") == [(1, "data-owner")]
    org.act(
        "dana",
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role="data-owner", reason="no"
        ),
    )
    assert told(org, "bob") == [(1, "data-owner")]
    released = under(TELLING)
    state = released.proposal(released.release())
    assert told(released, "bob") == []
    assert list(notice_rows(judgement(released.standing, state, 0))) == []


def test_what_time_alone_changed_is_told_with_its_new_verdict() -> None:
    org = under(TELLING)
    of = org.open("frank")
    with Views() as views:
        fill(views, org, 1)
        with views.reading() as connection:
            fresh = inbox.current_assessments(connection, org.standing, org.now + 14 * DAY)
            (one,) = inbox.told(connection, "rita", fresh=fresh)
            (before,) = inbox.told(connection, "rita")
    assert (one.verdict, before.verdict) == ("expired", "open")
    assert one.requirements == before.requirements == ("told",)
    assert (one.proposal, one.alias, one.about) == (of, "fraud/production", "fraud/production")


def test_whom_a_duty_bars_from_all_that_is_asked_of_them_is_not_asked() -> None:
    free = under()
    free.open("frank")
    assert asked(free) == [
        (1, "data-owner", "bob"),
        (1, "data-owner", "dana"),
        (1, "model-owner", "alice"),
        (1, "model-owner", "bob"),
    ]
    bound = under(duty("data-owner", "approve", "requirement == 'model-owner'"))
    bound.open("frank")
    assert asked(bound) == [
        (1, "data-owner", "bob"),
        (1, "data-owner", "dana"),
        (1, "model-owner", "alice"),
    ]
    lifted = under(
        duty("data-owner", "approve", "requirement == 'model-owner'"),
        combine("model-owner", "data-owner"),
    )
    lifted.open("frank")
    assert asked(lifted) == asked(free)


def test_a_duty_about_one_requirement_leaves_a_role_asked_by_another() -> None:
    second = '[[requirement]]\nid = "second"\napprovals = { model-owner = 1 }\n'
    org = under(second, duty("data-owner", "approve", "requirement == 'model-owner'"))
    org.open("frank")
    with Views() as views:
        fill(views, org, 1)
        with views.reading() as connection:
            found = {(o.role, o.requirements) for o in inbox.inbox(connection, "bob")}
            alice = [one.requirements for one in inbox.inbox(connection, "alice")]
    assert found == {("model-owner", ("second",)), ("data-owner", ("data",))}
    assert alice == [("model-owner", "second")]


def test_stewards_and_in_their_stead_the_root_are_asked_about_a_policy() -> None:
    org = under(STEWARDSHIP)
    of = org.open("frank", new_policy(numbered(2, STEWARDSHIP)))
    roots = [(1, "root", "alice"), (1, "root", "bob"), (1, "root", "dana")]
    assert asked(org) == [(1, "auditor", "rita"), *roots]
    org.approve("alice", of, "root")
    assert asked(org) == [(1, "auditor", "rita"), *roots[1:]]
    org.approve("rita", of, "auditor")
    assert asked(org) == [], "nobody is asked for what stands in for consent that is there"


def test_without_stewards_the_root_alone_is_asked() -> None:
    org = under()
    org.open("alice", new_policy(numbered(2)))
    roots = [(1, "root", name) for name in ("alice", "bob", "dana")]
    assert asked(org) == roots, "as root one may agree to what one asked for"
    with Views() as views:
        fill(views, org, 1)
        with views.reading() as connection:
            (line,) = inbox.proposal_lines(connection)
            (one,) = inbox.inbox(connection, "bob", "root")
            (entry,) = log.log_entries(connection, kind="proposal.opened")
    assert (line.alias, line.tier, line.verdict) == (None, "high", "open")
    assert (one.alias, one.about) == (None, "policy")
    assert entry.summary == "asked for a policy: a better policy"


def test_an_automatic_environment_asks_nobody() -> None:
    hard = (
        '[[requirement]]\nid = "hard"\napprovals = { data-owner = 1 }\nhard = true\n'
        'because = "always"\n'
    )
    org = under(ENVIRONMENTS)
    org.open("frank", change(alias="fraud/dev"))
    org.open("frank", change(alias="fraud/production"))
    assert {number for number, _, _ in asked(org)} == {2}
    org = under(hard, ENVIRONMENTS)
    org.open("frank", change(alias="fraud/dev"))
    assert asked(org) == [(1, "data-owner", "bob"), (1, "data-owner", "dana")]


def test_what_only_a_revision_could_mend_asks_nobody() -> None:
    org = under()
    org.open("frank", change(stack(["network"])))
    assert asked(org) != []
    of = org.open(
        "frank", new_policy(numbered(2, '[limits]\nprohibited_permissions = ["network"]\n'))
    )
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("rita", of)
    assert asked(org) == []


def test_nobody_is_asked_about_what_another_policy_made_out_of_date() -> None:
    hard = '[[requirement]]\nid = "hard"\napprovals = { data-owner = 1 }\nhard = true\n'
    org = under(hard, ENVIRONMENTS)
    org.open("frank", change(alias="fraud/dev"))
    assert asked(org) != []
    of = org.open("frank", new_policy(numbered(2, hard, ENVIRONMENTS)))
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    org.enact("rita", of)
    assert asked(org) == []


def test_a_policy_judges_from_one_position_to_the_next() -> None:
    org = under()
    of = org.open("frank", new_policy(numbered(2)))
    open_ = org.open("frank")
    org.approve("alice", of, "root")
    org.approve("bob", of, "root")
    published = org.enact("rita", of)
    with Views() as views:
        fill(views, org, 5)
        with views.reading() as connection:
            first, second = policy_list(connection)
            assert policy_list(connection, up_to=published.position - 1) == [first]
            assert policy_as_of(connection, published.position - 1) == first
            assert policy_as_of(connection, published.position) == second
            lines = {line.id: line for line in inbox.proposal_lines(connection, everything=True)}
            counts = inbox.counts(connection)
            entry = log.entry_at(connection, published.position)
    assert (first.number, first.name, first.proposal) == (1, "simulated", None)
    assert (first.published_by, first.valid_from_position) == ("alice", 0)
    assert (first.valid_to_position, first.valid_to) == (
        published.position,
        format_instant(published.at),
    )
    assert (second.proposal, second.published_by) == (of, "rita")
    assert (second.valid_from, second.valid_to) == (format_instant(published.at), None)
    assert second.text == numbered(2)
    assert (lines[of].closed, lines[open_].verdict) == ("enacted", "open")
    assert (counts.releases, counts.policies, dict(counts.verdicts)) == (0, 1, {"open": 1})
    assert entry is not None
    assert (entry.summary, entry.proposal) == ("published policy 2", 1)


def test_a_release_in_one_environment_frees_what_waits_in_the_next() -> None:
    order = '[environments]\norder = ["staging", "production"]\n'
    org = under(order)
    waiting = org.open("frank", change(stack(model="m2")))
    other = org.open("frank", change(stack(model="m2"), alias="credit/production"))

    def blocked() -> set[str]:
        with Views() as views:
            fill(views, org, 1)
            with views.reading() as connection:
                return {o.id for o in inbox.proposal_lines(connection, verdict="blocked")}

    assert blocked() == {waiting, other}
    org.release(change(stack(model="m2"), alias="fraud/staging"))
    assert blocked() == {other}


def test_a_closed_proposal_is_judged_by_what_was_in_force_and_released_when_it_was_closed() -> None:
    order = '[environments]\norder = ["staging", "production"]\n'
    org = under(order)
    early = org.open("frank", change(stack(model="m2")))
    org.act("frank", lambda s, by, _: proposal.withdraw(s, by=by, proposal=early, reason=None))
    org.release(change(stack(model="m2"), alias="fraud/staging"))
    late = org.open("frank", change(stack(model="m2")))
    org.act("frank", lambda s, by, _: proposal.withdraw(s, by=by, proposal=late, reason=None))
    law = org.open("frank", new_policy(numbered(2)))
    org.approve("alice", law, "root")
    org.approve("bob", law, "root")
    org.enact("rita", law)
    for size in (1, 5000):
        with Views() as views:
            fill(views, org, size)
            with views.reading() as connection:
                rows = [proposal_by_id(connection, of) for of in (early, late, law)]
        found = [(row.blocks, row.policy) for row in rows if row is not None]
        assert found == [('["environment-before"]', 1), ("[]", 1), ("[]", 1)], size
