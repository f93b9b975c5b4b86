"""``assent policy test``: reports for people and for build servers, and what a bad file is told."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY
from tests.policies import duty
from tests.shell import Result, run_assent

CASES = """\
policy = "policy.toml"
opened_by = "frank"

[people]
alice = ["model-owner"]
bob = ["model-owner", "data-owner"]
dana = ["data-owner"]
erin = ["evaluation-owner"]
frank = []
[services]
breeder = { accountable = "erin" }
[root]
signers = ["alice", "bob", "dana"]
threshold = 2

[base]
stack = { model = "m1", dataset = "d1" }
metrics = { auc = "0.95" }
[change]
alias = "fraud/production"
declares = { personal_data = false, online = true }

[[case]]
id = "new-model"
because = "a new model alone is an ordinary change"
change.stack.model = "m2"
evidence = [{ type = "evaluation-report", by = "erin", age = "3d", metrics = { auc = "0.95" } }]
approvals = [{ by = "alice", role = "model-owner", age = "1d" }]
expect = { tier = "medium", verdict = "ready", statuses = { data = "not-applicable" } }

[[case]]
id = "new-data"
change.stack.dataset = "d2"
approvals = [{ by = "alice", role = "model-owner" }]
[case.expect]
tier = "medium"
statuses = { data = "unsatisfied" }
blocks = []
"""
STACK = 'stack = { model = "m1", dataset = "d1" }'
SAYS_ALICE = '{ by = "alice", role = "model-owner"'
ID = 'id = "new-data"'
DUTY = """
[[duty]]
id = "erin-opens-nothing"
role = "evaluation-owner"
must_not = "open"
when = "personal_data"
because = "who measures does not breed"
"""


@pytest.fixture
def cases(desk: Path) -> Path:
    """The file of cases, beside the policy it is for."""
    (desk / "policy.toml").write_text(POLICY + DUTY)
    (desk / "cases.toml").write_text(CASES)
    return desk / "cases.toml"


def rewritten(cases: Path, *pairs: tuple[str, str]) -> Result:
    """Run the cases after the first of each pair has become the second."""
    text = cases.read_text()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    cases.write_text(text)
    return run_assent("policy", "test", "cases.toml")


def test_cases_that_hold_are_listed_and_what_they_leave_out_is_said(cases: Path) -> None:
    result = run_assent("policy", "test", cases.name)

    assert (result.exit, result.err) == (0, "")
    assert result.out == (
        "cases.toml: policy 1 of simulated (policy.toml)\n"
        "ok      new-model\n"
        "ok      new-data\n"
        "\n"
        "Not exercised by any case:\n"
        "  tiers: people, offline\n"
        "  requirements never satisfied: data\n"
        "  duties: erin-opens-nothing\n"
        "\n"
        "2 cases: 2 as expected, 0 failed\n"
    )


def test_a_failure_says_what_was_expected_what_came_out_and_why(cases: Path) -> None:
    result = rewritten(
        cases,
        ('data = "unsatisfied"', 'data = "satisfied"'),
        ('change.stack.dataset = "d2"', 'change.stack.dataset = "d2"\nopened_by = "alice"'),
    )

    line = CASES[: CASES.index("new-data")].count("\n")
    assert (result.exit, result.err) == (3, "")
    failure = result.out.partition("\n\n")[2].partition("\n\nNot")[0]
    assert failure == (
        f"cases.toml:{line}: new-data\n"
        "  statuses.data: expected satisfied, found unsatisfied (missing: approval of 1\n"
        "      data-owner (could: bob, dana))\n"
        "  the approval of alice as model-owner does not count: alice is a party"
    )
    assert "FAILED  new-data\n" in result.out
    assert result.out.endswith("2 cases: 1 as expected, 1 failed\n")
    assert all(len(line) <= 80 for line in result.out.splitlines())


def test_a_question_about_a_duty_is_answered_with_its_own_line(cases: Path) -> None:
    act = '[[case]]\nid = "bred"\nchange.declares.personal_data = true\n'
    act += '[[case.act]]\nby = "breeder"\ndoes = "open"\nexpect = "erin-opens-nothing"\n'
    act += '[[case.act]]\nby = "breeder"\ndoes = "open"\nexpect = "allowed"\n'
    cases.write_text(CASES + act)

    result = run_assent("policy", "test", "cases.toml", "--json")

    assert result.exit == 3
    (_, _, bred, summary) = result.json_lines
    second = (CASES + act).splitlines().index('expect = "allowed"') - 2
    assert bred == {
        "schema": "policy-test/1",
        "case": "bred",
        "line": CASES.count("\n") + 1,
        "holds": False,
        "differences": [
            {
                "line": second,
                "what": "may breeder open",
                "expected": "allowed",
                "found": "erin-opens-nothing",
                "why": "erin-opens-nothing: who measures does not breed",
            }
        ],
        "combined": [],
        "discounted": [],
    }
    assert summary == {
        "schema": "policy-test-summary/1",
        "file": "cases.toml",
        "policy": 1,
        "name": "simulated",
        "source": "policy.toml",
        "cases": 3,
        "failed": 1,
        "not_exercised": {
            "tiers": ["people", "offline"],
            "requirements never satisfied": ["data"],
        },
    }


def test_a_combination_that_lifts_a_duty_is_shown_with_the_case(cases: Path) -> None:
    policy = cases.with_name("policy.toml")
    pair = '[[combine]]\nroles = ["evaluation-owner", "auditor"]\nbecause = "three of us"\n'
    policy.write_text(POLICY + DUTY + pair)

    result = rewritten(
        cases,
        ('erin = ["evaluation-owner"]', 'erin = ["evaluation-owner", "auditor"]'),
        (
            'id = "new-data"',
            'id = "new-data"\nopened_by = "erin"\nchange.declares.personal_data = true',
        ),
        ('expect]\ntier = "medium"', 'expect]\ncombined = ["erin-opens-nothing"]'),
    )

    assert result.exit == 0, result.out
    assert (
        "ok      new-data\n"
        "        evaluation-owner and auditor combined lift erin-opens-nothing for erin\n"
        "            (three of us)\n"
    ) in result.out


def test_a_build_server_gets_one_testcase_for_each_case(cases: Path) -> None:
    rewritten(
        cases,
        ('tier = "medium"\nstatuses', 'tier = "low"\nstatuses'),
        ('"erin" }\n[root]', '"erin" }\n[root]  # <&>'),
    )

    result = run_assent("policy", "test", "cases.toml", "--junit", "report.xml")

    assert result.exit == 3
    root = ET.fromstring((cases.parent / "report.xml").read_bytes())  # noqa: S314 - our own
    (suite,) = root
    assert root.tag == "testsuites"
    assert {key: suite.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    good, bad = suite
    assert [(one.attrib["classname"], one.attrib["name"]) for one in suite] == [
        ("simulated", "new-model"),
        ("simulated", "new-data"),
    ]
    assert list(good) == []
    (failure,) = bad
    message = "tier: expected low, found medium (because of ordinary)"
    assert (failure.attrib["message"], failure.text) == (message, message)
    line = CASES[: CASES.index(ID)].count("\n")
    assert (bad.attrib["file"], bad.attrib["line"]) == ("cases.toml", str(line))


def test_what_xml_cannot_hold_or_means_otherwise_is_written_safely(cases: Path) -> None:
    name = 'a<b>&"c\ufffe.toml'
    cases.replace(cases.with_name(name))

    run_assent("policy", "test", name, "--junit", "report.xml")

    root = ET.fromstring((cases.parent / "report.xml").read_bytes())  # noqa: S314 - our own
    assert root[0].attrib["name"] == 'a<b>&"c\\ufffe.toml'


def test_a_report_that_cannot_be_written_is_bad_input(cases: Path) -> None:
    result = run_assent("policy", "test", cases.name, "--junit", "nowhere/report.xml")

    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith("cannot-write: nowhere/report.xml: No such file or directory\n")


def test_another_policy_can_be_held_against_the_same_cases(cases: Path) -> None:
    draft = POLICY.replace('when = "modifies_data_lineage"\n', "").replace(
        "number = 1", "number = 2"
    )
    (cases.parent / "draft.toml").write_text(draft)

    result = run_assent("policy", "test", cases.name, "--policy", "draft.toml")

    assert result.exit == 3
    assert result.out.startswith("cases.toml: policy 2 of simulated (draft.toml)\n")
    assert "statuses.data: expected not-applicable, found unsatisfied" in result.out


def test_a_published_policy_is_found_in_the_ledger_here(ledger: LedgerFolder) -> None:
    file = ledger.path / "cases.toml"
    for named, source in (("number = 1", "published here"), ("", "in force here")):
        file.write_text(CASES.replace('policy = "policy.toml"', named))
        result = ledger.assent("policy", "test", "cases.toml")
        assert (result.exit, result.err) == (0, "")
        assert result.out.startswith(f"cases.toml: policy 1 of simulated ({source})\n")

    file.write_text(CASES.replace('policy = "policy.toml"', "number = 7"))
    missing = ledger.assent("policy", "test", "cases.toml", "--json")
    assert (missing.exit, missing.json["code"]) == (2, "unknown-policy")


@pytest.mark.usefixtures("desk")
def test_without_a_policy_and_without_a_ledger_nothing_is_tested() -> None:
    Path("cases.toml").write_text(CASES.replace('policy = "policy.toml"', ""))

    result = run_assent("policy", "test", "cases.toml")

    assert (result.exit, result.out) == (5, "")
    assert result.err.startswith("no-ledger: ")


def test_the_fields_of_a_change_are_those_of_a_real_one(cases: Path) -> None:
    """What [change] says, and a case changes, reaches every part that a rule can ask for."""
    policy = cases.with_name("policy.toml")
    fields = ["why", "known_risks", "rollback.within", "links.pull_request", "permissions"]
    policy.write_text(
        POLICY + f'[[requirement]]\nid = "written"\nfields = {fields}\n'.replace("'", '"')
    )
    full = 'why = "w"\nknown_risks = ["r"]\nrollback = { within = "10m", owner = "dana" }\n'
    result = rewritten(
        cases,
        ('alias = "fraud/production"\n', f'alias = "fraud/production"\n{full}'),
        ('change.stack.model = "m2"', 'change.stack.model = "m2"\nchange.rollback.owner = "bob"'),
        ('data = "not-applicable"', 'written = "unsatisfied"'),
        ('verdict = "ready"', 'missing = ["field links.pull_request", "field permissions"]'),
        (
            'dataset = "d2"',
            'dataset = "d2"\nchange.links.pull_request = "x"\nchange.permissions = ["net"]',
        ),
        ('data = "unsatisfied"', 'written = "satisfied"'),
    )

    assert result.exit == 0, result.out


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ('tier = "medium"\nst', 'teir = "medium"\nst', "teir", "did you mean tier?"),
        ('tier = "medium"\nst', 'tier = "medum"\nst', "medum", "did you mean medium?"),
        ('data = "unsat', 'dat = "unsat', 'dat = "unsat', "did you mean data?"),
        ('"not-applicable"', '"not-aplicable"', "not-apl", "did you mean not-applicable?"),
        ("blocks = []", 'blocks = ["rejectd"]', "blocks", "did you mean rejected?"),
        ("blocks = []", 'tier_because = ["ordinry"]', "ordinry", "did you mean ordinary?"),
        (
            "blocks = []",
            'combined = ["erin-opens"]',
            "combined",
            "did you mean erin-opens-nothing?",
        ),
        ('dana = ["data-owner"]', 'dana = ["data-ownr"]', "dana", "did you mean data-owner?"),
        ('accountable = "erin"', 'accountable = "ern"', "accountable", "no-accountable: "),
        ("breeder =", "alice =", "alice = {", "'alice' is a person and a service"),
        ('signers = ["alice"', 'signers = ["alce"', "signers", "did you mean alice?"),
        ("threshold = 2", "threshold = 4", "threshold", "threshold = 4 with 3 root signers"),
        ("personal_data =", "personal_dat =", "personal_dat", "did you mean personal_data?"),
        ('opened_by = "frank"', 'opened_by = "frnk"', "frnk", "did you mean frank?"),
        ('opened_by = "frank"', "", "[[case]]", "new-model lacks the key 'opened_by'"),
        ('alias = "fraud/production"', "", "[[case]]", "new-model lacks the alias it is for"),
        (f"{STACK}\n", "", "[[case]]", "the base of new-model has no stack"),
        ('type = "evaluation-report"', 'type = "evaluation-rep"', "evaluation-rep", "report?"),
        ('by = "erin", age', 'by = "ern", age', "ern", "did you mean erin?"),
        ('age = "3d"', 'about = ["modle"]', "modle", "did you mean model?"),
        ('age = "3d"', "age = 3", "age = 3", "expected a duration in quotes"),
        ('auc = "0.95" } }]', "auc = 0.95 } }]", "auc = 0.95", "not-a-decimal: "),
        (
            f"{SAYS_ALICE}, age",
            '{ by = "ali", role = "auditor", age',
            '"ali"',
            "did you mean alice?",
        ),
        (f"{SAYS_ALICE}, age", '{ by = "bob", role = "auditor", age', "auditor", "role-not-held: "),
        (f"{SAYS_ALICE}, age", '{ by = "bob", role = "audit", age', "audit", "mean auditor?"),
        (
            f"{SAYS_ALICE}, age",
            '{ by = "breeder", role = "auditor", age',
            '"breeder"',
            "role-not-held: ",
        ),
        ('age = "1d" }]', 'age = "1d" }]\nafter = "1h"', 'age = "1d"', "before-revision: "),
        ('id = "new-data"', 'id = "new-model" #', 'id = "new-model" #', "duplicate-id: "),
        ('id = "new-data"', f'{ID}\nadded = ["onlin"]', "added", "did you mean online?"),
        ('id = "new-data"', f'{ID}\nrevised_by = ["bo"]', "revised_by", "did you mean bob?"),
        ('id = "new-data"', f'{ID}\nchange.contributors = ["bo"]', "change.contr", "mean bob?"),
        ('id = "new-data"', f"{ID}\nfirst_release = 1", "first_release", "true or false"),
        ('id = "new-data"', f'{ID}\nchange.effect = "polcy"', "polcy", "did you mean policy?"),
        ('policy.toml"', 'policy.toml"\nnumber = 1', "number", "policy-or-number: "),
        ('policy.toml"', 'policy.toml"\npeple = 1', "peple", "did you mean people?"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    cases: Path, old: str, new: str, at: str, said: str
) -> None:
    result = rewritten(cases, (old, new))

    text = cases.read_text()
    line = text[: text.index(at)].count("\n") + 1
    assert (result.exit, result.out) == (2, "")
    assert f"cases.toml:{line}: " in result.err, result.err
    assert said in result.err


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ('does = "approve"\nexpect = "allowed"', "to approve lacks the key 'role'"),
        ('does = "attach-evidence"\nexpect = "allowed"', "lacks the key 'evidence'"),
        (
            'does = "open"\nevidence = "evaluation-report"\nexpect = "allowed"',
            "not about a document",
        ),
        ('does = "open"\nrequirement = "data"\nexpect = "allowed"', "is for no requirement"),
        ('does = "open"\nwaives_domains = ["x"]\nexpect = "allowed"', "only an exception waives"),
        ('does = "open"\nwaives = ["data"]\nexpect = "allowed"', "only an exception waives"),
        (
            'does = "open"\neffect = "exception"\nwaives = ["dat"]\nexpect = "allowed"',
            "unknown requirement 'dat'",
        ),
        (
            'does = "operate"\neffect = "exception"\nexpect = "allowed"',
            "to operate is not about an exception",
        ),
        ('does = "open"\nexpect = "erin-opens"', "did you mean erin-opens-nothing?"),
        ('does = "opn"\nexpect = "allowed"', "did you mean open?"),
        ('does = "open"', "lacks the key 'expect'"),
        ('does = "open"\nrole = "auditor"\nexpect = "allowed"', "role-not-held: "),
        (
            'does = "approve"\nrole = "model-owner"\nrequirement = "dat"\nexpect = "allowed"',
            "data?",
        ),
    ],
)
def test_what_is_wrong_with_a_question_is_said(cases: Path, act: str, said: str) -> None:
    cases.write_text(f'{CASES}[[case]]\nid = "asked"\n[[case.act]]\nby = "alice"\n{act}\n')

    result = run_assent("policy", "test", cases.name)

    assert (result.exit, result.out) == (2, "")
    assert said in result.err
    first = CASES.count("\n") + 3
    assert int(result.err.split(":")[2]) in range(first, first + 6)


def test_a_case_that_cannot_fail_is_an_error(cases: Path) -> None:
    for nothing in ("", "[case.expect]\n", "[case.expect]\nstatuses = {}\n"):
        cases.write_text(f'{CASES}[[case]]\nid = "idle"\n{nothing}')
        result = run_assent("policy", "test", cases.name)
        assert result.exit == 2
        line = CASES.count("\n") + 1
        assert f"expects-nothing: cases.toml:{line}: idle expects nothing" in result.err


@pytest.mark.parametrize(
    "said",
    [
        'evidence = [{ type = "evaluation-report", by = "erin" }]\n',
        'waived = ["evaluation"]\n',
        'act = [{ by = "bob", does = "open", effect = "exception", expect = "allowed" }]\n',
    ],
)
def test_what_cannot_be_said_of_a_policy_is_an_error(cases: Path, said: str) -> None:
    case = f'[[case]]\nid = "rules"\nchange.effect = "policy"\n{said}'
    cases.write_text(f'{CASES}{case}expect.verdict = "open"\n')

    result = run_assent("policy", "test", cases.name)

    assert result.exit == 2
    assert result.err.startswith(f"not-for-policies: cases.toml:{CASES.count(chr(10)) + 4}: ")


WAIVING = """
[exceptions]
max_life = "72h"
approvals = { data-owner = 1 }
never = ["quality"]
review_within = "48h"
"""


@pytest.mark.parametrize(
    ("waived", "status", "verdict"),
    [
        ('["data"]', "waived", "ready"),
        ('["model-owner"]', "unsatisfied", "open"),
        ('["quality"]', "unsatisfied", "open"),
        ('["data", "model-owner"]', "waived", "ready"),
    ],
)
def test_a_case_may_say_what_an_exception_waives(
    cases: Path, waived: str, status: str, verdict: str
) -> None:
    """What is met stays met, and so an approval that is there is not the last one waived."""
    (cases.parent / "policy.toml").write_text(POLICY + DUTY + WAIVING)
    report = 'evidence = [{ type = "evaluation-report", by = "erin", metrics = { auc = "0.95" } }]'
    cases.write_text(
        f'{CASES}[[case]]\nid = "urgent"\nwaived = {waived}\nchange.stack.dataset = "d2"\n'
        f"{report}\napprovals = [{SAYS_ALICE} }}]\n"
        f'expect = {{ verdict = "{verdict}", statuses = {{ data = "{status}" }} }}\n'
    )

    result = run_assent("policy", "test", cases.name)

    assert (result.exit, result.err) == (0, ""), result.out


def test_a_case_cannot_waive_what_there_is_not(cases: Path) -> None:
    result = rewritten(cases, (ID, f'{ID}\nwaived = ["evaluatoin"]'))

    assert result.exit == 2
    assert "unknown requirement 'evaluatoin'\n  did you mean evaluation?" in result.err


def test_the_domains_of_what_is_waived_are_those_of_its_requirements(cases: Path) -> None:
    """A label taken off a requirement takes the duty off it: the case says so."""
    safe = duty(
        "model-owner", "approve", "waives_domains.exists(d, d == 'safety')", "owners-keep-safety"
    )
    labelled = POLICY.replace('id = "data"\n', 'id = "data"\ndomain = "safety"\n')
    act = 'by = "alice"\ndoes = "approve"\nrole = "model-owner"\neffect = "exception"\n'
    cases.write_text(
        f'{CASES}[[case]]\nid = "waived"\n[[case.act]]\n{act}waives = ["data"]\n'
        'expect = "owners-keep-safety"\n'
        f'[[case.act]]\n{act}waives = ["quality"]\nexpect = "allowed"\n'
    )
    (cases.parent / "policy.toml").write_text(labelled + safe + WAIVING)
    as_labelled = run_assent("policy", "test", cases.name)
    (cases.parent / "policy.toml").write_text(POLICY + safe + WAIVING)

    without = run_assent("policy", "test", cases.name)

    assert (as_labelled.exit, as_labelled.err) == (0, ""), as_labelled.out
    assert without.exit == 3
    assert "may alice approve: expected owners-keep-safety, found allowed" in without.out


def test_services_never_approve_in_a_case_either(cases: Path) -> None:
    result = rewritten(
        cases,
        ('{ accountable = "erin" }', '{ accountable = "erin", roles = ["model-owner"] }'),
        (f"{SAYS_ALICE}, age", '{ by = "breeder", role = "model-owner", age'),
    )

    assert result.exit == 2
    assert result.err.startswith("service-approval: cases.toml:28: breeder is a service")


def test_an_environment_that_the_order_lacks_is_an_error(cases: Path) -> None:
    block = '[environments]\norder = ["staging", "production"]\nautomatic = ["staging"]\n'
    cases.with_name("policy.toml").write_text(POLICY + DUTY + block)

    result = rewritten(cases, ('id = "new-data"', f'{ID}\ncompleted_in = ["stagng"]'))
    assert result.exit == 2
    assert "did you mean staging?" in result.err

    mended = rewritten(
        cases, ("stagng", "staging"), ("blocks = []", 'verdict = "open"'), ('"ready"', '"blocked"')
    )
    assert mended.exit == 0, mended.out


def test_a_policy_with_a_mistake_is_told_with_its_own_line(cases: Path) -> None:
    cases.with_name("policy.toml").write_text(POLICY.replace("data-owner = 1", "data-ownr = 1"))

    result = run_assent("policy", "test", cases.name)

    line = POLICY[: POLICY.index("data-owner = 1")].count("\n") + 1
    assert result.exit == 2
    assert result.err.startswith(f"unknown-role: policy.toml:{line}: ")


def test_a_policy_is_looked_for_beside_its_cases(cases: Path) -> None:
    folder = cases.parent / "there"
    folder.mkdir()
    for name in ("cases.toml", "policy.toml"):
        (cases.parent / name).replace(folder / name)

    assert run_assent("policy", "test", "there/cases.toml").exit == 0


REPORT = 'evidence = [{ type = "evaluation-report", by = "erin", metrics = { auc = "0.95" }'
BY_SEGMENT = (
    f'{REPORT}, segments = {{ web = {{ recall = "0.95" }} }} }}]\nbase.segments.web.recall ='
)
ALICE = 'approvals = [{ by = "alice", role = "model-owner" }]'
ROOTS = 'approvals = [{ by = "alice", role = "root" }, { by = "bob", role = "root" }]'
NUMBERS = '[[requirement]]\nid = "segments"\nfrom = "evaluation-report"\n'
NUMBERS += '[requirement.segments]\nrecall = { names = ["web"], min = "0.9", max_drop = "0.1" }\n'
NUMBERS += '[[requirement]]\nid = "held"\nfields = ["permissions"]\n'


@pytest.mark.parametrize(
    ("without", "said", "expected"),
    [
        ("", "first_release = true", 'tier_because = ["first-release"]'),
        (
            f"{REPORT} }}]",
            f'{REPORT} }}]\nbase.metrics.auc = "0.97"',
            'statuses.quality = "unsatisfied"',
        ),
        (
            "",
            'base.stack.dataset = "d0"\nchange.stack.dataset = "d1"',
            'statuses.data = "unsatisfied"',
        ),
        ("", 'added = ["personal_data"]', 'tier = "high"'),
        ("", "change.declares.personal_data = true", 'tier = "high"'),
        ("", 'change.risk = "high"', 'tier_because = ["declared"]'),
        ("", f'{REPORT}, about = ["model"] }}]', 'statuses.quality = "satisfied"'),
        (
            f"{REPORT} }}]",
            f'{REPORT}, about = ["model@m1"] }}]',
            'statuses.quality = "unsatisfied"',
        ),
        (f"{REPORT} }}]", f"{REPORT}, withdrawn = true }}]", 'statuses.evaluation = "unsatisfied"'),
        (f"{REPORT} }}]", f'{REPORT}, age = "30d" }}]', 'statuses.evaluation = "unsatisfied"'),
        (
            f'{REPORT}, age = "2d", expires = "3d" }}]',
            f'{REPORT}, age = "2d", expires = "1d" }}]',
            'statuses.evaluation = "unsatisfied"',
        ),
        (f'{BY_SEGMENT} "1.1"', f'{BY_SEGMENT} "1"', 'statuses.segments = "satisfied"'),
        ("", 'rejections = [{ by = "dana", role = "data-owner" }]', 'blocks = ["rejected"]'),
        ("", ALICE, 'statuses.model-owner = "satisfied"'),
        (ALICE, f'{ALICE}\nrevised_by = ["alice"]', 'statuses.model-owner = "unsatisfied"'),
        ("", 'after = "14d"', 'verdict = "expired"'),
        (ALICE, ALICE.replace('er"', 'er", age = "14d"'), 'verdict = "expired"'),
        ("", 'base.permissions = ["net"]', 'statuses.held = "satisfied"'),
        ("", 'change.effect = "policy"', 'missing = ["approval of 2 root"]'),
        ('change.effect = "policy"', f'change.effect = "policy"\n{ROOTS}', 'verdict = "ready"'),
    ],
)
def test_all_that_a_case_can_say_reaches_the_policy(
    cases: Path, without: str, said: str, expected: str
) -> None:
    """What is expected comes of what is said: without it, the same case fails."""
    cases.with_name("policy.toml").write_text(POLICY + DUTY + NUMBERS)
    head = CASES[: CASES.index("[[case]]")]

    def exits(words: str) -> int:
        case = f'[[case]]\nid = "said"\nchange.stack.model = "m2"\nexpect.{expected}\n{words}\n'
        cases.write_text(head + case)
        return run_assent("policy", "test", cases.name).exit

    assert exits(said) == 0
    assert exits(without) == 3
