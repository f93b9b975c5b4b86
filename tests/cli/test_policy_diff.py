"""``assent policy diff``: files and published numbers, what differs, and where B asks for less."""

from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.organisation import POLICY
from tests.policies import too_much_to_compare
from tests.shell import Result, run_assent

WEAKER = POLICY.replace('when = "personal_data"', 'when = "personal_data && online"')
STRICTER = POLICY.replace("model-owner = 1 }", "model-owner = 2 }")


def diff(desk: Path, a: str, b: str, *options: str) -> Result:
    (desk / "a.toml").write_text(a)
    (desk / "b.toml").write_text(b)
    return run_assent("policy", "diff", "a.toml", "b.toml", *options)


def test_without_exhaustive_only_what_differs_is_told(desk: Path) -> None:
    result = diff(desk, POLICY, WEAKER)

    assert (result.exit, result.err) == (0, "")
    assert result.out == (
        "changed: tier people when\n  A        personal_data\n  B        personal_data && online\n"
    )
    assert diff(desk, POLICY, POLICY).out == "no difference\n"


def test_a_weaker_policy_is_caught_with_the_smallest_example(desk: Path) -> None:
    result = diff(desk, POLICY, WEAKER, "--exhaustive")

    assert (result.exit, result.err) == (3, "")
    assert result.out.endswith(
        "\nB asks for less than A in one way, over all situations\n"
        "\ntier\n"
        "  A        high (people)\n"
        "  B        low (offline)\n"
        "  example  shift none; personal_data\n"
        "  tier     high under A, low under B\n"
    )


def test_a_stricter_policy_is_nowhere_weaker(desk: Path) -> None:
    result = diff(desk, POLICY, STRICTER, "--exhaustive")

    assert (result.exit, result.err) == (0, "")
    assert result.out.endswith("\n\nnowhere weaker, over all situations\n")


def test_whom_nobody_tells_any_more_is_said_and_is_not_weaker(desk: Path) -> None:
    told = POLICY.replace('id = "data"', 'id = "data"\nnotify = ["auditor"]')

    result = diff(desk, told, POLICY, "--exhaustive")

    assert result.exit == 0
    assert "nowhere weaker" in result.out
    assert "B tells less in one way, which asks for nothing" in result.out
    assert "telling auditor" in result.out


def test_what_is_weaker_in_every_case_needs_no_example(desk: Path) -> None:
    result = diff(desk, POLICY, POLICY.replace('use_within = "72h"', ""), "--exhaustive")

    assert result.exit == 3
    assert result.out.endswith(
        "clock use_within\n  A        3d\n  B        any time\n  example  every case\n"
    )


def test_every_line_fits_eighty_columns(desk: Path) -> None:
    long = " || ".join(["personal_data", "online"] * 20)
    text = POLICY.replace('when = "personal_data"', f'when = "{long}"')

    lines = diff(desk, text, POLICY, "--exhaustive").out.splitlines()

    assert max(len(line) for line in lines) <= 80
    assert lines[1].startswith("  A        personal_data || online")
    assert lines[2].startswith("           ")


def test_the_json_has_the_differences_the_weakenings_and_both_views_of_the_example(
    desk: Path,
) -> None:
    body = diff(desk, POLICY, WEAKER, "--exhaustive", "--json").json

    assert (body["schema"], body["a"], body["b"]) == ("policy-diff/1", "a.toml", "b.toml")
    assert body["exhaustive"] is True
    assert body["differences"] == [
        {
            "block": "tier",
            "id": "people",
            "key": "when",
            "change": "changed",
            "a": "personal_data",
            "b": "personal_data && online",
        }
    ]
    (weaker,) = body["weaker"]
    assert (weaker["code"], weaker["a"], weaker["b"]) == ("tier", "high (people)", "low (offline)")
    assert weaker["example"]["said"] == ["shift none", "personal_data"]
    assert weaker["example"]["a"]["personal_data"] is True
    assert (weaker["example"]["a"]["tier"], weaker["example"]["b"]["tier"]) == ("high", "low")
    assert body["told_less"] == []


def test_without_exhaustive_the_json_says_that_nothing_was_analysed(desk: Path) -> None:
    result = diff(desk, POLICY, WEAKER, "--json")

    assert result.exit == 0
    assert (result.json["exhaustive"], result.json["weaker"]) == (False, None)


def test_a_number_is_a_published_policy(ledger: LedgerFolder) -> None:
    (ledger.path / "next.toml").write_text(WEAKER.replace("number = 1", "number = 2", 1))

    plain = ledger.assent("policy", "diff", 1, "next.toml")
    weaker = ledger.assent("policy", "diff", 1, "next.toml", "--exhaustive")

    assert (plain.exit, plain.err) == (0, "")
    assert plain.out.startswith("changed: policy number\n  A        1\n  B        2\n")
    assert weaker.exit == 3


def test_a_number_that_was_never_published_is_said(ledger: LedgerFolder) -> None:
    result = ledger.assent("policy", "diff", 1, 7)

    assert result.exit == 2
    assert result.err.startswith("unknown-policy: there is no policy 7")


def test_a_number_needs_a_ledger(desk: Path) -> None:
    (desk / "a.toml").write_text(POLICY)

    assert run_assent("policy", "diff", 1, "a.toml").exit == 5


def test_a_file_with_problems_is_refused_with_its_line(desk: Path) -> None:
    wrong = POLICY.replace('when = "personal_data"', 'when = "personal"')

    result = diff(desk, POLICY, wrong)

    line = wrong[: wrong.index('when = "personal"')].count("\n") + 1
    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith("condition-unknown-name: ")
    assert f"b.toml:{line}" in result.err


def test_a_file_that_is_not_there_is_said(desk: Path) -> None:
    (desk / "a.toml").write_text(POLICY)

    result = run_assent("policy", "diff", "a.toml", "b.toml")

    assert (result.exit, result.out) == (2, "")
    assert result.err.startswith("no-such-file: b.toml")


def test_a_condition_that_never_holds_is_still_compared(desk: Path) -> None:
    never = POLICY.replace('when = "personal_data"', 'when = "personal_data && !personal_data"')

    result = diff(desk, POLICY, never, "--exhaustive")

    assert result.exit == 3
    assert "high (people)" in result.out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_too_many_cases_are_uncheckable_and_nothing_is_sampled(
    desk: Path, options: tuple[str, ...]
) -> None:
    large = POLICY + too_much_to_compare()

    result = diff(desk, large, large, "--exhaustive", *options)

    assert result.exit == 5
    assert "too-many-cases" in result.err
    assert "weaker" not in result.out


def test_who_may_no_longer_stop_and_a_lift_by_fewer_are_told_as_weaker(desk: Path) -> None:
    block = '[overrides]\nset = ["auditor", "release-owner"]\nlift = { model-owner = 2 }\n'
    fewer = block.replace('"auditor", ', "").replace("= 2", "= 1")

    result = diff(desk, POLICY + block, POLICY + fewer, "--exhaustive")

    assert (result.exit, result.err) == (3, "")
    assert result.out == (
        "changed: overrides set\n"
        "  A        auditor, release-owner\n"
        "  B        release-owner\n"
        "changed: overrides lift.model-owner\n"
        "  A        2\n"
        "  B        1\n"
        "\nB asks for less than A in 2 ways, over all situations\n"
        "\nstops by auditor\n"
        "  A        allowed\n"
        "  B        not allowed\n  example  every case\n"
        "\nmodel-owner for a lift\n"
        "  A        2\n"
        "  B        1\n"
        "  example  every case\n"
    )
