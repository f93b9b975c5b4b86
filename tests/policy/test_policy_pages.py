"""The two reference pages say what the models and the parser do, and nothing else."""

import re
from pathlib import Path
from typing import Final, get_args

import pytest
from pydantic import BaseModel

from ledger.errors import BadInput
from ledger.policy.checking.checks import FIELDS
from ledger.policy.checking.naming import OWN_NAMES
from ledger.policy.conditions import Value, check, evaluate, parse
from ledger.policy.document import Combination, Duty, Environments, MustNot, Operation, Shift
from ledger.policy.facts import FACTS, USES, Use, vocabulary
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy
from ledger.policy.starting import STANDARD
from ledger.policy.written import (
    WrittenConsent,
    WrittenEvidence,
    WrittenExceptions,
    WrittenLimits,
    WrittenMetric,
    WrittenOverrides,
    WrittenPolicy,
    WrittenRequirement,
    WrittenRollback,
    WrittenSegments,
    WrittenSegmentTrigger,
    WrittenStage,
    WrittenStewardship,
    WrittenTier,
    WrittenTriggers,
)

PAGES: Final = Path(__file__).parents[2] / "docs" / "reference"
POLICY_PAGE: Final = (PAGES / "policy.md").read_text(encoding="utf-8")
CONDITIONS_PAGE: Final = (PAGES / "conditions.md").read_text(encoding="utf-8")

TYPES: Final = {"bool": "yes or no", "word": "word", "words": "list of words", "tier": "tier"}

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "The document": WrittenPolicy,
    "`[[duty]]`": Duty,
    "`[[combine]]`": Combination,
    "`[shift]`": Shift,
    "`[[tier]]`": WrittenTier,
    "`[[requirement]]`": WrittenRequirement,
    "`[requirement.evidence]`": WrittenEvidence,
    "`[requirement.metrics]`": WrittenMetric,
    "`[requirement.segments]`": WrittenSegments,
    "`[limits]`": WrittenLimits,
    "`[approvals]`": WrittenConsent,
    "`[operation]`": Operation,
    "`[environments]`": Environments,
    "`[stewardship]`": WrittenStewardship,
    "`[exceptions]`": WrittenExceptions,
    "`[overrides]`": WrittenOverrides,
    "`[[stage]]`": WrittenStage,
    "`[rollback]`": WrittenRollback,
    "`[rollback.triggers]`": WrittenTriggers,
    "`[rollback.triggers.segments]`": WrittenSegmentTrigger,
}


def section(page: str, heading: str) -> str:
    return page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def rows(page: str, heading: str, number: int = 0) -> list[list[str]]:
    """The cells of a table under a heading, the first if not said, without its head."""
    tables = re.findall(r"(?:^\|.*\n)+", section(page, heading) + "\n", re.MULTILINE)
    lines = tables[number].strip().split("\n")
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines[2:]
    ]


@pytest.mark.parametrize(("heading", "model"), SECTIONS.items(), ids=SECTIONS.keys())
def test_the_page_lists_exactly_the_keys_of_each_block(
    heading: str, model: type[BaseModel]
) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}

    assert {row[0].strip("`") for row in rows(POLICY_PAGE, heading)} == keys


def test_every_block_has_its_section() -> None:
    headings = set(re.findall(r"^## `\[+([a-z]+)\]+`$", POLICY_PAGE, re.MULTILINE))
    keys = {field.alias or name for name, field in WrittenPolicy.model_fields.items()}

    assert headings == keys - {"name", "number"}


def test_the_examples_of_the_page_are_one_policy_that_uses_every_block() -> None:
    text = "".join(re.findall(r"^```toml\n(.*?)^```$", POLICY_PAGE, re.DOTALL | re.MULTILINE))

    policy = read_policy(text, file="policy.md")

    assert parse_policy(policy.canonical()) == policy
    unset = {name for name, value in policy if not value}
    assert (unset, policy.limits.mutations != ()) == (set(), True)
    assert any(need.metrics and need.segments and need.evidence for need in policy.requirements)
    assert any(stage.metrics and stage.segments and stage.share for stage in policy.stages)
    assert policy.rollback is not None
    assert {name for name, value in policy.rollback.triggers if not value} == set()


