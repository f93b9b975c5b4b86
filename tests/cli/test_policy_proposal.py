"""A new policy, asked for, agreed to and brought into force from the command line."""

from pathlib import Path

import pytest

from ledger.model.effects import PolicyDocument, PolicyEffect
from ledger.policy.reading import read_policy
from tests.change_files import CHANGE
from tests.cli.conftest import LedgerFolder, MakeLedger
from tests.cli.opened import approved, assessed, opened, released
from tests.organisation import PEOPLE, POLICY, Organisation
from tests.policies import too_much_to_compare
from tests.shell import Result

STEWARDED = POLICY.replace('auditor = "reviews"', 'auditor = "reviews"\nsteward = "rules"') + (
    "[stewardship]\napprovals = { steward = 2 }\n"
)
STEWARDS = {"sam": ["steward"], "stella": ["steward"], "sven": ["steward"]}
NEXT = STEWARDED.replace("number = 1", "number = 2")
LOOSER = NEXT.replace('max_age = "30d"', 'max_age = "60d"')


@pytest.fixture
def stewarded(make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger in which two of three stewards consent to a new policy."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return make_ledger(people={**PEOPLE, **STEWARDS}, policy=STEWARDED)


def write(ledger: LedgerFolder, text: str, keys: str = "") -> Path:
    """Write the policy *text* and the file of a proposal that asks for it."""
    (ledger.path / "rules").mkdir(exist_ok=True)
    (ledger.path / "rules" / "next.toml").write_text(text, encoding="utf-8")
    path = ledger.path / "policy-change.toml"
    path.write_text(f'effect = "policy"\nfile = "rules/next.toml"\n{keys}', encoding="utf-8")
    return path


def propose(ledger: LedgerFolder, text: str = LOOSER, *, as_: str = "frank") -> int:
    """Open a proposal for the policy in *text*; its number."""
    result = ledger.assent("proposal", "open", write(ledger, text), "--json", as_=as_)
    assert result.exit == 0, result.err
    return int(result.json["proposal"])


def enact(ledger: LedgerFolder, number: int, *, as_: str = "omar") -> Result:
    return ledger.assent("proposal", "enact", number, as_=as_)


def code(result: Result) -> tuple[int, str]:
    """The exit status and the code of an error."""
    return result.exit, result.err.split(":")[0]


def test_a_policy_is_proposed_by_a_file_that_names_its_own(stewarded: LedgerFolder) -> None:
    path = write(stewarded, LOOSER, 'why = "reports take long"\ncontributors = ["erin"]\n')

    result = stewarded.assent("proposal", "open", path, "--json", as_="frank")

    effect = stewarded.assent("proposal", "show", 1, "--json").json["effect"]
    assert (result.exit, result.json["kind"]) == (0, "proposal.opened")
    assert effect["summary"] == "policy 2 of simulated"
    assert (effect["why"], effect["contributors"]) == ("reports take long", ["erin"])
    assert effect["policy"]["text"] == LOOSER


def test_a_mistake_in_the_policy_is_named_in_its_own_lines(stewarded: LedgerFolder) -> None:
    text = LOOSER.replace("approvals = { data-owner = 1 }", "approvals = { data-ower = 1 }")
    line = text[: text.index("data-ower")].count("\n") + 1
    before = stewarded.size()

    result = stewarded.assent("proposal", "open", write(stewarded, text), as_="frank")

    assert code(result) == (2, "unknown-role")
    assert f"rules/next.toml:{line}: " in result.err
    assert "did you mean data-owner?" in result.err
    assert stewarded.size() == before


def test_a_policy_that_nobody_here_could_live_with_is_named_with_its_line(
    stewarded: LedgerFolder,
) -> None:
    text = LOOSER.replace("{ steward = 2 }", "{ steward = 4 }")
    line = text[: text.index("steward = 4")].count("\n") + 1

    result = stewarded.assent("proposal", "open", write(stewarded, text), as_="frank")

    assert code(result) == (2, "lock-out")
    assert f"rules/next.toml:{line}: " in result.err


@pytest.mark.parametrize(
    ("keys", "code_", "line"),
    [
        ('file = "none.toml"', "no-such-file", 2),
        ("file = 1", "wrong-type", 2),
        ('file = "rules"', "no-such-file", 2),
        ('file = "rules/next.toml"\nstack = {}', "unknown-key", 3),
        ('fiel = "rules/next.toml"', "unknown-key", 2),
        ("", "missing-key", 1),
        ('file = "rules/next.toml"\nwhy = "cafe\u0301"', "not-nfc", 3),
    ],
)
def test_a_mistake_in_the_file_of_the_proposal_is_named(
    stewarded: LedgerFolder, keys: str, code_: str, line: int
) -> None:
    path = write(stewarded, LOOSER)
    path.write_text(f'effect = "policy"\n{keys}\n', encoding="utf-8")

    result = stewarded.assent("proposal", "open", path, as_="frank")

    assert code(result) == (2, code_)
    assert f"policy-change.toml:{line}: " in result.err


@pytest.mark.parametrize("text", [STEWARDED, NEXT.replace("number = 2", "number = 3")])
def test_only_the_next_number_can_be_proposed(stewarded: LedgerFolder, text: str) -> None:
    result = stewarded.assent("proposal", "open", write(stewarded, text), as_="frank")

    assert code(result) == (3, "policy-number")
    assert "write number = 2" in result.err


def test_a_policy_proposal_shows_what_changes_where_it_is_weaker_and_who_consents(
    stewarded: LedgerFolder,
) -> None:
    number = propose(stewarded)
    approved(stewarded, number, sam="steward", alice="root")

    shown = [
        " ".join(line.split())
        for line in stewarded.assent("proposal", "show", number).out.split("\n")
    ]

    for line in (
        "#1 policy: open",
        "number 2",
        "What changes against policy 1",
        "changed requirement evaluation evidence.evaluation-report.max_age 30d 60d",
        "Asks for less than policy 1",
        "steward 1 of 2 sam",
        "or root instead 1 of 2 alice",
    ):
        assert line in shown
    assert any(line.startswith("age of evidence evaluation-report at most 30d") for line in shown)
    assert not any("number 1 2" in line for line in shown)


def test_a_policy_that_is_weaker_nowhere_is_said_to_be(stewarded: LedgerFolder) -> None:
    stricter = NEXT.replace('max_age = "30d"', 'max_age = "20d"')

    number = propose(stewarded, stricter)

    shown = stewarded.assent("proposal", "show", number)
    assert "Asks for less than policy 1\n  nowhere weaker\n" in shown.out
    body = stewarded.assent("proposal", "show", number, "--json").json["policy"]
    assert (body["number"], body["against"], body["weaker"]) == (2, 1, [])
    assert [one["new"] for one in body["differences"]] == ["2", "20d"]


def test_a_policy_that_is_the_same_is_said_to_be(stewarded: LedgerFolder) -> None:
    shown = stewarded.assent("proposal", "show", propose(stewarded, NEXT)).out

    assert "nothing" in shown[shown.index("What changes") : shown.index("Asks for less")]


def test_a_policy_too_large_to_compare_is_proposed_all_the_same_and_said_to_be(
    stewarded: LedgerFolder,
) -> None:
    number = propose(stewarded, NEXT + too_much_to_compare())

    shown = stewarded.assent("proposal", "show", number)

    assert shown.exit == 0, shown.err
    assert "too many cases to say" in shown.out
    assert stewarded.assent("proposal", "show", number, "--json").json["policy"]["weaker"] is None


def test_stewards_bring_a_policy_into_force_and_open_proposals_are_judged_by_it(
    stewarded: LedgerFolder,
) -> None:
    change = opened(stewarded)
    more = NEXT.replace(
        "[requirement.metrics]", 'fields = ["owner", "links.ticket"]\n[requirement.metrics]'
    )
    number = propose(stewarded, more)
    before = [one["missing"] for one in assessed(stewarded, change)["requirements"]]

    approved(stewarded, number, sam="steward", stella="steward")
    gate = stewarded.assent("gate", number)
    result = stewarded.assent("proposal", "enact", number, "--json", as_="omar")

    assert (gate.exit, gate.out) == (0, "#2 policy: ready\n")
    assert result.exit == 0, result.err
    assert (result.json["kind"], result.json["proposal"]) == ("policy.published", number)
    assert stewarded.assent("policy", "show", "--json").json["text"] == more
    after = assessed(stewarded, change)
    assert (after["policy"], "field links.ticket" in str(before)) == (2, False)
    assert "field links.ticket" in str([one["missing"] for one in after["requirements"]])
    assert "published policy 2" in stewarded.assent("log").out
    assert stewarded.assent("verify").exit == 0


def test_the_root_may_stand_in_for_the_stewards(stewarded: LedgerFolder) -> None:
    number = propose(stewarded)

    approved(stewarded, number, alice="root", dana="root")

    assert assessed(stewarded, number)["verdict"] == "ready"
    assert enact(stewarded, number).exit == 0


def test_without_stewardship_the_root_alone_consents(ledger: LedgerFolder) -> None:
    number = propose(ledger, POLICY.replace("number = 1", "number = 2"))
    shown = ledger.assent("proposal", "show", number).out

    approved(ledger, number, alice="root", bob="root")

    assert "instead" not in shown
    assert "root  0 of 2" in shown
    assert enact(ledger, number).exit == 0


def test_what_was_decided_is_shown_as_it_was_decided(stewarded: LedgerFolder) -> None:
    done = released(stewarded)
    number = propose(stewarded)
    approved(stewarded, number, sam="steward", stella="steward")
    assert enact(stewarded, number).exit == 0

    policy, release = (stewarded.assent("proposal", "show", one).out for one in (number, done))

    for shown, words in ((policy, "2 of 2  sam, stella"), (release, "model-owner")):
        assert words in shown
        assert "What policy 1 asks for" in shown
        assert "no longer counts" not in shown
        assert "unsatisfied" not in shown
    assert "in force  since position" in policy
    assert stewarded.assent("gate", number).out == f"#{number} policy: closed\n"
    then = stewarded.assent("gate", done, "--json", "--as-of", stewarded.size() - 1)
    assert then.json["assessment"]["policy"] == 1


def test_nothing_is_enacted_before_all_have_agreed_nor_by_whose_it_is(
    stewarded: LedgerFolder,
) -> None:
    number = propose(stewarded)
    early = enact(stewarded, number)
    approved(stewarded, number, sam="steward", stella="steward")
    before = stewarded.size()

    assert code(early) == (3, "not-ready")
    assert "approval of 2 steward, or of 2 root instead" in early.err
    assert code(enact(stewarded, number, as_="frank")) == (3, "self-enactment")
    dry = stewarded.assent("proposal", "enact", number, "--dry-run", "--as", "omar")
    assert (dry.exit, dry.json["event"]["kind"]) == (0, "policy.published")
    assert code(stewarded.assent("proposal", "enact", number, "--as", "omar")) == (2, "needs-yes")
    assert stewarded.size() == before
    assert enact(stewarded, number).exit == 0
    assert code(enact(stewarded, number)) == (3, "closed")


def test_a_release_is_not_enacted_so_and_the_right_command_is_named(ledger: LedgerFolder) -> None:
    result = enact(ledger, opened(ledger))

    assert code(result) == (3, "not-enacted-so")
    assert "assent release start 1" in result.err


def test_a_policy_proposal_is_revised_and_its_approvals_fall(stewarded: LedgerFolder) -> None:
    number = propose(stewarded)
    approved(stewarded, number, sam="steward")
    broken = write(stewarded, LOOSER.replace('"60d"', '"sixty"'))
    wrong = stewarded.assent("proposal", "revise", number, broken, as_="frank")
    path = write(stewarded, LOOSER.replace('"60d"', '"40d"'), 'summary = "forty days"\n')

    result = stewarded.assent("proposal", "revise", number, path, as_="frank")

    shown = stewarded.assent("proposal", "show", number).out
    assert wrong.exit == 2
    assert "rules/next.toml:" in wrong.err
    assert result.exit == 0, result.err
    for words in ("forty days", "40d", "no longer counts", "steward          0 of 2"):
        assert words in shown


def test_a_proposal_does_not_turn_from_a_release_into_a_policy(stewarded: LedgerFolder) -> None:
    number = opened(stewarded)

    result = stewarded.assent("proposal", "revise", number, write(stewarded, NEXT), as_="frank")

    assert code(result) == (3, "other-alias")


def test_at_a_terminal_who_agrees_and_who_enacts_sees_the_policy_first(
    stewarded: LedgerFolder,
) -> None:
    number = propose(stewarded)
    approved(stewarded, number, sam="steward")
    typed = assessed(stewarded, number)["review_digest"].removeprefix("sha256:")[:6]
    words = ("proposal", "approve", number, "--role", "steward")

    approve = stewarded.assent(*words, as_="stella", tty=True, input=typed)
    published = stewarded.assent("proposal", "enact", number, as_="omar", tty=True, input=typed)

    assert (approve.exit, published.exit) == (0, 0), published.err
    for seen in (approve.err, published.err):
        for said in ("What changes against policy 1", "Asks for less than policy 1", "60d"):
            assert said in seen
    signed = published.err[published.err.index("You sign") :]
    assert signed.split()[2:8] == ["event", "policy.published,", "as", "omar", "number", "2"]


def test_lists_and_gates_say_policy_where_there_is_no_alias(stewarded: LedgerFolder) -> None:
    number = propose(stewarded)

    listed = stewarded.assent("proposal", "list")
    gate = stewarded.assent("gate", number)
    body = stewarded.assent("gate", number, "--json").json

    assert listed.out.split("\n")[1].split()[:3] == ["1", "policy", "open"]
    assert stewarded.assent("proposal", "list", "--json").json_lines[0]["alias"] is None
    assert gate.exit == 8
    assert gate.out.startswith("#1 policy: open; missing: approval of 2 steward")
    assert (body["alias"], body["assessment"]["requirements"][0]["id"]) == (None, "stewardship")


def test_what_is_about_a_stack_is_refused_of_a_policy(stewarded: LedgerFolder) -> None:
    release, number = opened(stewarded), propose(stewarded)
    (stewarded.path / "note.txt").write_text("a note")
    before = stewarded.size()

    for words in (
        ("evidence", "attach", number, "note.txt", "--type", "note"),
        ("evidence", "attach", number, "--from", release),
        ("proposal", "fact", number, "personal_data"),
        ("release", "start", number),
    ):
        assert code(stewarded.assent(*words, as_="omar")) == (3, "not-a-release")
    assert stewarded.size() == before
    assert [path for path in stewarded.evidence.rglob("*") if path.is_file()] == []


def test_a_text_that_is_not_what_would_judge_is_said_loudly_before_it_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may propose a harmless text beside another canonical JSON; reviewers are told."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    founded = Organisation(people={**PEOPLE, **STEWARDS}, policy=STEWARDED)
    canonical = read_policy(LOOSER, file="next.toml").canonical()
    document = PolicyDocument(text=NEXT, canonical=canonical)
    effect = PolicyEffect(summary="tidied", why=None, contributors=(), policy=document)
    founded.open("frank", effect)
    ledger = LedgerFolder(tmp_path / "deceived", founded)

    shown = ledger.assent("proposal", "show", 1)
    body = ledger.assent("proposal", "show", 1, "--json").json["policy"]
    words = ("proposal", "approve", 1, "--role", "steward")
    asked = ledger.assent(*words, as_="sam", tty=True, input="000000")

    assert shown.out.startswith("WARNING: the proposed text is NOT what would judge\n")
    assert "60d" in shown.out
    assert body["text_is_canonical"] is False
    assert "The policy (WARNING: this text is NOT what judges)" in ledger.assent("show", 11).out
    assert "NOT what would judge" in asked.err


def test_a_faithful_text_gets_no_warning_and_an_entry_shows_it_line_by_line(
    stewarded: LedgerFolder,
) -> None:
    number = propose(stewarded)

    entry = stewarded.assent("show", stewarded.size() - 1)

    assert "WARNING" not in stewarded.assent("proposal", "show", number).out + entry.out
    assert entry.out.endswith("  [stewardship]\n  approvals = { steward = 2 }\n")
    assert entry.out.count("max_age") == 1


SHOWING = (
    (
        POLICY.replace(
            "[declared]",
            """[[duty]]
id = "no-self-service"
role = "data-owner"
must_not = "approve"
when = "requirement == 'model-owner'"
because = "data owners do not judge quality"
[[combine]]
roles = ["data-owner", "model-owner"]
because = "a small team"
[declared]""",
        )
        .replace('because = "a release rests', 'notify = ["auditor"]\nbecause = "a release rests')
        .replace("approvals = { data-owner = 1 }", "approvals = { data-owner = 1 }\nhard = true")
    )
    + """[environments]
order = ["staging", "production"]
automatic = ["staging"]
"""
)


def test_lifted_duties_notices_and_automatic_environments_are_shown(
    make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    ledger = make_ledger(policy=SHOWING)
    production = opened(ledger)
    approved(ledger, production, bob="model-owner")
    staging = opened(ledger, CHANGE.replace("fraud/production", "fraud/staging"))

    one, other = (ledger.assent("proposal", "show", n).out for n in (production, staging))

    combined = one[one.index("Combined roles") :].split("\n")[2]
    assert combined.split() == ("bob no-self-service data-owner + model-owner a small team".split())
    assert "a release rests on numbers - told: auditor" in one
    assert "fraud/staging has not completed this stack" in one
    assert "automatic" not in one
    assert "automatic    here only what is hard needs approvals" in other
    assert "Combined roles" not in other
