"""The page on files of cases: its tables are the models, and its examples run."""

import re
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from cli.cases.file import (
    WrittenAct,
    WrittenApproval,
    WrittenAttached,
    WrittenBase,
    WrittenCase,
    WrittenCases,
    WrittenExpect,
    WrittenRejection,
    WrittenRoot,
    WrittenService,
)
from ledger.policy.starting import STANDARD
from tests.shell import inside, run_assent

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "policy-test.md"
TEXT: Final = PAGE.read_text(encoding="utf-8")

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "The file": WrittenCases,
    "`[services]`": WrittenService,
    "`[root]`": WrittenRoot,
    "`[base]`": WrittenBase,
    "`[[case]]`": WrittenCase,
    "`evidence`": WrittenAttached,
    "`approvals`": WrittenApproval,
    "`rejections`": WrittenRejection,
    "`expect`": WrittenExpect,
    "`[[case.act]]`": WrittenAct,
}


def section(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


@pytest.mark.parametrize(("heading", "model"), SECTIONS.items(), ids=SECTIONS.keys())
def test_the_page_lists_exactly_the_keys_of_each_table(
    heading: str, model: type[BaseModel]
) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section(heading), re.MULTILINE)

    assert sorted(listed) == sorted(model.model_fields)


def test_the_examples_of_the_page_are_one_file_whose_cases_hold(tmp_path: Path) -> None:
    text = "".join(re.findall(r"^```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
    (tmp_path / "policy.toml").write_text(STANDARD, encoding="utf-8")
    (tmp_path / "cases.toml").write_text(text, encoding="utf-8")

    with inside(tmp_path):
        result = run_assent("policy", "test", "cases.toml")

    assert (result.exit, result.err) == (0, ""), result.out
    assert result.out.endswith("4 cases: 4 as expected, 0 failed\n")
