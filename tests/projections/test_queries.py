from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from ledger.decide import acknowledgement, approval, proposal, talk
from ledger.decide.cases import assess_proposal
from ledger.errors import BadInput
from ledger.model.events import ReleaseStarted
from ledger.model.terms import format_instant
from projections import aliases, evidence, inbox, log, policies, proposals, releases, signers
from projections.leaves import first_difference, leaf_at
from projections.runner import Views
from tests.organisation import START, Organisation, change, digest, stack
from tests.projections.histories import DAY, EVERYBODY, fill

ALIAS = "fraud/production"


@pytest.fixture
def org() -> Organisation:
    return Organisation()


@pytest.fixture
def views() -> Iterator[Views]:
    with Views() as views:
        yield views


Ask = Callable[[], Connection]


@pytest.fixture
def ask(org: Organisation, views: Views) -> Ask:
    """A connection to views that know all that *org* did so far."""

    def caught_up() -> Connection:
        fill(views, org, 1)
        with views.reading() as connection:
            return connection

    return caught_up


def waiting(connection: Connection, person: str) -> list[tuple[int, str]]:
    return [(one.number, one.role) for one in inbox.inbox(connection, person)]


def test_an_inbox_holds_what_a_person_could_approve_now(org: Organisation, ask: Ask) -> None:
    of = org.open("alice", change(stack(model="m2")))
    org.open("frank", change(alias="credit/production"))
    assert waiting(ask(), "alice") == [(2, "model-owner")]
    assert waiting(ask(), "bob") == [
        (1, "data-owner"),
        (1, "model-owner"),
        (2, "data-owner"),
        (2, "model-owner"),
    ]
    assert waiting(ask(), "frank") == []
    assert [one.number for one in inbox.inbox(ask(), "bob", "data-owner")] == [1, 2]

    org.approve("bob", of, "data-owner")
    assert waiting(ask(), "bob") == [(2, "data-owner"), (2, "model-owner")]
    assert waiting(ask(), "dana") == [(2, "data-owner")]


def test_an_inbox_loses_what_was_withdrawn_and_what_the_alias_has_left_behind(
    org: Organisation, ask: Ask
) -> None:
    first, _ = org.open("frank"), org.open("erin", change(stack(model="m2")))
    assert waiting(ask(), "alice") == [(1, "model-owner"), (2, "model-owner")]
    org.act("frank", lambda s, by, _: proposal.withdraw(s, by=by, proposal=first, reason=None))
    assert waiting(ask(), "alice") == [(2, "model-owner")]
    org.release()
    assert waiting(ask(), "alice") == []
    (line,) = inbox.proposal_lines(ask())
    assert (line.number, line.verdict) == (2, "blocked")


def test_time_alone_empties_an_inbox_when_it_is_asked_at_a_later_time(
    org: Organisation, ask: Ask
) -> None:
    org.open("frank")
    connection, standing = ask(), org.standing
    at = org.now + 14 * DAY
    assert inbox.current_assessments(connection, standing, at - 1) == {}
    fresh = inbox.current_assessments(connection, standing, at)
    assert waiting(connection, "alice") == [(1, "model-owner")]
    assert inbox.inbox(connection, "alice", fresh=fresh) == []
    assert inbox.counts(connection, fresh=fresh).verdicts == {"expired": 1}
    assert [line.verdict for line in inbox.proposal_lines(connection, fresh=fresh)] == ["expired"]
    assert inbox.proposal_lines(connection, fresh=fresh, verdict="open") == []


def test_what_is_judged_anew_waits_as_it_would_have_been_stored(
    org: Organisation, ask: Ask
) -> None:
    of = org.open("frank")
    org.attach("erin", of, expires=DAY)
    at = org.now + 2 * DAY
    connection = ask()
    fresh = inbox.current_assessments(connection, org.standing, at)
    assert list(fresh) == [of]
    assert fresh[of].assessment == assess_proposal(org.standing, org.proposal(of), at)
    now = inbox.inbox(connection, "bob", fresh=fresh)
    assert [(one.number, one.role) for one in now] == waiting(connection, "bob")
    assert {one.summary for one in now} == {"a better model"}