def test_the_page_says_what_each_duty_forbids_and_what_its_condition_may_ask_for() -> None:
    everywhere = {fact.name for fact in FACTS if set(fact.uses) >= set(USES[2:])}
    said = {row[0].strip('`"'): row[3] for row in rows(POLICY_PAGE, "`[[duty]]`", 1)}

    assert set(said) == set(get_args(MustNot))
    for use in get_args(MustNot):
        more = {fact.name for fact in FACTS if use in fact.uses} - everywhere
        assert set(re.findall(r"`(\w+)`", said[use])) == more


def test_the_page_names_the_words_that_no_block_may_take() -> None:
    text = POLICY_PAGE.split("no role, duty or requirement may be called")[1]

    assert set(re.findall(r"`([a-z-]+)`", text.split("(")[0])) == set(OWN_NAMES)


def test_the_page_names_every_field_a_requirement_may_ask_for() -> None:
    text = section(POLICY_PAGE, "`[[requirement]]`").split("Fields that may be named:")[1]
    text = text.split("```")[0]

    assert set(re.findall(r"`([a-z_.]+)`", text)) == FIELDS


def places(uses: tuple[Use, ...]) -> str:
    """Where a fact can be asked, as the page says it."""
    if uses in {USES, USES[2:]}:
        return "everywhere" if uses == USES else "duties"
    said = {"tier": "tier rules", "requirement": "requirements"}
    return ", ".join(said.get(use, f"`{use}`") for use in uses)


def test_the_page_lists_every_fact_with_type_place_and_source() -> None:
    expected = [[f"`{one.name}`", TYPES[one.kind], places(one.uses), one.source] for one in FACTS]

    assert rows(CONDITIONS_PAGE, "Facts") == expected


def test_the_grammar_on_the_page_is_the_parsers() -> None:
    from ledger.policy import syntax  # noqa: PLC0415 - only its docstring is read

    page = section(CONDITIONS_PAGE, "Grammar").replace(" ;", "")
    rules = [line.strip() for line in (syntax.__doc__ or "").split("\n") if " = " in line]

    assert len(rules) == 6
    for rule in rules:
        assert rule in page


START: Final = read_policy(STANDARD, file="policy.toml")
NAMES: Final = vocabulary(START, "requirement")
VALUES: Final[dict[str, Value]] = {
    "online": True,
    "touches": ("code", "model"),
    "mutations": (),
    "shift": "small",
    "tier": "medium",
    "environment": "production",
    "modifies_code": True,
    "modifies_data_lineage": False,
    "expands_permissions": False,
}
APPROVING: Final[dict[str, Value]] = {
    **VALUES,
    "effect": "release",
    "requirement": "permissions",
    "waives_domains": (),
}


@pytest.mark.parametrize(("text", "holds"), rows(CONDITIONS_PAGE, "Examples"))
def test_an_example_on_the_page_holds_as_it_says(text: str, holds: str) -> None:
    condition = parse(text.strip("`"))
    check(condition, NAMES)

    assert evaluate(condition, VALUES) is {"yes": True, "no": False}[holds]


@pytest.mark.parametrize(("text", "holds"), rows(CONDITIONS_PAGE, "Examples in duties"))
def test_an_example_in_a_duty_holds_as_it_says(text: str, holds: str) -> None:
    condition = parse(text.strip("`"))
    check(condition, vocabulary(START, "approve"))

    assert evaluate(condition, APPROVING) is {"yes": True, "no": False}[holds]


@pytest.mark.parametrize(("text", "code", "said"), rows(CONDITIONS_PAGE, "Mistakes"))
def test_a_mistake_on_the_page_is_refused_as_it_says(text: str, code: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)) as refused:
        check(parse(text.strip("`")), NAMES)

    assert refused.value.code == code.strip("`")
