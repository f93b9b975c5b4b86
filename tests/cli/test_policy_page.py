"""The playbook page is complete, fits 80 columns, and lets nothing foreign through."""

import re

import pytest

from cli.policy_page import page_sections
from cli.policy_page_parts import bounds_text, document_text
from cli.sections import plain_lines
from ledger.policy.bounded import MetricCheck, SegmentCheck
from ledger.policy.document import EvidenceRule, Policy
from ledger.policy.reading import read_policy
from ledger.policy.starting import SMALL, STANDARD
from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY
from tests.policies import ENVIRONMENTS, EXCEPTIONAL, STAGED, combine, duty
from tests.projections.rulebooks import PIECES

LONG = "x" * 60
WIDE = (
    f"{POLICY}"
    f'[[requirement]]\nid = "{LONG}"\nwhen = "online && !({" || ".join(["personal_data"] * 40)})"\n'
    f'approvals = {{ model-owner = 2 }}\nhard = true\nbecause = "{"why " * 100}"\n'
    f'evidence = {{ {LONG} = {{ by = ["model-owner", "data-owner"], max_age = "90d" }} }}\n'
    f'from = "{LONG}"\n'
    f'[requirement.metrics]\n{LONG} = {{ min = "0.000000000001", max_rise_ratio = "0.5" }}\n'
    f'[requirement.segments]\n{LONG} = {{ names = ["{LONG}-1", "{LONG}-2"], max_gap = "0.1" }}\n'
)


def page(text: str) -> list[str]:
    sections = page_sections(read_policy(text, file="policy.toml"))
    return [line for section in sections for line in plain_lines(section)]


def words(text: str) -> str:
    """The page as one line, then each column of it: what was folded stands together again."""
    sections = page_sections(read_policy(text, file="policy.toml"))
    columns = [
        " ".join(row[i] for row in section.rows if i < len(row))
        for section in sections
        for i in range(3)
    ]
    return re.sub(r"\s+", " ", " ".join([*page(text), *columns]))


@pytest.mark.parametrize(
    "text", [STANDARD, SMALL, POLICY, STAGED, EXCEPTIONAL, WIDE, POLICY + "".join(PIECES)]
)
def test_no_line_is_wider_than_a_small_screen(text: str) -> None:
    lines = page(text)
    assert len(lines) > 40
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize("text", [STANDARD, SMALL, STAGED, EXCEPTIONAL, POLICY + "".join(PIECES)])
def test_everything_that_has_a_name_stands_on_the_page(text: str) -> None:
    policy = read_policy(text, file="policy.toml")
    shown = words(text)
    missing = [name for name in names_of(policy) if name not in shown]
    assert missing == []


def names_of(policy: Policy) -> list[str]:
    return [
        *(role.name for role in policy.roles),
        *(rule.id for rule in policy.tiers),
        *(one.id for one in policy.duties),
        *(need.id for need in policy.requirements),
        *(rule.type for need in policy.requirements for rule in need.evidence),
        *(field for need in policy.requirements for field in need.fields),
        *(check.name for need in policy.requirements for check in need.metrics),
        *(name for need in policy.requirements for one in need.segments for name in one.names),
        *policy.limits.prohibited_permissions,
        *(name for one in policy.limits.mutations for name in one.names),
        *(() if policy.environments is None else policy.environments.order),
        *(() if policy.environments is None else policy.environments.services),
        *(stage.id for stage in policy.stages),
        *(name for stage in policy.stages for name in stage.observed_by),
        *(check.name for stage in policy.stages for check in stage.metrics),
        *(() if policy.rollback is None else policy.rollback.services),
        *(() if policy.rollback is None else (m.name for m in policy.rollback.triggers.metrics)),
    ]


def test_the_standard_policy_reads_as_it_is_meant() -> None:
    shown = words(STANDARD)
    for sentence in (
        "models, policy 1, on one page",
        "high first-release nothing runs there yet",
        "low small-and-offline !online && shift in ['none', 'small']",
        "requirement low medium high",
        "data-lineage never when ... when ...",
        "permissions (hard) never never always",
        "1 model-owner; 1 security-owner; 1 release-owner; when data-lineage applies: 1 data-owner",
        "evaluation-report (at most 30d old, by evaluation-owner, not by a party)",
        "auc: at least 0.90, may drop 0.01",
        "recall in web, in-store, abroad: may drop 0.02, behind the best 0.05",
        "numbers as at tier high",
        "is told of evaluation",
        "consents to policy and roster (2)",
        "at most 64 in all, 8 of them for people only",
        "mutations at low quantization, adapter",
        "any counts as production",
        "14d from the revision to the last approval",
        "time to roll back each change names its own (requirement change-record)",
        "needs approvals of 2 steward; as many root signers as their threshold may stand in",
        "set by security-owner or release-owner or on-call or steward or a root signer, alone",
        "needs approvals of 1 security-owner, 1 model-owner; as many root signers as",
        "consents to lifting a stop (1)",
    ):
        assert sentence in shown, sentence


def test_what_a_policy_leaves_out_is_said_in_words() -> None:
    bare = POLICY.replace("distinct_people = true", "distinct_people = false")
    bare = bare.replace('approve_within = "14d"\n', "").replace('use_within = "72h"\n', "")
    shown = words(bare)
    for sentence in (
        "lifting a stop needs the root signers, as many as their threshold",
        "stops set by a root signer, alone and at once",
        "policy and roster needs the root signers, as many as their threshold",
        "time to roll back no change has to name one policy and roster",
        "one person may approve in several roles",
        "to be approved no limit",
        "to be started no limit",
        "fields none",
    ):
        assert sentence in shown, sentence
    assert "Limits" not in shown


