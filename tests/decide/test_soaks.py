"""The soak of a stage: passed by whose word, reaching how far, and by which clock."""

import pytest

from ledger.decide.watching import TEXTS
from ledger.model.terms import format_instant
from tests.acts import refused
from tests.decide.rollouts import (
    BAD,
    BREACH,
    DAY,
    GOOD,
    PRODUCTION,
    candidate,
    consented,
    guarded,
    report,
    rollout,
    soaked,
    started,
)
from tests.organisation import Organisation, metric
from tests.policies import STAGED, STEWARDSHIP
from tests.roster import (
    carried,
    delegate,
    enrolment,
    event_of,
    next_key,
    speak,
    stop,
)
from tests.signer_acts import by_root, correction, disown, lift_by_root, now_at

# The soak


@pytest.mark.parametrize(("short", "passes"), [(0, True), (1, False)])
def test_a_soak_is_over_by_an_observation_that_reaches_its_end(short: int, *, passes: bool) -> None:
    org = rollout()
    started(org)
    end = candidate(org).stage_at + DAY
    org.now = end + 10

    seen = report(org, "erin", until=end - short)

    if passes:
        advanced = org.advance("omar")
        assert event_of(advanced).model_dump()["observation"] == seen.position
        passed = candidate(org).steps[0].seen
        assert passed is not None
        assert (passed.signer, passed.until) == ("erin", end)
    else:
        with refused("stage-unobserved", "through the stage shadow"):
            org.advance("omar")


def test_the_refusal_says_until_when_and_by_whom_it_is_to_be_observed() -> None:
    org = rollout()
    started(org)
    end = format_instant(candidate(org).stage_at + DAY)

    with pytest.raises(Exception, match="nobody but its operators") as error:
        org.advance("omar")

    hint = str(getattr(error.value, "hint", ""))
    assert f"reaches {end} or later, by watchdog or evaluation-owner" in hint


def test_each_stage_has_a_soak_of_its_own() -> None:
    org = rollout()
    guarded(org)

    with refused("stage-unobserved", "through the stage guarded"):
        org.advance("omar")
    org.observe("erin", PRODUCTION, *GOOD)
    with refused("stage-unobserved"):
        org.advance("omar")


def test_an_operator_who_takes_the_clock_ahead_does_not_pass_a_soak() -> None:
    org = rollout()
    of = started(org)
    right = org.now
    org.now += 2 * DAY
    speak(org, "omar", of)

    seen = report(org, "watchdog", *GOOD, until=right + 60)
    assert seen.at > right + DAY

    with refused("stage-unobserved"):
        org.advance("omar")


def test_an_observation_that_came_too_early_for_the_soak_is_followed_by_one_that_counts() -> None:
    org = rollout()
    started(org)
    org.observe("erin")
    assert candidate(org).watched == ()

    soaked(org, "erin")

    assert org.advance("omar").admitted


def test_a_stage_with_checks_and_no_soak_takes_an_observation_at_once() -> None:
    org = rollout(text=STAGED.replace('share = "0.05"\nsoak = "24h"', 'share = "0.05"'))
    guarded(org)
    with refused("stage-unobserved"):
        org.advance("omar")

    org.observe("erin", PRODUCTION, *GOOD)

    assert org.advance("omar").admitted