def test_a_proposal_is_found_by_number_and_by_the_beginning_of_its_id(
    org: Organisation, ask: Ask
) -> None:
    of, _ = org.open("frank"), org.open("frank")
    connection = ask()
    assert (
        proposals.find_proposal(connection, "1") == proposals.find_proposal(connection, "#1") == of
    )
    assert proposals.find_proposal(connection, of) == of
    with pytest.raises(BadInput, match="more than one proposal begins with 0000"):
        proposals.find_proposal(connection, "0000")
    for text in ("3", "#0", "abc", "abcd", "0' OR 1=1", "%%%%", "", "\uff11"):
        with pytest.raises(BadInput, match="there is no proposal"):
            proposals.find_proposal(connection, text)


def test_an_alias_is_told_as_of_any_position_and_time(org: Organisation, ask: Ask) -> None:
    org.release(change(stack(model="m1")))
    first = org.standing.head.size - 1
    org.now += 100
    org.release(change(stack(model="m2")))
    second = org.standing.head.size - 1
    connection = ask()

    def stable(position: int) -> str | None:
        row = aliases.stable_as_of(connection, ALIAS, position)
        return None if row is None else row.stack_digest

    one, two = stack(model="m1").digest, stack(model="m2").digest
    assert [stable(p) for p in (0, first - 1, first, second - 1, second, second + 9)] == [
        None, None, one, one, two, two,
    ]  # fmt: skip
    assert [row.stack_digest for row in aliases.history_of(connection, ALIAS)] == [one, two]
    under_way = releases.candidate_as_of(connection, ALIAS, second - 1)
    assert under_way is not None
    assert under_way.stack_digest == two
    assert releases.candidate_as_of(connection, ALIAS, second) is None
    time = format_instant(org.judged[first].at)
    assert log.position_at(connection, time) == first
    assert log.position_at(connection, format_instant(START - 1)) is None
    assert log.position_at(connection, "2999-01-01T00:00:00Z") == second
    now = aliases.alias_named(connection, ALIAS)
    assert now is not None
    assert (now.stack_digest, now.number, now.changed) == (two, 2, second)
    assert [row.number for row in releases.release_list(connection, alias=ALIAS)] == [1, 2]
    assert [row.alias for row in aliases.alias_list(connection)] == [ALIAS]


def test_a_release_nobody_consented_to_changes_the_log_and_the_findings_only(
    org: Organisation, ask: Ask
) -> None:
    of = org.release()
    connection = ask()
    state = org.proposal(of)

    def everything() -> list[object]:
        return [
            aliases.alias_list(connection),
            aliases.history_of(connection, ALIAS),
            releases.release_list(connection),
            inbox.proposal_lines(connection, everything=True),
            evidence.approval_list(connection, 1),
            evidence.evidence_list(connection, 1),
        ]

    before = everything()
    org.force(
        "omar",
        ReleaseStarted(
            alias=ALIAS,
            proposal=state.id,
            revision=1,
            policy=1,
            review=digest("none"),
            tier="high",
            stage="general",
            stack=stack(model="evil"),
            metrics=(),
            exceptions=(),
        ),
    )
    position = org.standing.head.size - 1
    connection = ask()
    assert everything() == before
    (found,) = log.finding_list(connection, unacknowledged=True)
    assert (found.position, found.rule, found.severity) == (position, "closed", "refused")
    entry = log.entry_at(connection, position)
    assert entry is not None
    assert (entry.admitted, entry.placed, entry.rule) == (False, True, "closed")

    org.act(
        "rita",
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="seen"
        ),
    )
    connection = ask()
    assert log.finding_list(connection, unacknowledged=True) == []
    (found,) = log.finding_list(connection)
    assert (found.acknowledged_by, found.acknowledged_position) == ("rita", position + 1)
    assert inbox.counts(connection).findings == 0


def test_the_log_is_searched_by_stream_signer_and_kind(org: Organisation, ask: Ask) -> None:
    of = org.release()
    connection = ask()
    assert [row.kind for row in log.log_entries(connection, stream=f"alias:{ALIAS}")] == [
        "release.started",
        "release.completed",
    ]
    mine = log.log_entries(connection, by="alice", limit=2)
    assert [row.kind for row in mine] == ["signer.accepted", "approval.granted"]
    assert mine[1].proposal == 1
    (opened,) = log.log_entries(connection, kind="proposal.opened")
    assert opened.stream == f"proposal:{of}"
    assert opened.summary == f"asked for {ALIAS}: a better model"
    assert len(log.log_entries(connection, up_to=3)) == 4


def test_the_first_leaf_that_differs_from_what_was_seen_is_found(
    org: Organisation, ask: Ask
) -> None:
    connection = ask()
    leaves = [(judged.position, judged.leaf) for judged in org.judged]
    assert first_difference(connection, leaves) is None
    changed = [(p, b"other" if p in (3, 5) else leaf) for p, leaf in leaves]
    assert first_difference(connection, changed) == 3
    assert first_difference(connection, [*leaves, (99, b"new")]) is None
    assert leaf_at(connection, 3) == leaves[3][1]
    assert leaf_at(connection, 99) is None


