"""Attacks on stages, observations and rollbacks: ship unwatched, silence watchers, keep aliases."""

from time import process_time

from ledger.decide.drill import rehearse
from ledger.decide.kept import encode_row
from ledger.decide.rollback import roll_back
from tests.acts import look, refused, statuses
from tests.organisation import Organisation, change, metric, stack, unsafe_key
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, numbered, staged
from tests.roster import carried, delegate, enrolment, stop
from tests.signer_acts import ROOT_VOTES

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"


def in_staging(org: Organisation, model: str = "m1") -> str:
    """The stack with *model*, completed in the environment before production; its proposal."""
    of = org.open("frank", change(stack(model=model), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    return of


def ready(org: Organisation, model: str = "m1") -> str:
    """A proposal to production to which only the start is missing."""
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return of


def started(org: Organisation, model: str = "m1") -> str:
    in_staging(org, model)
    of = ready(org, model)
    org.start("omar", of)
    return of


def watch(org: Organisation, name: str = "watchdog", retry: str = "0.01") -> int:
    return org.observe(name, PRODUCTION, metric(retry, name="retry_rate")).position


def released(org: Organisation, model: str = "m1") -> str:
    of = started(org, model)
    for _ in range(2):
        org.now += DAY
        watch(org)
        org.advance("omar")
    org.complete("omar")
    return of


def test_what_is_under_way_does_not_keep_a_service_from_taking_back_what_everybody_uses() -> None:
    org = staged()
    bad = released(org)
    started(org, "m2")

    breach = org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate"), of=bad)
    org.roll_back("watchdog", observation=breach.position, of=bad)

    alias = org.standing.alias(PRODUCTION)
    assert (alias.stable, alias.candidate) == (None, None)


def test_a_service_that_is_stopped_rolls_nothing_back() -> None:
    org = staged()
    released(org)
    breach = watch(org, "erin", "0.09")
    stop(org, "alice", "watchdog")

    with refused("signer-stopped"):
        org.roll_back("watchdog", observation=breach)


def test_nobody_silences_a_watcher_by_lending_them_another_role() -> None:
    text = STAGED.replace('"watchdog", "evaluation-owner"', '"evaluation-owner", "release-owner"')
    org = Organisation(
        policy=numbered(1, text=text),
        people={**STAGED_PEOPLE, "will": []},
        services=STAGED_SERVICES,
    )
    delegate(org, "erin", "will", "evaluation-owner")
    started(org)
    org.now += DAY
    delegate(org, "omar", "will", "release-owner")

    assert watch(org, "will", "0.09")


def test_a_window_goes_on_once_what_took_its_place_is_rolled_back() -> None:
    org = staged()
    first = released(org)
    released(org, "m2")
    org.roll_back("omar")

    assert [one.proposal for one in org.standing.windows().windows] == [first]


def test_a_result_that_comes_too_late_is_noticed_whatever_came_between() -> None:
    org = staged()
    released(org)

    org.now += 10 * DAY
    late = org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"))

    assert [one.rule for one in late.notices] == ["missing-observation"]


def test_what_was_rolled_back_in_one_environment_does_not_open_the_next_by_an_older_try() -> None:
    org = staged()
    in_staging(org)
    in_staging(org, "m2")
    in_staging(org)
    org.roll_back("omar", STAGING)

    assert "staging" not in org.standing.completed_in("fraud", stack().digest)


def test_completions_that_were_taken_back_do_not_add_up_for_ever() -> None:
    org = staged()
    for _ in range(20):
        in_staging(org)
        org.roll_back("omar", STAGING)

    assert len(org.standing.completions("fraud", stack().digest)) <= 32


def test_nobody_spoils_all_drills_by_the_id_of_a_rollback() -> None:
    org = staged()
    in_staging(org)
    org.act(
        "omar",
        lambda s, by, at: roll_back(
            s,
            by=by,
            at=at,
            alias=STAGING,
            proposal=org.standing.alias(STAGING).stable.proposal,  # type: ignore[union-attr]
            rollback="00000000-0000-4000-8000-000000000000",
            trigger="a joke",
            incident=None,
            observation=None,
            since=None,
        ),
    )
    of = ready(org, "m2")

    assert rehearse(org.standing, org.proposal(of), org.now).people == ("olga", "omar")


def test_a_service_observes_by_its_own_name_and_not_by_that_of_a_role() -> None:
    org = staged()
    started(org)
    org.now += DAY
    named = enrolment("evaluation-owner", kind="service", accountable="frank")
    org.keys["evaluation-owner"] = unsafe_key("evaluation-owner")
    carried(org, named, approvals=ROOT_VOTES, enactor="rita")
    org.accept("evaluation-owner")

    with refused("not-observer"):
        watch(org, "evaluation-owner")


def test_a_short_observation_is_kept_in_a_few_rows_of_its_own_length() -> None:
    names = [f"segment-{number}" for number in range(150)]
    checks = [f"{'m' * 100}{number} = {{ names = {names}, min = '0.5' }}" for number in range(10)]
    bounds = "\n".join(["[stage.segments]", *checks]).replace("'", '"')
    text = STAGED.replace('[[stage]]\nid = "general"', f'{bounds}\n[[stage]]\nid = "general"')
    org = staged(text=text)
    started(org)
    org.now += DAY
    watch(org)
    org.advance("omar")

    seen = org.observe("watchdog", PRODUCTION, incident="down")

    kept = org.standing.observation(seen.position)
    assert kept is not None
    assert len(encode_row(kept)) < 10 * len(org.envelopes[-1])


def test_what_an_emptied_alias_gets_is_compared_with_nothing_and_is_a_first_release() -> None:
    """A limit: whoever rolls back takes the numbers away that the next stack is held against."""
    org = staged()
    released(org)
    in_staging(org, "m2")
    worse = org.open("frank", change(stack(model="m2")))
    org.attach("erin", worse, auc="0.92")
    assert statuses(org, worse)["quality"] == "unsatisfied"

    org.roll_back("omar")
    worse = org.open("frank", change(stack(model="m2")))
    org.attach("erin", worse, auc="0.92")

    assert statuses(org, worse)["quality"] == "satisfied"
    assert look(org, worse).tier == "high"


def test_what_was_taken_back_before_does_not_go_on_to_everybody() -> None:
    org = staged()
    started(org)
    org.now += DAY
    watch(org)
    org.roll_back("omar", STAGING)

    with refused("consent-lost"):
        org.advance("omar")


def test_no_stage_compares_a_number_that_no_stack_ever_has() -> None:
    """Else the first release would pass it, and every later one fail for good."""
    text = STAGED.replace('{ max = "0.05" }', '{ max = "0.05", max_rise = "0.01" }')

    with refused("stage-without-baseline", "no requirement asks for that number"):
        staged(text=text)


def test_no_observation_takes_long_to_judge_however_much_it_reports() -> None:
    names = [f"part-{number}" for number in range(120)]
    checks = [f"checked-{number} = {{ names = {names}, min = '0.5' }}" for number in range(10)]
    triggers = "".join(
        f'm{number} = {{ max_drop = "0.05", min = "0.5" }}\n' for number in range(40)
    )
    bounds = "\n".join(["[stage.segments]", *checks]).replace("'", '"')
    text = STAGED.replace('[[stage]]\nid = "general"', f'{bounds}\n[[stage]]\nid = "general"')
    org = staged(text=text.replace('recall = { max_drop = "0.05" }\n', triggers))
    started(org)
    org.now += DAY
    watch(org)
    org.advance("omar")
    much = [metric("0.1", name=f"m{part % 40}", segment=f"x{part}") for part in range(500)]

    began = process_time()
    seen = org.observe("watchdog", PRODUCTION, *much)

    assert seen.admitted
    assert process_time() - began < 2


def test_what_comes_back_again_and_again_does_not_add_up_either() -> None:
    org = staged()
    for _ in range(20):
        in_staging(org)
        in_staging(org, "m2")
        org.roll_back("omar", STAGING)

    assert len(org.standing.completions("fraud", stack().digest)) <= 16