def test_the_last_stage_is_observed_before_the_completion_where_it_asks_for_it() -> None:
    text = STAGED.replace('id = "general"\n', 'id = "general"\nsoak = "1h"\n')
    org = rollout(text=text)
    started(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")

    with refused("stage-unobserved", "through the stage general"):
        org.complete("omar")
    seen = soaked(org, "erin")
    completed = org.complete("omar")

    assert event_of(completed).model_dump()["observation"] == seen.position


# Whose word holds


def test_the_word_of_an_observer_who_was_stopped_does_not_pass_a_stage() -> None:
    org = rollout()
    started(org)
    soaked(org)
    stopped = stop(org, "alice", "watchdog")

    with refused("stage-unobserved"):
        org.advance("omar")
    lift_by_root(org, stopped)

    assert org.advance("omar").admitted


def test_the_word_in_a_role_lent_by_who_was_stopped_does_not_pass_a_stage() -> None:
    org = rollout(people={"eve": ["evaluation-owner"]})
    delegate(org, "erin", "rita", "evaluation-owner")
    started(org)
    soaked(org, "rita")
    stopped = stop(org, "alice", "erin")

    with refused("stage-unobserved"):
        org.advance("omar")
    lift_by_root(org, stopped)

    assert org.advance("omar").admitted


def test_the_word_in_a_role_that_another_lent_besides_passes_a_stage() -> None:
    org = rollout(people={"eve": ["evaluation-owner"]})
    delegate(org, "erin", "rita", "evaluation-owner")
    delegate(org, "eve", "rita", "evaluation-owner")
    started(org)
    soaked(org, "rita")
    stop(org, "alice", "erin")

    assert org.advance("omar").admitted


def test_of_two_observers_the_one_who_was_not_stopped_is_cited() -> None:
    org = rollout()
    started(org)
    soaked(org)
    other = org.observe("erin")
    stop(org, "alice", "watchdog")

    advanced = org.advance("omar")

    assert event_of(advanced).model_dump()["observation"] == other.position


def test_a_failing_observation_ends_the_stage_though_its_signer_is_stopped_since() -> None:
    org = rollout()
    guarded(org)
    soaked(org, "watchdog", *BAD)
    org.observe("erin", PRODUCTION, *GOOD)
    stop(org, "alice", "watchdog")

    with refused("stage-failing", "watchdog observed at position"):
        org.advance("omar")


def test_a_failing_observation_from_before_the_end_of_the_soak_ends_the_stage_too() -> None:
    org = rollout()
    guarded(org)
    org.observe("erin", PRODUCTION, *BAD)
    soaked(org, "erin")

    with refused("stage-failing"):
        org.advance("omar")


def test_a_failing_observation_by_whoever_operates_next_counts_all_the_same() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    guarded(org)
    soaked(org, "zoe", *BAD)
    org.observe("erin", PRODUCTION, *GOOD)

    with refused("stage-failing"):
        org.advance("zoe")


def test_an_unwatched_stage_is_ended_by_a_failing_observation_as_well() -> None:
    org = rollout()
    guarded(org)
    soaked(org)
    org.advance("omar")
    org.observe("erin", incident="INC-7")

    with refused("stage-failing", "does not pass the stage general"):
        org.complete("omar")


def test_what_failed_in_one_stage_is_not_asked_in_the_next() -> None:
    """It cannot have gone on with it: what was seen is of its stage."""
    org = rollout()
    guarded(org)

    assert candidate(org).watched == ()


def test_no_disowning_alone_lets_a_release_go_on_that_was_observed_failing() -> None:
    org = rollout()
    guarded(org)
    after = now_at(org)
    soaked(org, "watchdog", *BAD)
    org.observe("erin", PRODUCTION, *GOOD)
    disown(org, "watchdog", after)

    with refused("stage-failing"):
        org.advance("omar")


def test_a_failing_observation_from_before_the_position_of_a_disowning_stands() -> None:
    org = rollout()
    guarded(org)
    soaked(org, "watchdog", *BAD)
    org.observe("erin", PRODUCTION, *GOOD)
    disown(org, "watchdog", now_at(org))

    with refused("stage-failing"):
        org.advance("omar")


def test_a_passing_observation_of_a_disowned_key_passes_nothing() -> None:
    org = rollout()
    started(org)
    after = now_at(org)
    soaked(org)
    disown(org, "watchdog", after)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_who_was_enrolled_again_after_a_disowning_observes_anew() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    soaked(org, "erin")
    disown(org, "erin", after)
    key = next_key("erin")
    again = enrolment("erin", ["evaluation-owner"], key=key.public.text)
    carried(org, again, by="alice", approvals=[("rita", "auditor")])
    org.accept("erin", key)

    org.observe("erin")

    assert org.advance("omar").admitted


def test_of_all_that_is_wrong_with_an_observation_the_first_twenty_are_kept() -> None:
    many = "".join(f'm{number:02} = {{ max = "1" }}\n' for number in range(TEXTS + 2))
    org = rollout(text=STAGED.replace('retry_rate = { max = "0.05" }\n', many))
    started(org)
    soaked(org)
    org.advance("omar")
    wrong = [metric("2", name=f"m{number:02}") for number in range(TEXTS)]
    rest = [metric(value, name=f"m{TEXTS}") for value in ("2", "1")]
    last = metric("1", name=f"m{TEXTS + 1}")

    told = []
    for one in rest:
        seen = org.observe("erin", PRODUCTION, *wrong, one, last)
        kept = org.standing.observation(seen.position)
        assert kept is not None
        told.append(kept.complaints)

    assert TEXTS == 20
    assert told[0][-2:] == ("m19 is 2, above the maximum 1", "and 1 more")
    assert told[1] == told[0][:-1]


def test_of_each_observer_the_first_of_each_kind_is_kept() -> None:
    org = rollout()
    guarded(org)
    first = soaked(org)
    bad = org.observe("watchdog", PRODUCTION, *BAD)
    for _ in range(3):
        org.observe("watchdog", PRODUCTION, *GOOD)
        org.observe("watchdog", PRODUCTION, *BREACH)
    other = org.observe("erin", PRODUCTION, *GOOD)

    kept = [one.position for one in candidate(org).watched]

    assert kept == [first.position, bad.position, other.position]


# Clocks that ran ahead


def ahead() -> tuple[Organisation, int]:
    """A release that came into its stage by a clock two days ahead, set right since; now."""
    org = rollout()
    of = consented(org)
    right = org.now
    org.now = right + 2 * DAY
    position = org.start("omar", of).position
    by_root(org, correction(position, right))
    org.now = right
    return org, right


def test_a_release_started_by_a_clock_that_ran_ahead_is_observed_once_it_is_set_right() -> None:
    org, right = ahead()

    org.now = right + DAY
    org.observe("erin")

    assert org.advance("omar").admitted


def test_its_soak_is_counted_from_the_time_that_was_set() -> None:
    org, right = ahead()

    org.now = right + DAY - 2
    report(org, "erin", until=right + DAY - 1)
    with refused("stage-unobserved"):
        org.advance("omar")
    org.now = right + DAY
    report(org, "erin", until=right + DAY)

    assert org.advance("omar").admitted


def test_a_correction_of_before_the_stage_changes_nothing_about_its_soak() -> None:
    org = rollout()
    of = consented(org)
    right = org.now
    org.now = right + 2 * DAY
    position = speak(org, "frank", of).position
    by_root(org, correction(position, right))
    org.now = right + DAY
    org.start("omar", of)

    org.observe("erin")

    with refused("stage-unobserved"):
        org.advance("omar")


def test_an_observation_by_a_clock_that_ran_ahead_passes_no_soak_once_it_is_set_right() -> None:
    org = rollout()
    started(org)
    right = org.now
    org.now = right + 2 * DAY
    position = org.observe("erin").position
    by_root(org, correction(position, right))
    org.now = right + 60

    with refused("stage-unobserved"):
        org.advance("omar")


def test_the_same_observer_observes_once_more_after_a_clock_that_ran_ahead() -> None:
    org = rollout()
    started(org)
    right = org.now
    org.now = right + 2 * DAY
    position = org.observe("erin").position
    by_root(org, correction(position, right))
    org.now = right + DAY

    seen = org.observe("erin")

    advanced = org.advance("omar")
    assert event_of(advanced).model_dump()["observation"] == seen.position
