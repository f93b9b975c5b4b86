"""What nobody answers for, counted by hand."""

from ledger.model.effects import ReleaseEffect, Rollback
from tests.decide.rollouts import STAGING
from tests.exception_acts import set_stop
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.projections.summed import comes_to, observed, told


def owned(model: str, *, owner: str | None, rollback: str | None) -> ReleaseEffect:
    """A change to staging, with those who own it and its way back."""
    plan = Rollback(plan="alias back", trigger="losses", owner=rollback, within=600)
    effect = change(stack(model=model), alias=STAGING)
    return ReleaseEffect.model_validate(
        {**effect.model_dump(), "owner": owner, "rollback": plan.model_dump()}
    )


def on_its_way(org: Organisation, effect: ReleaseEffect) -> int:
    """A release to staging that was started; the time."""
    of = org.open("frank", effect)
    org.attach("erin", of)
    org.start("deployer", of)
    return org.now


def test_who_is_named_has_to_be_a_person_who_may_act() -> None:
    org = exceptional()
    on_its_way(org, owned("m1", owner="deployer", rollback="omar"))
    org.complete("deployer", STAGING)
    run = org.now
    started = on_its_way(org, owned("m2", owner=None, rollback="nobody"))
    with told(org) as connection:
        found = observed(connection, "missing-owners", "at", "what", "alias", "number")
        assert found == [
            (run, "alias", STAGING, 1),  # a service answers for nothing
            (started, "rollback", STAGING, 2),
            (started, "stack", STAGING, 2),
        ]
        assert comes_to(connection, "missing-owners", 0, 1, by="what") == {
            None: (3, 3),
            "alias": (1, 1),
            "rollback": (1, 1),
            "stack": (1, 1),
        }

    set_stop(org, "olga", "signer/omar")
    with told(org) as connection:
        found = observed(connection, "missing-owners", "what", "alias", "number")
        assert sorted(found, key=str) == [
            ("alias", STAGING, 1),
            ("rollback", STAGING, 1),
            ("rollback", STAGING, 2),
            ("service", None, None),  # omar answers for the deployer
            ("stack", STAGING, 2),
        ]
        by_alias = comes_to(connection, "missing-owners", org.now, by="alias")
        assert by_alias == {None: (5, 5), STAGING: (4, 4)}

    set_stop(org, "olga", "signer/deployer")
    with told(org) as connection:
        assert "service" not in {row[0] for row in observed(connection, "missing-owners", "what")}


def test_where_everybody_is_there_nothing_is_missing() -> None:
    org = exceptional()
    on_its_way(org, owned("m1", owner="alice", rollback="omar"))
    with told(org) as connection:
        assert comes_to(connection, "missing-owners", org.now) == {None: (0, None)}
