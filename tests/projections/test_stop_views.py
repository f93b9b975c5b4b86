"""What the views say of frozen aliases, disabled capabilities, halted services, and drills."""

import json

from projections.aliases import alias_named
from projections.drills import drill_list, last_drills
from projections.log import log_entries
from projections.overrides import override_list
from projections.permissions import aliases_holding
from projections.proposals import proposal_by_id
from projections.reviews import EVERY_KIND, review_list
from tests.decide.rollouts import PRODUCTION, STAGING, in_staging
from tests.exception_acts import drilled, set_stop
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.projections.kept import asked
from tests.roster import carried, lifting
from tests.signer_acts import disown, now_at

LIFTING = (("sam", "security-owner"), ("alice", "model-owner"))


def blocks(org: Organisation, of: str) -> set[str]:
    with asked(org) as connection:
        row = proposal_by_id(connection, of)
    assert row is not None
    return set(json.loads(row.blocks))


def frozen(org: Organisation, alias: str = STAGING) -> tuple[str | None, int | None, bool]:
    with asked(org) as connection:
        row = alias_named(connection, alias)
    assert row is not None
    return row.frozen_by, row.frozen_position, row.frozen_since is not None


def test_an_alias_is_frozen_by_the_first_stop_that_holds_until_the_last_is_lifted() -> None:
    org = exceptional()
    in_staging(org)
    assert frozen(org) == (None, None, False)
    first, set_first = set_stop(org, "olga", f"alias/{STAGING}"), now_at(org)
    second, set_second = set_stop(org, "rosa", f"alias/{STAGING}"), now_at(org)
    assert frozen(org) == ("olga", set_first, True)
    carried(org, lifting(first), approvals=LIFTING)
    assert frozen(org) == ("rosa", set_second, True)
    carried(org, lifting(second), approvals=LIFTING)
    assert frozen(org) == (None, None, False)


def test_an_alias_is_frozen_again_where_the_lift_has_lost_its_consent() -> None:
    org = exceptional()
    in_staging(org)
    stop, position = set_stop(org, "olga", f"alias/{STAGING}"), now_at(org)
    after = now_at(org)
    carried(org, lifting(stop), approvals=LIFTING)
    disown(org, "sam", after)
    assert frozen(org) == ("olga", position, True)


def test_an_alias_that_nothing_was_released_to_is_frozen_without_a_row() -> None:
    org = exceptional()
    set_stop(org, "olga", f"alias/{PRODUCTION}")
    with asked(org) as connection:
        assert alias_named(connection, PRODUCTION) is None
        (row,) = override_list(connection)
    assert row.target == f"alias/{PRODUCTION}"


def test_a_stop_blocks_the_open_proposals_that_it_is_about_until_it_is_lifted() -> None:
    org = exceptional()
    powerful = org.open("frank", change(stack(["search"])))
    harmless = org.open("frank", change(alias="credit/production"))
    bred = org.open("watchdog", change(alias="credit/production"))
    about = {
        f"alias/{PRODUCTION}": ("alias-frozen", powerful),
        "capability/search": ("capability-disabled", powerful),
        "generation": ("generation-halted", bred),
    }
    for target, (code, of) in about.items():
        stop = set_stop(org, "olga", target)
        assert code in blocks(org, of)
        assert code not in blocks(org, harmless)
        carried(org, lifting(stop), approvals=LIFTING)
        assert code not in blocks(org, of)


def test_the_aliases_that_hold_a_permission_are_those_that_run_it_or_are_about_to() -> None:
    org = Organisation()
    org.release(change(stack(["network"])))
    new = org.open("frank", change(stack(["network", "search"])))
    org.attach("erin", new)
    org.approve("alice", new, "model-owner")
    org.approve("dana", new, "data-owner")
    org.start("omar", new)
    assert holding(org, "network") == [(PRODUCTION, "stable", 1), (PRODUCTION, "candidate", 2)]
    assert holding(org, "search") == [(PRODUCTION, "candidate", 2)]
    org.complete("omar")
    assert holding(org, "network") == [(PRODUCTION, "stable", 2)]
    org.release(change(stack(model="m2")))
    assert holding(org, "network") == holding(org, "search") == []


def holding(org: Organisation, permission: str) -> list[tuple[str, str, int]]:
    with asked(org) as connection:
        rows = aliases_holding(connection, permission)
    return [(row.alias, row.place, row.number) for row in rows]


def test_a_stop_opens_a_review_without_a_due_time_that_is_not_among_those_that_are_due() -> None:
    org = exceptional()
    stop = set_stop(org, "olga", "generation")
    position = now_at(org)
    with asked(org) as connection:
        assert review_list(connection) == []
        (row,) = review_list(connection, about=EVERY_KIND)
    assert (row.subject, row.about, row.opened_position) == (stop, "override", position)
    assert (row.alias, row.proposal, row.number, row.due) == (None,) * 4
    org.close_review("dana", stop)
    with asked(org) as connection:
        assert review_list(connection, about=("override",)) == []
        (row,) = review_list(connection, about=("override",), everything=True)
        (entry,) = log_entries(connection, kind="review.closed")
    assert row.closed_by == "dana"
    assert entry.proposal is None


def test_drills_are_listed_and_the_last_of_each_target_is_found() -> None:
    org = exceptional()
    first = drilled(org, "olga", "generation").position
    second = drilled(org, "rosa", "capability/search", seconds=7).position
    third = drilled(org, "rosa", "generation", seconds=1).position
    with asked(org) as connection:
        everything = drill_list(connection)
        assert [row.position for row in drill_list(connection, target="generation")] == [
            first,
            third,
        ]
        assert drill_list(connection, up_to=second) == everything[:2]
        last = last_drills(connection)
        summaries = [row.summary for row in log_entries(connection, kind="override.drilled")]
    assert [(row.position, row.signer, row.seconds) for row in everything] == [
        (first, "olga", 40),
        (second, "rosa", 7),
        (third, "rosa", 1),
    ]
    assert [row.position for row in last] == [third, second]
    assert summaries[1:] == [
        "rehearsed a stop of capability/search: 7 seconds",
        "rehearsed a stop of generation: 1 second",
    ]


def test_a_drill_kept_with_a_key_disowned_since_counts_no_longer() -> None:
    org = exceptional()
    sound = drilled(org, "olga", "generation").position
    after = now_at(org)
    void = drilled(org, "rosa", "generation").position
    disown(org, "rosa", after)
    with asked(org) as connection:
        assert [(row.position, row.counts) for row in drill_list(connection)] == [
            (sound, True),
            (void, False),
        ]
        assert [row.position for row in last_drills(connection)] == [sound]
