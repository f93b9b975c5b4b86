"""Who is asked as roles end by time, are lent, and as people are stopped; and as of when."""

from itertools import pairwise
from pathlib import Path

from ledger.decide.cases import assess_proposal
from ledger.model.terms import format_instant
from projections import inbox, log
from projections.evidence import approval_list
from projections.proposals import proposal_by_id
from projections.rows import SqliteRows
from projections.runner import Views
from projections.waiting import notices, pending_approvals
from tests import acts
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import duty, numbered, under
from tests.projections.histories import SEEDS, fill, lived
from tests.roster import (
    DAY,
    consented,
    delegate,
    grant,
    lifting,
    next_key,
    roles_of,
    rotation,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import by_root, correction, disowning, now_at

TELLING = """
[[requirement]]
id = "told"
when = "online"
approvals = { model-owner = 1 }
notify = ["auditor"]
"""


def kept(org: Organisation) -> Views:
    """Views that were written entry by entry, so that each had to say what it touches."""
    views = Views()
    fill(views, org, 1)
    return views


def asked(org: Organisation, person: str, later: int = 0) -> list[tuple[int, str]]:
    """What waits for *person* so much *later* than now: numbers and roles."""
    with kept(org) as views, views.reading() as connection:
        fresh = inbox.current_assessments(connection, org.standing, org.now + later)
        found = inbox.inbox(connection, person, fresh=fresh)
    return [(one.number, one.role) for one in found]


def test_whose_role_has_ended_by_time_is_not_asked_any_more() -> None:
    org = stewarded()
    grant(org, "frank", "model-owner", until=org.now + 3 * DAY)
    org.open("omar")
    assert asked(org, "frank") == [(2, "model-owner")]
    assert asked(org, "frank", 3 * DAY) == []
    assert asked(org, "alice", 3 * DAY) == [(2, "model-owner")]


def test_who_was_lent_a_role_is_asked_until_the_delegation_or_the_role_of_the_lender_ends() -> None:
    org = stewarded()
    grant(org, "rita", "data-owner", until=org.now + 2 * DAY)
    delegate(org, "alice", "frank", "model-owner", until=org.now + DAY)
    delegate(org, "rita", "frank", "data-owner", until=org.now + 9 * DAY)
    org.open("omar", change(stack(dataset="d2")))
    both = [(2, "data-owner"), (2, "model-owner")]
    assert asked(org, "frank") == both
    assert asked(org, "frank", DAY) == both[:1]
    assert asked(org, "frank", 2 * DAY) == []


def test_who_is_lent_or_granted_a_role_is_asked_about_what_was_open_before() -> None:
    org = stewarded()
    org.open("omar")
    delegate(org, "alice", "frank", "model-owner")
    assert asked(org, "frank") == [(1, "model-owner")]
    delegate(org, "alice", "frank")
    assert asked(org, "frank") == []
    grant(org, "rita", "data-owner")
    assert asked(org, "rita") == [(1, "data-owner")]


def test_a_kept_answer_holds_until_the_first_role_that_is_asked_for_ends() -> None:
    org = stewarded()
    of = org.open("omar", change(alias="fraud/production"))
    org.attach("erin", of)
    org.approve("dana", of, "data-owner")
    first = org.now + 2 * DAY
    grant(org, "frank", "auditor", until=org.now + DAY)
    grant(org, "frank", "model-owner", aliases="credit/*", until=org.now + DAY)
    grant(org, "rita", "model-owner", aliases="fraud/*", until=first)
    with kept(org) as views, views.reading() as connection:
        row = proposal_by_id(connection, of)
        pending = connection.execute(pending_approvals.select()).all()
    assert row is not None
    assert row.valid_until == format_instant(first)
    assert {one.valid_until for one in pending if one.proposal == of} == {row.valid_until}


def test_what_is_ready_is_kept_past_the_end_of_a_role_that_nobody_is_asked_in() -> None:
    org = stewarded()
    of = org.open("omar")
    org.attach("erin", of)
    org.approve("dana", of, "data-owner")
    org.approve("bob", of, "model-owner")
    grant(org, "frank", "model-owner", until=org.now + DAY)
    with kept(org) as views, views.reading() as connection:
        row = proposal_by_id(connection, of)
    assert row is not None
    assert row.verdict == "ready"
    until = assess_proposal(org.standing, org.proposal(of), org.now).until
    assert until is not None
    assert until > org.now + DAY
    assert row.valid_until == format_instant(until)


def test_whom_a_duty_no_longer_bars_is_asked_as_the_barring_role_ends() -> None:
    text = duty("auditor", "approve", when="effect == 'release'")
    org = stewarded(text, people={"zed": ["model-owner"]})
    grant(org, "zed", "auditor", until=org.now + DAY)
    org.open("omar")
    assert asked(org, "zed") == []
    assert asked(org, "zed", DAY) == [(2, "model-owner")]


def test_whose_role_has_ended_is_told_of_nothing() -> None:
    org = stewarded(TELLING)
    grant(org, "frank", "auditor", until=org.now + DAY)
    org.open("omar")
    with kept(org) as views, views.reading() as connection:
        (row,) = [r for r in connection.execute(notices.select()) if r.person == "frank"]
        fresh = inbox.current_assessments(connection, org.standing, org.now + DAY)
        assert inbox.told(connection, "frank", fresh=fresh) == []
        assert len(inbox.told(connection, "rita", fresh=fresh)) == 1
    assert row.valid_until is not None


def test_the_gate_does_not_answer_from_what_a_role_that_ended_was_asked_in(
    tmp_path: Path,
) -> None:
    org = stewarded()
    end = org.now + DAY
    grant(org, "frank", "model-owner", until=end)
    org.open("omar")
    path = tmp_path / "views.sqlite"
    with Views(path) as views:
        fill(views, org, 4)
    rows = SqliteRows(path)
    assert rows.assessment(2, format_instant(end - 1)) is not None
    assert rows.assessment(2, format_instant(end)) is None
    rows.close()


def test_who_is_stopped_is_not_asked_and_is_again_after_the_lift() -> None:
    org = stewarded()
    org.open("frank")
    id_ = stop(org, "omar", "alice")
    assert asked(org, "alice") == []
    assert asked(org, "bob") != []
    of = consented(org, lifting(id_), approvals=[("rita", "auditor"), ("omar", "release-owner")])
    org.enact("dana", of)
    assert asked(org, "alice") == [(1, "model-owner")]


def test_a_stopped_root_signer_is_asked_in_root_matters_alone() -> None:
    org = stewarded()
    org.open("frank")
    org.open("frank", new_policy(numbered(2)))
    id_ = stop(org, "omar", "alice")
    org.open("frank", lifting(id_))
    org.open("bob", disowning(org, "frank", now_at(org)))
    assert asked(org, "alice") == [(3, "root"), (4, "root")]


def test_every_effect_waits_for_whom_it_asks() -> None:
    org = stewarded()
    org.open("frank", roles_of("frank", ["auditor"]))
    org.open("erin", rotation("erin", next_key("erin").public.text))
    with kept(org) as views, views.reading() as connection:
        first, second = inbox.inbox(connection, "sam")
        lines = inbox.proposal_lines(connection)
        rows = [proposal_by_id(connection, line.id) for line in lines]
    assert (first.about, first.role, second.about) == ("roles", "steward", "rotation")
    assert [(line.alias, line.effect) for line in lines] == [(None, "roles"), (None, "rotation")]
    assert [row.signer for row in rows if row is not None] == ["frank", "erin"]
    assert asked(org, "sue") == [(1, "steward"), (2, "steward")]


def test_a_rotation_with_consent_waits_for_whose_key_it_is() -> None:
    org = stewarded()
    org.open("erin", rotation("erin", next_key("erin").public.text))

    def waiting(person: str) -> list[int]:
        with kept(org) as views, views.reading() as connection:
            return [line.number for line in inbox.to_enact(connection, person)]

    assert waiting("erin") == []
    of = org.standing.numbered(1)
    assert of is not None
    org.approve("sam", of.id, "steward")
    consented(org, roles_of("erin", ["auditor"]))
    assert waiting("erin") == [1], "somebody else may give her the role, not she herself"
    assert waiting("sam") == []
    org.enact("erin", of.id)
    assert waiting("erin") == []


def test_an_approval_keeps_on_whose_behalf_it_was_given_also_when_it_is_taken_back() -> None:
    org = stewarded()
    delegate(org, "alice", "frank", "model-owner")
    of = org.open("omar")
    org.approve("frank", of, "model-owner")
    org.approve("dana", of, "data-owner")
    acts.retract(org, "frank", of)
    with kept(org) as views, views.reading() as connection:
        first, second = approval_list(connection, 1)
        (entry,) = log.log_entries(connection, by="frank", kind="approval.granted", limit=1)
    assert (first.signer, first.on_behalf, first.held) == ("frank", "alice", False)
    assert (second.signer, second.on_behalf) == ("dana", None)
    assert entry.summary == "approved as model-owner for alice"


def test_as_of_a_time_is_the_longest_prefix_though_ledger_time_went_back() -> None:
    org = under()
    of = org.open("frank")
    now, before = org.now, now_at(org)
    org.now += 300 * DAY
    ahead = speak(org, "omar", of)
    speak(org, "erin", of)
    last_ahead = now_at(org)
    org.now = now + 5
    by_root(org, correction(ahead.position, now + 2))
    corrected = now_at(org)
    org.smuggle(b"rubbish\n")
    late = speak(org, "rita", of)
    with kept(org) as views, views.reading() as connection:

        def position(at: int) -> int | None:
            return log.position_at(connection, format_instant(at))

        assert position(org.judged[0].at - 1) is None
        assert position(org.judged[0].at) == 0
        assert position(now) == before
        assert position(now + 2) == corrected + 1, "what was refused moves no time"
        assert position(late.at) == late.position == position(now + 200 * DAY)
        assert position(now + 999 * DAY) == late.position
        for at in {judged.at for judged in org.judged}:
            longest = max(one.position for one in org.judged if one.at <= at)
            assert position(at) == longest
    assert org.judged[last_ahead].at > now + 299 * DAY
    assert org.judged[corrected].at == now + 2


def test_as_of_any_time_of_a_long_history_is_the_longest_prefix() -> None:
    org = lived(SEEDS[0])
    moments = sorted({one.at for one in org.judged})
    assert any(a.at > b.at for a, b in pairwise(org.judged)), "the clock was never corrected"
    with Views() as views:
        fill(views, org, 5000)
        with views.reading() as connection:
            for at in moments[:: max(1, len(moments) // 100)]:
                longest = max(one.position for one in org.judged if one.at <= at)
                assert log.position_at(connection, format_instant(at)) == longest
