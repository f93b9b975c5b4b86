"""Stages and rollbacks with one thing wrong: the line, the code and the mend of each."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from ledger.errors import BadInput
from ledger.model.problems import Problem
from ledger.policy.checking.checks import check_policy
from ledger.policy.published import parse_policy
from ledger.policy.reading import problems, read_policy
from tests.policies import STAGED
from tests.policy.broken import Broken
from tests.shell import run_assent

GOOD: Final = """\
name = "fraud"
number = 1
[roles]
model-owner = "accepts task quality"
release-owner = "changes traffic"
evaluation-owner = "keeps the quality of evidence"
[[requirement]]
id = "model-owner"
approvals = { model-owner = 1 }
[operation]
by = ["release-owner"]
[[stage]]
id = "shadow"
tiers = ["medium", "high"]
soak = "24h"
observed_by = ["watchdog", "evaluation-owner"]
[[stage]]
id = "guarded"
tiers = ["medium", "high"]
share = "0.05"
soak = "24h"
[stage.metrics]
retry_rate = { max = "0.05" }
[stage.segments]
recall = { names = ["web", "abroad"], max_gap = "0.03" }
[[stage]]
id = "half"
tiers = ["high"]
share = "0.5"
[[stage]]
id = "general"
observe = { low = "24h", high = "168h" }
[rollback]
by = ["release-owner", "model-owner"]
services = ["watchdog"]
within = "10m"
review_within = "48h"
[rollback.triggers]
incident = true
retry_rate = { max = "0.08" }
[rollback.triggers.segments]
recall = { max_drop = "0.05" }
"""

OBSERVERS: Final = 'observed_by = ["watchdog", "evaluation-owner"]\n'

STAGES: Final = {
    "stages in the plural": Broken(
        '[[stage]]\nid = "shadow"',
        '[[stages]]\nid = "shadow"',
        12,
        "unknown-key",
        "'stages'",
        r"mean \[\[stage\]\]",
    ),
    "a stage without a name": Broken(
        'id = "half"\n', "", 26, "missing-key", "lacks the key 'id'", "add id"
    ),
    "a misspelt key": Broken(
        "soak =", "soaks =", 15, "unknown-key", "'soaks' in stage.shadow", "mean soak?"
    ),
    "metrics in the singular": Broken(
        "[stage.metrics]", "[stage.metric]", 22, "unknown-key", "stage.guarded", "mean metrics?"
    ),
    "an unknown tier": Broken(
        'tiers = ["high"]',
        'tiers = ["high", "hgih"]',
        28,
        "wrong-value",
        "'low', 'medium' or 'high'",
        "mean high?",
    ),
    "a stage for no tier": Broken(
        'tiers = ["high"]', "tiers = []", 28, "wrong-value", "at least 1 of them", ""
    ),
    "a tier that stands twice": Broken(
        'tiers = ["high"]',
        'tiers = ["high", "high"]',
        28,
        "duplicate-id",
        "tier of stage 'half' 'high' stands twice",
        "keep one",
    ),
    "a tier that no stage is for": Broken(
        'id = "general"\nobserve = { low = "24h", high = "168h" }',
        'id = "general"\ntiers = ["medium", "high"]\nobserve = { high = "168h" }',
        30,
        "tier-without-stage",
        "no stage is for the tier low, so no release",
        "add low to the tiers of a stage, such as the last: general",
    ),
    "two stages of one name": Broken(
        'id = "half"',
        'id = "shadow"',
        27,
        "duplicate-id",
        "the stage 'shadow' stands twice",
        "another name",
    ),
    "a share that is no decimal": Broken(
        '"0.5"', '"50%"', 29, "not-a-decimal", "stage.half.share", "a decimal"
    ),
    "a share of nothing": Broken(
        '"0.5"',
        '"0"',
        29,
        "share-range",
        "the share of stage 'half' is 0",
        "a shadow takes no",
    ),
    "a share below nothing": Broken(
        '"0.5"',
        '"-0.5"',
        29,
        "share-range",
        "'half' is -0.5",
        "a fraction such as",
    ),
    "a share of more than everything": Broken(
        '"0.5"',
        '"50"',
        29,
        "share-range",
        "'half' is 50, which is no part",
        "a fraction such as",
    ),
    "a share that falls": Broken(
        '"0.5"',
        '"0.01"',
        29,
        "share-falls",
        "of stage 'half', 0.01, is less than that of 'guarded' before it, 0.05",
        "exchange",
    ),
    "a soak that is no duration": Broken(
        '"24h"', '"one day"', 15, "not-a-duration", "'one day' is not a duration", "72h"
    ),
    "a soak of no time": Broken('"24h"', '"0h"', 15, "not-a-duration", "'0h'", "10m"),
    "a soak without quotes": Broken('"24h"', "24", 15, "not-a-duration", "in quotes", "30m"),
    "one observer that is no list": Broken(
        '["watchdog", "evaluation-owner"]', '"watchdog"', 16, "wrong-type", "expected a list", ""
    ),
    "an observer that stands twice": Broken(
        '["watchdog", "evaluation-owner"]',
        '["watchdog", "watchdog"]',
        16,
        "duplicate-id",
        "observer of stage 'shadow' 'watchdog' stands twice",
        "keep one",
    ),
    "a window for an unknown tier": Broken(
        "observe = { low", "observe = { lwo", 32, "wrong-value", "observe.lwo", "mean low?"
    ),
    "a window that is no table": Broken(
        'observe = { low = "24h", high = "168h" }',
        'observe = "24h"',
        32,
        "wrong-type",
        "expected a table",
        "",
    ),
    "a window before the last stage": Broken(
        'share = "0.5"',
        'share = "0.5"\nobserve = { high = "24h" }',
        30,
        "observe-not-last",
        "'half' is not the last of the tier high",
        "move it to the stage 'general'",
    ),
    "a window of a tier that the stage is not for": Broken(
        'share = "0.5"',
        'share = "0.5"\nobserve = { low = "24h" }',
        30,
        "observe-other-tier",
        "'half' is for high and has a window for low",
        "add low to its tiers",
    ),
    "a number without a bound": Broken(
        'retry_rate = { max = "0.05" }',
        "retry_rate = {}",
        23,
        "no-bound",
        "metric 'retry_rate' of stage 'guarded': no bound is set",
        "set one of: min, max",
    ),
    "a range in which nothing lies": Broken(
        'max = "0.05"',
        'min = "0.06", max = "0.05"',
        23,
        "empty-range",
        "min 0.06 lies above",
        "exchange",
    ),
    "a bound below nothing": Broken(
        'max = "0.05"',
        'max_rise = "-1"',
        23,
        "negative-bound",
        "max_rise = -1 is below 0",
        "far",
    ),
    "a segment that stands twice": Broken(
        '["web", "abroad"]',
        '["web", "web", "abroad"]',
        25,
        "duplicate-id",
        "segments of 'recall' in stage 'guarded': the segment 'web' stands twice",
        "keep one",
    ),
    "a segment behind itself": Broken(
        '["web", "abroad"]',
        '["web"]',
        25,
        "gap-of-one",
        "there is only one",
        "name the other",
    ),
    "segments without names": Broken(
        'names = ["web", "abroad"], ', "", 25, "missing-key", "lacks the key 'names'", "add names"
    ),
}

ROLLBACKS: Final = {
    "rollbacks in the plural": Broken(
        "[rollback]\n", "[rollbacks]\n", 33, "unknown-key", "'rollbacks'", r"mean \[rollback\]"
    ),
    "a rollback by nobody": Broken(
        'by = ["release-owner", "model-owner"]', "by = []", 34, "wrong-value", "at least 1", ""
    ),
    "a rollback without a by": Broken(
        'by = ["release-owner", "model-owner"]\n', "", 33, "missing-key", "the key 'by'", "add by"
    ),
    "an unknown role": Broken(
        '"model-owner"]\nservices', '"model-ower"]\nservices', 34, "unknown-role",
        "unknown role 'model-ower'", "mean model-owner?",
    ),
    "a role that stands twice": Broken(
        '"model-owner"]\nservices', '"release-owner"]\nservices', 34, "duplicate-id",
        r"name in \[rollback\] by, 'release-owner' stands twice", "keep one",
    ),
    "a service that stands twice": Broken(
        'services = ["watchdog"]', 'services = ["watchdog", "watchdog"]', 35, "duplicate-id",
        r"name in \[rollback\] services, 'watchdog' stands twice", "keep one",
    ),
    "a role as a service": Broken(
        'services = ["watchdog"]', 'services = ["watchdog", "model-owner"]', 35, "not-a-service",
        "'model-owner' is a role", "write it under by",
    ),
    "a review within no time": Broken(
        '"48h"', '"0m"', 37, "not-a-duration", "'0m' is not a duration", "10m"
    ),
    "an incident that is no yes": Broken(
        "incident = true", 'incident = "yes"', 39, "wrong-type", "true or false", ""
    ),
    "a misspelt incident": Broken(
        "incident = true", "incidents = true", 39, "wrong-type", "expected a table",
        "did you mean incident?",
    ),
    "segments in the singular": Broken(
        "[rollback.triggers.segments]", "[rollback.triggers.segment]", 42, "unknown-key",
        "'recall' in rollback.triggers.segment", "did you mean segments?",
    ),
    "triggers in the singular": Broken(
        "[rollback.triggers]", "[rollback.trigger]", 38, "unknown-key", "'trigger' in rollback",
        "mean triggers?",
    ),
    "a bound without a table": Broken(
        '{ max = "0.08" }', '"0.08"', 40, "wrong-type", "triggers.retry_rate: expected a table",
        "bounds stand in a table",
    ),
    "a misspelt bound": Broken(
        '{ max = "0.08" }', '{ mx = "0.08" }', 40, "unknown-key", "'mx'", "mean max?"
    ),
    "a trigger without a bound": Broken(
        '{ max = "0.08" }', "{}", 40, "no-bound", "trigger 'retry_rate': no bound is set", "set one"
    ),
    "segments without a bound": Broken(
        '{ max_drop = "0.05" }', "{}", 42, "no-bound", "trigger of 'recall' in segments: no bound",
        "set one of: min, max, max_drop, max_rise, max_gap",
    ),
    "services that nothing calls": Broken(
        GOOD[GOOD.index("[rollback.triggers]") :], "", 35, "services-without-trigger",
        "a service rolls back on a trigger only, and watchdog would have none", "incident = true",
    ),
    "more triggers than there may be": Broken(
        'retry_rate = { max = "0.08" }',
        "\n".join(f'm{number} = {{ max = "1" }}' for number in range(51)),
        38, "wrong-value", "rollback.triggers: expected at most 50 metrics", "",
    ),
}  # fmt: skip

BROKEN: Final = {**STAGES, **ROLLBACKS}


def test_the_policy_that_is_broken_below_is_good_before() -> None:
    assert problems(GOOD, "policy.toml") == []
    assert problems(STAGED, "policy.toml") == []


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rollout_is_refused_with_line_code_and_mend(broken: Broken) -> None:
    assert broken.old in GOOD
    text = GOOD.replace(broken.old, broken.new, 1)

    with pytest.raises(BadInput, match=broken.message):
        read_policy(text, file="policy.toml")
    (found,) = (one for one in problems(text, "policy.toml") if one.code == broken.code)

    assert (found.file, found.line) == ("policy.toml", broken.line)
    if broken.mend:
        with pytest.raises(BadInput, match=broken.mend):
            raise BadInput("mend", found.hint or "")


def test_a_stage_that_nobody_is_named_to_observe_is_refused_and_so_is_a_window() -> None:
    found = problems(GOOD.replace(OBSERVERS, ""), "policy.toml")

    said = [(one.line, one.code) for one in found]
    assert said == [(line, "stage-unobserved") for line in (12, 16, 29)]
    assert re.search("'shadow' is not passed without an observation", found[0].message)
    assert re.search("'general' has windows to observe", found[2].message)
    assert re.search("observed_by", found[0].hint or "")


def test_one_stage_that_names_observers_serves_the_others() -> None:
    moved = GOOD.replace(OBSERVERS, "").replace('share = "0.5"', f'{OBSERVERS}share = "0.5"')

    assert problems(moved, "policy.toml") == []


@pytest.mark.parametrize("shares", [("0.05", "0.05"), ("0.5", "1"), ("1", "1.0")])
def test_shares_may_stay_and_reach_everything(shares: tuple[str, str]) -> None:
    text = GOOD.replace('"0.05"\nsoak', f'"{shares[0]}"\nsoak').replace('"0.5"', f'"{shares[1]}"')

    assert problems(text, "policy.toml") == []


def test_shares_are_compared_along_the_stages_of_one_tier_only() -> None:
    apart = GOOD.replace(
        'id = "guarded"\ntiers = ["medium", "high"]', 'id = "guarded"\ntiers = ["medium"]'
    )

    assert problems(apart.replace('"0.5"', '"0.01"'), "policy.toml") == []


@pytest.mark.parametrize(
    "trigger",
    ["incident = true", 'retry_rate = { max = "0.08" }', 'segments.recall = { min = "0.5" }'],
)
def test_any_one_trigger_gives_a_service_something_to_act_on(trigger: str) -> None:
    text = GOOD[: GOOD.index("[rollback.triggers]")] + f"[rollback.triggers]\n{trigger}\n"

    assert problems(text, "policy.toml") == []


def test_what_a_requirement_checks_is_there_to_be_compared_with() -> None:
    compared = GOOD.replace('{ max = "0.05" }', '{ max_rise = "0.05" }')
    compared = compared.replace('max_gap = "0.03"', 'max_drop = "0.03"')
    quality = (
        '[[requirement]]\nid = "quality"\nfrom = "report"\nevidence = {{ report = {{}} }}\n'
        '[requirement.metrics]\nretry_rate = {{ max = "1" }}\n'
        '[requirement.segments]\nrecall = {{ names = [{}], min = "0" }}\n'
    )

    def found(names: str) -> list[Problem]:
        more = f"{quality.format(names)}[operation]"
        return problems(compared.replace("[operation]", more), "policy.toml")

    all_of_them, one_of_them = found('"abroad", "web", "shop"'), found('"abroad"')

    assert all_of_them == []
    assert [(one.code, one.line) for one in one_of_them] == [("stage-without-baseline", 33)]
    assert re.search("compares recall in web with", one_of_them[0].message)


def test_a_tier_may_leave_its_last_stage_with_its_own_window() -> None:
    text = GOOD.replace(
        '[[stage]]\nid = "general"\n', '[[stage]]\nid = "general"\ntiers = ["low"]\n'
    )
    text = text.replace('low = "24h", high = "168h"', 'low = "24h"')
    text = text.replace('share = "0.5"', 'share = "0.5"\nobserve = { high = "168h" }')

    assert problems(text, "policy.toml") == []


def test_what_toml_cannot_say_is_found_in_canonical_json() -> None:
    data = json.loads(read_policy(GOOD, file="policy.toml").canonical())
    data["stages"][1]["metrics"] *= 2
    data["stages"][3]["observe"].append({"seconds": 60, "tier": "low"})
    data["rollback"]["triggers"]["segments"] *= 2
    data["rollback"]["triggers"]["metrics"][0]["name"] = "segments"
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))

    found = check_policy(parse_policy(text), None)

    assert {(one.code, one.path) for one in found} == {
        ("duplicate-id", ("stage", 1, "metrics", "retry_rate")),
        ("duplicate-id", ("stage", 3, "observe", "low")),
        ("duplicate-id", ("rollback", "triggers", "segments", "recall")),
        ("name-taken", ("rollback", "triggers", "segments")),
    }


def test_the_tiers_of_a_stage_mean_the_same_in_any_order() -> None:
    turned = GOOD.replace('tiers = ["medium", "high"]', 'tiers = ["high", "medium"]')

    one, other = (read_policy(text, file="policy.toml") for text in (GOOD, turned))

    assert one.canonical() == other.canonical()


def test_the_command_prints_file_line_and_mend_of_a_broken_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = STAGES["a share that falls"]
    monkeypatch.chdir(tmp_path)
    Path("next.toml").write_text(GOOD.replace(broken.old, broken.new, 1), encoding="utf-8")

    result = run_assent("policy", "check", "next.toml")

    first, mend, *_ = result.out.split("\n")
    assert result.exit == 2
    assert re.match(r"next\.toml:29: the share of stage 'half'.*\[share-falls\]\Z", first)
    assert re.match("  exchange the stages", mend)
