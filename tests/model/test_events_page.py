"""``docs/reference/events.md``: one table for each kind, with exactly the fields of its model."""

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from ledger.decide.enactment import ENACTED
from ledger.model import effects, events, stack
from ledger.model.kinds import KINDS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (REFERENCE / "events.md").read_text(encoding="utf-8")
MODELS: tuple[type[BaseModel], ...] = get_args(get_args(events.Event)[0])
EFFECTS: dict[str, type[BaseModel]] = {
    f"{model.model_fields['effect'].default} effect": model
    for model in get_args(get_args(effects.Effect)[0])
}
PARTS: dict[str, type[BaseModel]] = {
    "roster member": events.RosterMember,
    "policy document": effects.PolicyDocument,
    "metric": events.Metric,
    "binding": events.Binding,
    "counted document": events.CountedDocument,
    "fact declared": effects.FactDeclared,
    **EFFECTS,
    "rollback": effects.Rollback,
    "stack": stack.Stack,
}


def sections() -> dict[str, str]:
    names = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    bodies = re.split(r"^## .+$", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(names, bodies, strict=True))


def rows(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def kind_of(model: type[BaseModel]) -> str:
    return str(model.model_fields["kind"].default)


def test_the_page_has_a_section_for_each_kind_and_each_part_and_no_other() -> None:
    assert list(sections()) == [*map(kind_of, MODELS), *PARTS]
    assert sorted(KINDS) == sorted(map(kind_of, MODELS))


@pytest.mark.parametrize("model", [*MODELS, *PARTS.values()], ids=lambda one: one.__name__)
def test_a_table_has_the_fields_of_its_model_in_order_each_with_type_and_meaning(
    model: type[BaseModel],
) -> None:
    title = next((name for name, part in PARTS.items() if part is model), None)
    found = rows(sections()[title or kind_of(model)])

    assert [row[0].strip("`") for row in found] == list(model.model_fields)
    assert all(len(row) == 3 and row[1] and row[2] for row in found)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_section_states_the_stream_and_the_force_of_its_kind(kind: str) -> None:
    section = sections()[kind]

    assert f"* Stream: `{KINDS[kind].stream}`\n" in section
    assert f"* Force: {KINDS[kind].force}\n" in section
    assert re.search(r"^\* Who may: \S", section, re.MULTILINE)


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_says_what_carries_it_out_and_who_consents(effect: str) -> None:
    by = re.search(r"^\* Carried out by: `([a-z.]+)`", sections()[effect], re.MULTILINE)
    made = ENACTED.get(effect.removesuffix(" effect"), events.ReleaseStarted)

    assert by is not None
    assert by[1] == kind_of(made)
    assert re.search(r"^\* Consent: \S", sections()[effect], re.MULTILINE)
    assert re.search(r"^\* Base: \S", sections()[effect], re.MULTILINE)


@pytest.mark.parametrize("effect", ENACTED)
def test_what_enacts_an_effect_points_to_the_rules_of_that_effect(effect: str) -> None:
    section = sections()[kind_of(ENACTED[effect])]

    assert (
        f"; and with what a{'n' * (effect[0] in 'aeiou')} [{effect} effect](#{effect}-effect) is\n"
        in section
    )


@pytest.mark.parametrize("kind", sorted({*KINDS, *EFFECTS}))
def test_every_rule_a_section_names_is_explained(kind: str) -> None:
    explained = set(
        re.findall(r"^## (.+)$", (REFERENCE / "errors.md").read_text("utf-8"), re.MULTILINE)
    )
    named = re.search(r"^\* May be refused with: (.+)$", sections()[kind], re.MULTILINE)

    assert named is not None
    assert set(re.findall(r"`([^`]+)`", named[1])) <= explained