def test_an_approval_stays_on_record_when_it_no_longer_counts(org: Organisation, ask: Ask) -> None:
    of = org.open("frank")
    org.approve("alice", of, "model-owner")
    org.approve("bob", of, "model-owner")
    org.act("bob", lambda s, by, _: approval.retract(s, by=by, proposal=of, reason="no"))
    rows = evidence.approval_list(ask(), 1)
    assert [(row.signer, row.held, row.counts) for row in rows] == [
        ("alice", True, True),
        ("bob", False, False),
    ]
    effect = change(stack(model="m9"))
    org.act("frank", lambda s, by, at: proposal.revise(s, by=by, at=at, proposal=of, effect=effect))
    rows = evidence.approval_list(ask(), 1)
    assert [(row.signer, row.held, row.counts) for row in rows] == [
        ("alice", True, False),
        ("bob", False, False),
    ]


def test_evidence_says_when_it_expires_and_whether_it_counts(org: Organisation, ask: Ask) -> None:
    of = org.open("frank")
    org.attach("erin", of, document="old")
    org.attach("frank", of, document="by a party")
    org.attach("erin", of, document="new", expires=DAY)
    rows = evidence.evidence_list(ask(), 1)
    assert [(row.name, row.counts) for row in rows] == [
        ("old.json", False),
        ("by a party.json", False),
        ("new.json", True),
    ]
    assert rows[0].expires_at == format_instant(org.judged[rows[0].position].at + 30 * DAY)
    assert rows[2].expires_at == format_instant(org.judged[rows[2].position].at + DAY)
    (metric,) = evidence.metric_list(ask(), rows[2].position)
    assert (metric.name, metric.segment, metric.value) == ("auc", "", "0.95")
    (found,) = evidence.evidence_by_digest(ask(), digest("new"))
    assert found.position == rows[2].position


def test_a_closed_proposal_keeps_the_answer_it_was_closed_with(org: Organisation, ask: Ask) -> None:
    first = org.release(change(stack(model="m1")))
    connection = ask()
    before = proposals.proposal_by_id(connection, first)
    needs = proposals.requirement_list(connection, first)
    assert [row.status for row in needs] == ["satisfied"] * 4
    org.now += 90 * DAY
    org.release(change(stack(model="m2")))
    connection = ask()
    assert proposals.proposal_by_id(connection, first) == before
    assert proposals.requirement_list(connection, first) == needs
    assert before is not None
    assert (before.verdict, before.closed, before.valid_until) == ("closed", "enacted", None)
    assert inbox.counts(connection).releases == 2


def test_who_accepts_late_can_approve_what_was_open_before(views: Views) -> None:
    org = Organisation(people=EVERYBODY, accept=False)
    for name in ("alice", "bob", "dana", "frank"):
        org.accept(name)
    org.open("bob")
    fill(views, org, 1)
    with views.reading() as connection:
        assert waiting(connection, "alice") == [(1, "model-owner")]
        assert waiting(connection, "zoe") == []
    org.accept("zoe")
    fill(views, org, 1)
    with views.reading() as connection:
        assert waiting(connection, "zoe") == [(1, "model-owner")]
        rows = {row.id: row for row in signers.signer_list(connection)}
        assert [row.number for row in policies.policy_list(connection)] == [1]
    assert rows["alice"].accepted_at == format_instant(org.judged[1].at)
    assert rows["omar"].accepted_at is None


def test_comments_are_kept_in_order(org: Organisation, ask: Ask) -> None:
    of = org.open("frank")
    org.act("rita", lambda s, _, __: talk.comment(s, proposal=of, text="first"))
    org.act("rita", lambda s, _, __: talk.comment(s, proposal=of, text="second\nline"))
    assert [row.text for row in log.comment_list(ask(), 1)] == ["first", "second\nline"]
    assert log.log_entries(ask())[-1].summary == "said: second"


def test_the_newest_open_proposal_of_a_stack_is_found(org: Organisation, ask: Ask) -> None:
    org.open("frank")
    newest = org.open("frank")
    org.open("frank", change(stack(model="m2")))
    assert proposals.newest_open(ask(), ALIAS, stack().digest) == newest
    assert proposals.newest_open(ask(), ALIAS, digest("nothing")) is None
