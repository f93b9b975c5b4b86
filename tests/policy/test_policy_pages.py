"""The two reference pages say what the models and the parser do, and nothing else."""

import re
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from ledger.errors import BadInput
from ledger.policy.checks import FIELDS
from ledger.policy.conditions import Value, check, evaluate, parse
from ledger.policy.document import Operation, Shift
from ledger.policy.facts import FACTS, TIER, vocabulary
from ledger.policy.reading import read_policy
from ledger.policy.starting import STANDARD
from ledger.policy.written import (
    UNSUPPORTED,
    UNSUPPORTED_IN_REQUIREMENTS,
    WrittenConsent,
    WrittenEvidence,
    WrittenMetric,
    WrittenPolicy,
    WrittenRequirement,
    WrittenSegments,
    WrittenTier,
)

PAGES: Final = Path(__file__).parents[2] / "docs" / "reference"
POLICY_PAGE: Final = (PAGES / "policy.md").read_text(encoding="utf-8")
CONDITIONS_PAGE: Final = (PAGES / "conditions.md").read_text(encoding="utf-8")

TYPES: Final = {"bool": "yes or no", "word": "word", "words": "list of words", "tier": "tier"}

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "The document": WrittenPolicy,
    "`[shift]`": Shift,
    "`[[tier]]`": WrittenTier,
    "`[[requirement]]`": WrittenRequirement,
    "`[requirement.evidence]`": WrittenEvidence,
    "`[requirement.metrics]`": WrittenMetric,
    "`[requirement.segments]`": WrittenSegments,
    "`[approvals]`": WrittenConsent,
    "`[operation]`": Operation,
}


def section(page: str, heading: str) -> str:
    return page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    lines = [line for line in section(page, heading).split("\n") if line.startswith("|")]
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


def test_the_page_names_what_is_refused() -> None:
    named = set(re.findall(r"`(\w+)`", section(POLICY_PAGE, "Not enforced by this version")))

    assert named == {*UNSUPPORTED, *UNSUPPORTED_IN_REQUIREMENTS}


def test_the_page_names_every_field_a_requirement_may_ask_for() -> None:
    text = section(POLICY_PAGE, "`[[requirement]]`").split("Fields that may be named:")[1]

    assert set(re.findall(r"`([a-z_.]+)`", text)) == FIELDS


def test_the_page_lists_every_fact_with_type_and_source() -> None:
    expected = [[f"`{one.name}`", TYPES[one.kind], one.source] for one in (*FACTS, TIER)]

    assert rows(CONDITIONS_PAGE, "Facts") == expected


def test_the_grammar_on_the_page_is_the_parsers() -> None:
    from ledger.policy import syntax  # noqa: PLC0415 - only its docstring is read

    page = section(CONDITIONS_PAGE, "Grammar").replace(" ;", "")
    rules = [line.strip() for line in (syntax.__doc__ or "").split("\n") if " = " in line]

    assert len(rules) == 6
    for rule in rules:
        assert rule in page


NAMES: Final = vocabulary(read_policy(STANDARD, file="policy.toml"), tier=True)
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


@pytest.mark.parametrize(("text", "holds"), rows(CONDITIONS_PAGE, "Examples"))
def test_an_example_on_the_page_holds_as_it_says(text: str, holds: str) -> None:
    condition = parse(text.strip("`"))
    check(condition, NAMES)

    assert evaluate(condition, VALUES) is {"yes": True, "no": False}[holds]


@pytest.mark.parametrize(("text", "code", "said"), rows(CONDITIONS_PAGE, "Mistakes"))
def test_a_mistake_on_the_page_is_refused_as_it_says(text: str, code: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)) as refused:
        check(parse(text.strip("`")), NAMES)

    assert refused.value.code == code.strip("`")