def test_what_no_rule_matches_is_high_where_some_rule_does_not_always_match() -> None:
    assert "nothing-matched" not in words(STANDARD)
    bare = POLICY.replace('[[tier]]\nis = "medium"\nid = "ordinary"\n', "")
    assert "high nothing-matched none of the above" in words(bare)


def test_nothing_is_as_at_another_tier_where_there_is_nothing() -> None:
    assert [line for line in page(SMALL) if line.startswith("  numbers")] == [
        "  numbers    none"
    ] * 3


def test_duties_combinations_and_environments_are_put_in_words() -> None:
    shown = words(
        POLICY
        + duty("data-owner", "act", "personal_data")
        + duty("model-owner", "operate", id_="another")
        + combine("model-owner", "data-owner")
        + ENVIRONMENTS
    )
    for sentence in (
        "must not do anything but accept, change keys, comment, review, take note and stop where",
        "stop where personal_data - it is so (the-duty)",
        "model-owner must not operate releases - it is so (another)",
        "model-owner + data-owner",
        "one person may use both, in spite of duties - a small team",
        "in this order dev, then staging, then production",
        "automatic dev, staging: only hard approvals are asked",
        "operated by services deployer",
    ):
        assert sentence in shown, sentence


def test_stages_and_the_rollback_are_put_in_words() -> None:
    shown = words(STAGED)
    for sentence in (
        "time to roll back no change has to name one; at most 10m from its trigger",
        "Stages of a release in production, in this order",
        "share 0.05; at least 1d; retry_rate: at most 0.05; observed by watchdog or",
        "watchdog or evaluation-owner, not by who operates it",
        "general all watched after completion for 1d (low), 3d (medium), 7d (high);",
        "by release-owner or on-call, alone and at once",
        "by services watchdog, citing an observation that calls for it",
        "called for by an incident; a number outside retry_rate: at most 0.08;",
        "latency_p95_ms: at most 80; recall in every segment: may drop 0.05",
        "within 10m of what called for it",
        "reviewed within 2d",
        "observes shadow, guarded, general",
        "operates releases; rolls back",
    ):
        assert sentence in shown, sentence


def test_exceptions_and_drills_are_put_in_words() -> None:
    shown = words(EXCEPTIONAL)

    for said in (
        "may waive model-owner, data-lineage, evaluation, quality, threats",
        "never waives permissions, personal-data, change-record",
        "kept in any case the last approval that is asked for",
        "needs approvals of 1 security-owner, 1 release-owner; nobody stands in",
        "and of the stewards after 2 in 90 days for the same alias",
        "names an owner and an incident, and at least 1 compensating control",
        "lasts at most 3d, from asking to its end",
        "reviewed within 2d of its end",
        "next drill of a stop 90d after the last one",
        "consents to exceptions (1)",
    ):
        assert said in shown, said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("controls = 1", "controls = 0", "names an owner and an incident lasts"),
        ("controls = 1", "controls = 3", "at least 3 compensating controls"),
        ("repeat_after = 2", "repeat_after = 0", "and of the stewards always"),
        ("[stewardship]\napprovals = { steward = 1 }\n", "", "and of the root after 2 in 90 days"),
    ],
)
def test_what_an_exception_takes_is_told_as_it_is(old: str, new: str, said: str) -> None:
    assert said in words(EXCEPTIONAL.replace(old, new))


def test_that_there_are_no_exceptions_is_said() -> None:
    assert "none nobody can ask for one" in words(POLICY)
    assert "next drill" not in words(POLICY)


def test_without_stages_and_rollback_the_page_says_what_holds_instead() -> None:
    shown = words(POLICY)

    assert "one stage completed by who operates it; nobody has to watch" in shown
    assert "by release-owner, alone and at once" in shown
    assert "called for by" not in shown
    bare = STAGED[: STAGED.index("services = ", STAGED.index("[rollback]"))]
    assert (
        "Rollback to the stack before by release-owner or on-call, alone and at once Exceptions"
        in (words(bare))
    )
    assert "everybody all nothing has to be observed" in words(
        POLICY + '[[stage]]\nid = "everybody"\n'
    )


def test_documents_and_numbers_are_told_with_all_their_terms() -> None:
    assert document_text(EvidenceRule(type="card")) == "card"
    rule = EvidenceRule(type="card", max_age=3600, by=("a", "b"), independent=True)
    assert document_text(rule) == "card (at most 1h old, by a or b, not by a party)"
    check = MetricCheck(
        name="auc", min="1", max="2", max_drop="3", max_rise="4", max_drop_ratio="5",
        max_rise_ratio="6",
    )  # fmt: skip
    assert bounds_text(check) == (
        "auc: at least 1, at most 2, may drop 3, may rise 4, may drop (share) 5, may rise (share) 6"
    )
    segments = SegmentCheck(metric="auc", names=("x", "y"), max="2", max_gap="1")
    assert bounds_text(segments) == "auc in x, y: at most 2, behind the best 1"


def test_tabs_and_line_breaks_in_a_policy_do_not_break_its_page() -> None:
    text = POLICY.replace("somebody accepts the task quality", "one \\t and\\n\\n another")
    assert "  model-owner  always - one and another" in page(text)


def test_the_page_of_the_policy_in_force_is_one_command(ledger: LedgerFolder) -> None:
    shown = ledger.assent("policy", "show", "--page")
    body = ledger.assent("policy", "show", "--page", "--json").json
    assert (shown.exit, shown.err) == (0, "")
    assert [line for line in shown.out.splitlines() if line] == [
        line for line in page(POLICY) if line
    ]
    assert (body["schema"], body["name"]) == ("playbook/1", "simulated")
