"""Each decision has its page, in one shape, and stands in the list."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("0*.md"))
PARTS = ["Context", "Decision", "Security", "Compatibility", "Consequences"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_every_part_and_none_is_empty(record: Path) -> None:
    title, *parts = re.split(r"^## ", record.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert title.startswith(f"# {record.name[:4]}: ")
    assert [part.split("\n", 1)[0] for part in parts] == PARTS
    assert all(part.split("\n", 1)[1].strip() for part in parts)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_one_page_at_most(record: Path) -> None:
    assert len(record.read_text(encoding="utf-8").splitlines()) <= 60


def test_the_list_has_every_record_in_order_and_no_number_twice() -> None:
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (FOLDER / "index.md").read_text("utf-8"))
    numbers = [record.name[:4] for record in RECORDS]

    assert sorted(listed[1:]) == listed[1:]
    assert set(listed) == {record.name for record in RECORDS}
    assert len(numbers) == len(set(numbers))
