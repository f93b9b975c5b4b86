"""``assent audit dossier``: everything about a proposal, which anybody can check."""

import json
import shlex
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cli.audited import moved_in, shared, told
from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import code, lines_of, owing
from tests.cli.staged_ledgers import on_disk
from tests.organisation import Organisation, new_policy
from tests.policies import EXCEPTIONAL, duty, exceptional, numbered, under
from tests.roster import carried

Json = dict[str, Any]

ALWAYS = {
    "What changes on fraud/production",
    "Why",
    "Risk",
    "The stack",
    "Data and lineage",
    "Tests: what was reported",
    "Checklist before the deployment",
    "Facts",
    "What policy 1 asked for",
    "Blocked by",
    "Evidence",
    "Numbers",
    "Rejections",
    "Who did what",
    "With which keys",
    "Exceptions",
    "Rollout plan",
    "Rollback plan",
    "Rollout",
    "What was said",
    "The policy in force",
    "How to check all of it",
}
"""The sections of each dossier of a release to production that was never started."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerFolder]:
    with shared(tmp_path_factory.mktemp("audited"), told()) as ledger:
        yield ledger


@pytest.fixture
def ledger(story: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """The whole story; tests only read it."""
    moved_in(monkeypatch, story)
    return story


def dossier(ledger: LedgerFolder, number: int | str, *more: str) -> Json:
    result = ledger.assent("audit", "dossier", number, "--json", *more)
    assert result.exit == 0, result.err
    body: Json = result.json
    return body


def items(body: Json, under: str) -> list[tuple[str, str, str]]:
    """The items of the checklist *under* a requirement."""
    found = (one for one in body["checklist"] if one["under"] == under)
    return [(one["what"], one["done"], one["kind"]) for one in found]


def kind_at(ledger: LedgerFolder, position: int) -> str:
    return str(ledger.assent("show", position, "--json").json["entry"]["event"]["kind"])


def test_the_checklist_says_what_a_person_and_what_a_machine_checks(ledger: LedgerFolder) -> None:
    body = dossier(ledger, 4)

    assert items(body, "model-owner") == [("1 model-owner approves", "done", "manual")]
    assert items(body, "evaluation") == [
        (
            "evaluation-report (at most 30d old, by evaluation-owner, not by a party)",
            "done",
            "automated",
        )
    ]
    assert items(body, "quality") == [("auc: min 0.90, max_drop 0.01", "done", "automated")]
    assert ("states rollback.plan", "done", "automated") in items(body, "change-record")
    assert items(body, "permissions") == [
        ("does not apply to this change", "not asked", "manual"),
    ]
    kinds = {
        under: {
            kind_at(ledger, at)
            for one in body["checklist"]
            if one["under"] == under
            for at in one["positions"]
        }
        for under in ("model-owner", "evaluation", "quality", "change-record", "rules")
    }
    assert kinds == {
        "model-owner": {"approval.granted"},
        "evaluation": {"evidence.attached"},
        "quality": {"evidence.attached"},
        "change-record": {"proposal.revised"},
        "rules": {"release.started"},
    }


PRODUCTION_RULES = {
    "nobody had a hand in it against a duty": "no duty of the policy is about who proposes",
    "it holds no prohibited permission": "the policy prohibits no permission",
    "each mutation is allowed at its tier": "the policy limits no mutations",
    "its stack was completed in the environment before": None,
    "the policy knows the environment": None,
    "where nobody has to approve, it was proposed under the policy in force": (
        "production is not automatic"
    ),
}
"""The rules that a policy may leave out, and why the policy of the story asks for none of some."""

NO_ENVIRONMENTS = dict.fromkeys([*PRODUCTION_RULES][3:], "the policy names no environments")

LIMITED = """
[limits]
prohibited_permissions = ["shell"]
[limits.mutations]
high = ["score"]
"""

TIERED = """
[limits]
[limits.mutations]
low = []
"""


def rules(body: Json, told_of: Json) -> Json:
    """Why each rule of *told_of* is not asked for, ``None`` for one that is done."""
    found: Json = {}
    for what, done, _ in items(body, "rules"):
        name, _, why = what.partition(": ")
        if name in told_of:
            assert done == ("not asked" if why else "done")
            found[name] = why or None
    return found


def test_what_the_policy_does_not_ask_for_is_not_said_to_be_done(ledger: LedgerFolder) -> None:
    """The order of its environments is staging and production, and staging is automatic."""
    before = "its stack was completed in the environment before"
    where = "where nobody has to approve, it was proposed under the policy in force"

    assert rules(dossier(ledger, 4), PRODUCTION_RULES) == PRODUCTION_RULES
    assert rules(dossier(ledger, 3), PRODUCTION_RULES) == {
        **PRODUCTION_RULES,
        before: "staging is the first in the order",
        where: None,
    }


@pytest.mark.parametrize(
    ("blocks", "asked"),
    [
        ((), dict.fromkeys([*PRODUCTION_RULES][3:], "the policy names no environments")),
        (
            (LIMITED, duty("auditor", "open")),
            {**dict.fromkeys([*PRODUCTION_RULES][:3]), **NO_ENVIRONMENTS},
        ),
        (
            (TIERED, duty("auditor", "act")),
            {
                "nobody had a hand in it against a duty": None,
                "each mutation is allowed at its tier": "the policy limits none at tier high",
            },
        ),
    ],
    ids=["without", "with", "of another tier"],
)
def test_a_policy_asks_for_the_rules_that_it_has(
    blocks: tuple[str, ...], asked: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_disk(tmp_path, monkeypatch, lambda org: org.open("frank"), org=under(*blocks))

    assert rules(dossier(ledger, 1), asked) == asked


def test_where_the_policy_no_longer_knows_the_environment_nothing_comes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed(org: Organisation) -> None:
        org.open("frank")
        text = EXCEPTIONAL.replace('["staging", "production"]', '["staging", "live"]')
        effect = new_policy(numbered(2, text=text))
        carried(org, effect, by="frank", approvals=(("stella", "steward"),), enactor="omar")

    ledger = on_disk(tmp_path, monkeypatch, renamed, org=exceptional())

    told_of = items(dossier(ledger, 1), "rules")

    why = "production is no environment of the policy"
    before = f"its stack was completed in the environment before: {why}"
    assert (before, "not asked", "automated") in told_of
    unknown = "production is no environment of policy 2: staging, live"
    assert (unknown, "not done", "automated") in told_of


def test_what_was_signed_cites_the_revision_that_says_so(ledger: LedgerFolder) -> None:
    body = dossier(ledger, 4)
    at = body["why"]["revised_position"]

    lines = lines_of(ledger.assent("audit", "dossier", 4))

    assert kind_at(ledger, at) == "proposal.revised"
    signed = {line.partition(" (")[0] for line in lines if line.endswith(f"at position {at})")}
    titles = {"Why", "Risk", "The stack", "Data and lineage", "Rollout plan", "Rollback plan"}
    assert signed == titles
    assert "documents not opened for a dossier: assent evidence verify hashes them" in lines
    assert "rolls back omar" in lines
    assert "lineage complete" in lines
    without = lines_of(ledger.assent("audit", "dossier", 10))
    assert "lineage nothing tells the origin of model" in without


def test_the_clocks_cite_the_last_approval(ledger: LedgerFolder) -> None:
    body = dossier(ledger, 4)

    clocks = [one for one in body["checklist"] if one["under"] == "clocks"]

    assert [one["done"] for one in clocks] == ["done", "done"]
    given = [one["position"] for one in body["why"]["approvals"]]
    assert [one["positions"] for one in clocks] == [given[-1:], given[-1:]]


def test_a_release_under_an_exception_shows_it_with_controls_and_review(
    ledger: LedgerFolder,
) -> None:
    body = dossier(ledger, 8)

    assert items(body, "model-owner") == [("1 model-owner approves", "waived", "manual")]
    [exception] = body["exceptions"]
    assert (exception["exception"], exception["controls"]) == (
        9,
        ["the dashboard is watched by hand"],
    )
    assert kind_at(ledger, exception["granted_position"]) == "exception.granted"
    assert exception["used_position"] == body["why"]["started_position"]
    assert {kind_at(ledger, one["position"]) for one in exception["approvals"]} == {
        "approval.granted"
    }
    assert body["why"]["owed"]["exceptions"] == [9]
    lines = lines_of(ledger.assent("audit", "dossier", 8))
    assert "controls the dashboard is watched by hand" in lines
    assert "#8 WAS RELEASED UNDER AN EXCEPTION, and still lacks" in lines


def test_what_came_after_the_start_does_not_change_how_it_stood(ledger: LedgerFolder) -> None:
    """Then somebody added a fact that raises the tier, and somebody rejected it."""
    body = dossier(ledger, 8)

    assert body["why"]["anew"]["equal"] is True
    assert body["why"]["assessment"]["tier"] == "medium"
    assert body["why"]["assessment"]["facts"]["personal_data"] is False
    assert body["why"]["assessment"]["blocks"] == []
    assert ("nobody's rejection of the revision stands", "done", "automated") in items(
        body, "rules"
    )
    [veto] = body["who"]["rejections"]
    assert (veto["signer"], veto["retracted_position"]) == ("bob", None)
    assert veto["position"] > body["why"]["started_position"]
    acts = [(act["kind"], act["signer"], act["rule"]) for act in body["who"]["acts"]]
    assert acts[acts.index(("release.started", "omar", None)) :] == [
        ("release.started", "omar", None),
        ("fact.added", "frank", None),
        ("proposal.rejected", "bob", None),
        ("release.completed", "frank", "stage-before"),
    ]
    refused = f"{veto['position'] + 1} 2026-09-29T14:14:39Z frank REFUSED (stage-before),"
    lines = lines_of(ledger.assent("audit", "dossier", 8))
    assert any(line.startswith(refused) for line in lines)


def test_a_rolled_back_release_says_by_what_how_fast_and_what_was_learnt(
    ledger: LedgerFolder,
) -> None:
    body = dossier(ledger, 6)

    assert body["became"] == "released, and rolled back"
    [seen] = body["watched"]["observations"]
    assert (seen["passing"], seen["incident"]) == (False, "INC-9")
    assert seen["complaints"] == ["incident: INC-9"]
    assert seen["breaches"] == ["incident: INC-9", "retry_rate is 0.2, above the maximum 0.08"]
    back = body["watched"]["rollback"]
    assert (back["observation"], back["in_time"]) == (seen["position"], True)
    assert kind_at(ledger, back["position"]) == "release.rolled-back"
    assert back["review_said"] == {
        "cause": "a feature was stale",
        "changes": ["the feature is checked"],
        "tests": ["a test of it"],
    }


def test_an_approval_whose_signer_was_stopped_before_did_not_count(ledger: LedgerFolder) -> None:
    approvals = dossier(ledger, 6)["who"]["approvals"]

    assert [(one["signer"], one["counts"]) for one in approvals] == [
        ("mona", False),
        ("alice", True),
    ]
    assert approvals[0]["why_not"] == "mona was stopped by rosa at position 60"
    assert kind_at(ledger, 60) == "override.set"


def test_an_approval_after_the_start_says_for_which_exception_it_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settled(org: Organisation) -> None:
        org.approve("alice", owing(org), "model-owner")

    ledger = on_disk(tmp_path, monkeypatch, settled, org=exceptional())

    body = dossier(ledger, 2)

    dana, alice = body["who"]["approvals"]
    assert (dana["counts"], dana["settles"]) == (True, [])
    assert (alice["counts"], alice["settles"]) == (False, [3])
    started = body["why"]["started_position"]
    assert alice["why_not"] == (
        f"given after position {started}, where it was closed;"
        " it made up for what exception #3 waived"
    )
    assert body["why"]["owed"] is None
    lines = lines_of(ledger.assent("audit", "dossier", 2))
    assert f"made up for at position {alice['position']}" in lines


@pytest.mark.parametrize(
    ("number", "became"), [(10, "blocked"), (11, "withdrawn")], ids=["open", "withdrawn"]
)
def test_no_section_is_silently_missing(
    number: int, became: str, ledger: LedgerFolder, tmp_path: Path
) -> None:
    page = tmp_path / "dossier.html"

    body = dossier(ledger, number, "--html", str(page))
    told_of = ledger.assent("audit", "dossier", number).out.split("\n\n")

    titles = {part.splitlines()[0].partition(" (")[0] for part in told_of}
    assert titles >= ALWAYS
    assert (body["became"], body["watched"], body["exceptions"]) == (became, None, [])
    assert body["why"]["anew"]["equal"] is None
    text = page.read_text()
    for title in ALWAYS:
        assert f"<h2>{title}" in text
    assert "auc = { better = &#34;higher&#34;, min = &#34;0.90&#34;" in text
    lead = text.partition('<p class="lead">')[2].partition("</p>")[0]
    assert "as of " in lead
    assert became not in lead
    assert "<script" not in text
    assert "src=" not in text


def test_what_is_open_shows_what_it_lacks(ledger: LedgerFolder) -> None:
    """Its bounds are held as soon as there is a report to read numbers from."""
    body = dossier(ledger, 10)

    assert items(body, "evaluation")[0][1:] == ("not done", "automated")
    assert items(body, "quality") == [
        ("numbers from a current evaluation-report", "not done", "automated")
    ]
    assert items(body, "model-owner") == [("1 model-owner approves", "not done", "manual")]
    assert [(one["fact"], one["how"]) for one in body["why"]["facts"]][13:14] == [
        ("personal_data", "added by frank")
    ]
    assert ("another release to fraud/production is under way", "not done", "automated") in items(
        body, "rules"
    )


def test_the_dossier_of_an_exception_and_of_a_release_in_staging_say_what_they_are(
    ledger: LedgerFolder,
) -> None:
    asked = lines_of(ledger.assent("audit", "dossier", 9))
    staging = dossier(ledger, 3)

    assert "Dossier of #9: exception for fraud/production" in asked
    assert "none: it is no release" in asked
    assert "The exception: for revision 1 of #8 to fraud/production" in asked
    assert "Exception #9 for #8: in-force" in asked
    assert (staging["became"], staging["alias"]) == ("released", "fraud/staging")


def test_the_policy_stands_there_as_it_was_signed(ledger: LedgerFolder) -> None:
    policy = dossier(ledger, 4)["policy"]
    founding = ledger.assent("show", policy["position"], "--json").json["entry"]["event"]

    assert policy["text"] == founding["policy"]["text"] == numbered(1, text=EXCEPTIONAL)
    assert policy["text_digest"] == f"sha256:{sha256(policy['text'].encode()).hexdigest()}"
    assert (policy["number"], policy["proposal"], policy["text_is_canonical"]) == (1, None, True)


def test_a_policy_has_a_dossier_and_is_cited_by_what_it_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def published(org: Organisation) -> None:
        effect = new_policy(numbered(2, text=EXCEPTIONAL.replace('"0.90"', '"0.91"')))
        carried(org, effect, by="frank", approvals=(("stella", "steward"),), enactor="omar")
        org.open("frank")

    ledger = on_disk(tmp_path, monkeypatch, published, org=exceptional())

    asked, judged = dossier(ledger, 1), dossier(ledger, 2)
    lines = lines_of(ledger.assent("audit", "dossier", 1))

    assert (asked["became"], asked["why"]["anew"]["equal"]) == ("enacted", True)
    assert (judged["policy"]["number"], judged["policy"]["proposal"]) == (2, 1)
    assert judged["policy"]["position"] == asked["why"]["started_position"]
    assert kind_at(ledger, judged["policy"]["position"]) == "policy.published"
    assert "What changes against policy 1" in lines
    assert asked["policy"]["number"] == 1


def test_the_commands_of_the_dossier_check_it(ledger: LedgerFolder) -> None:
    """The documents of the simulator are no files, so that there is one thing left to say."""
    body = dossier(ledger, 4)
    check = body["check"]

    verified = ledger.assent("verify", "--json").json
    for line in check["commands"]:
        words = shlex.split(line)
        assert words[0] == "assent"
        result = ledger.assent(*words[1:])
        expected = 5 if words[-1] == "verify" else 0
        assert result.exit == expected, (line, result.err)

    assert (verified["size"], verified["root"]) == (check["size"], check["root"])
    assert check["ledger"] == ledger.id
    again = ledger.assent(*shlex.split(check["commands"][3])[1:]).out
    assert again == ledger.assent("audit", "dossier", 4, "--json").out
    assert json.loads(again)["as_of"] == body["as_of"]
    assert (ledger.path / "entry-46" / "entry.sig").exists()


def test_as_of_a_position_the_command_names_it_as_later_entries_may_be_of_its_second(
    ledger: LedgerFolder,
) -> None:
    commands = dossier(ledger, 4, "--as-of", "50")["check"]["commands"]

    assert commands[3] == "assent audit dossier 4 --as-of 50 --json"


def test_as_of_a_position_the_dossier_is_the_one_given_then(
    story: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared(tmp_path, told(2)) as earlier:
        moved_in(monkeypatch, earlier, later=0)
        then = dossier(earlier, 4)
        last = str(earlier.size() - 1)
    moved_in(monkeypatch, story)

    assert dossier(story, 4, "--as-of", last) == then
    assert dossier(story, 4) != then


@pytest.mark.parametrize(
    ("arguments", "exit_", "word"),
    [
        (("99",), 2, "unknown-proposal"),
        (("ffff",), 2, "unknown-proposal"),
        (("4", "--as-of", "12"), 2, "unknown-proposal"),
        (("4", "--html", "nowhere/x.html"), 2, "cannot-write"),
    ],
)
def test_there_is_no_dossier_of_what_nobody_asked_for(
    arguments: tuple[str, ...], exit_: int, word: str, ledger: LedgerFolder
) -> None:
    assert code(ledger.assent("audit", "dossier", *arguments)) == (exit_, word)


def test_the_two_releases_of_an_alias_are_compared_as_of_then(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    page = tmp_path / "diff.html"
    words = ("alias", "diff", "fraud/production", "2", "4")

    body = ledger.assent(*words, "--json").json
    shown = ledger.assent(*words, "--html", page)
    early = ledger.assent(*words, "--as-of", "30")

    assert [one["type"] for one in body["evidence"]] == ["evaluation-report"]
    assert [body["evidence"][0][side]["position"] for side in ("a", "b")] == [20, 38]
    assert [body[side]["policy_position"] for side in ("a", "b")] == [0, 0]
    assert [body[side]["anew"]["equal"] for side in ("a", "b")] == [True, True]
    assert shown.exit == 0
    assert "fraud/production: #2 to #4" in page.read_text()
    assert code(early) == (2, "unknown-proposal")
