"""What the reader of people's TOML files refuses, and that it says where."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field

from ledger.errors import BadInput
from ledger.model.frozen import Frozen
from ledger.model.lines import line_of, lines_of
from ledger.model.names import Alias, Identifier, Line
from ledger.model.problems import Path, closest
from ledger.model.toml import LIMIT, load_toml, validate
from ledger.policy.starting import SMALL, STANDARD


class Member(Frozen):
    kind: Identifier
    roles: tuple[Identifier, ...] = Field(default=(), max_length=2)


class Roster(Frozen):
    ledger: Identifier
    note: Line = ""
    alias: Alias | None = None
    best: Member | None = None
    signer: dict[Identifier, Member]


def read(text: str) -> Roster:
    data = load_toml(text, file="roster.toml")
    return validate(Roster, data, text=text, file="roster.toml")


def test_a_good_file_becomes_its_model_with_tuples_for_lists() -> None:
    roster = read('ledger = "acme"\n[signer.ada]\nkind = "person"\nroles = ["owner"]\n')

    assert roster.signer["ada"].roles == ("owner",)


@pytest.mark.parametrize(
    ("text", "line", "code", "message"),
    [
        ('ledger = "a"\n[signer.ada]\nknd = "x"', 3, "unknown-key", "'knd' in signer.ada"),
        ('ledger = "a"\n[signer.ada]\n', 2, "missing-key", "signer.ada lacks the key 'kind'"),
        ('ledger = "a"\n[signer.Ada]\nkind = "x"', 2, "wrong-value", "signer.Ada: 'Ada'"),
        ('ledger = "a"\n[signer]\nada = 1', 3, "wrong-type", "a table, found a whole number"),
        ('ledger = "a"\n[best]\nknd = "x"\n[signer]', 3, "unknown-key", "'knd' in best"),
        ('alias = "a"\nledger = "a"\n[signer]', 1, "wrong-value", "alias: 'a'"),
        ('note = """a\nb"""\nledger = "a"\n[signer]', 1, "forbidden-character", "note"),
        ('ledger = "a"\nledger = "b"', 2, "duplicate-key", "stands twice"),
        ('ledger = "a"\n[signer.a]\n[signer.a]', 3, "duplicate-key", "opened twice"),
        ("ledger = ", 1, "not-toml", "this is not TOML"),
        ('ledger = "a\n', 1, "not-toml", "this is not TOML"),
        ("x = 0.5", 1, "not-a-decimal", "x = 0.5"),
        ("x = [\n 1,\n 1e5,\n]", 3, "not-a-decimal", "x = 100000.0"),
        ("x = nan", 1, "not-a-decimal", "x = nan"),
        ("\nx = 12:30:00", 2, "wrong-type", "dates"),
        ('"a\\u202eb" = 1', 1, "forbidden-character", r"U\+202E"),
        ("# \u2066", 1, "forbidden-character", r"U\+2066"),
        ("a." * 40 + "b = 1", 1, "not-toml", "more than 32 parts"),
        ("a" + ".a" * 100_000 + " = 1", 1, "not-toml", "more than 32 parts"),
        ("\nx = " + "[" * 20 + "]" * 20, 2, "not-toml", "nested more than 16 deep"),
        ("x = " + "[" * 50_000, 1, "not-toml", "nested"),
        ("#" * (LIMIT + 1), 1, "too-large", "262145 bytes"),
        ("x = " + "9" * 5000, 1, "not-toml", "this is not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_line(
    text: str, line: int, code: str, message: str
) -> None:
    with pytest.raises(BadInput, match=rf"^roster\.toml:{line}: .*{message}") as refused:
        read(text)

    assert (refused.value.code, refused.value.line) == (code, line)


def test_a_suggestion_stands_where_there_is_a_near_name() -> None:
    with pytest.raises(BadInput, match="expected one of: kind, roles") as refused:
        read('ledger = "a"\n[signer.ada]\nkind = "x"\nrols = []')

    assert refused.value.hint == "did you mean roles?"
    assert closest("HIHG", ["low", "high"]) == "high"
    assert closest("colour", ["low", "high"]) is None


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))


@pytest.mark.parametrize("text", [STANDARD, SMALL], ids=["standard", "small"])
def test_every_key_of_a_policy_is_found_on_a_line_that_names_it(text: str) -> None:
    data = tomllib.loads(text)
    wanted = [path for path in paths_of(data) if isinstance(path[-1], str)]
    lines = text.split("\n")

    found = lines_of(text, wanted)

    assert len(wanted) > 40
    for path in wanted:
        assert str(path[-1]) in lines[found[path] - 1], path


def test_what_is_not_there_has_the_line_of_what_encloses_it() -> None:
    text = '\n[a.b]\nc = [\n  "x",\n  "y",\n]\n[[d]]\ne = 1\n[[d]]\ne = 2\n'

    assert line_of(text, ("a", "b")) == 2
    assert line_of(text, ("a", "b", "missing")) == 2
    assert line_of(text, ("a", "b", "c", 1)) == 5
    assert line_of(text, ("a", "b", "c", 9)) == 3
    assert line_of(text, ("d", 1, "e")) == 10
    assert line_of(text, ("d", 1, "missing")) == 9
    assert lines_of(text, [("a", "b", "c"), ("a", "b", "c", 0), ("d",)]) == {
        ("a", "b", "c"): 3,
        ("a", "b", "c", 0): 4,
        ("d",): 7,
    }
    assert line_of(text, ("nothing", "here")) is None
    assert line_of("not toml", ("a",)) is None


def test_a_text_that_holds_the_finders_own_marks_does_not_mislead_it() -> None:
    assert line_of('a = "<here0>"\nb = 2\n', ("b",)) == 2


APART = """\
name = "apart"
[[requirement]]
id = "first"
[requirement.metrics]
auc = 1
[[stage]]
id = "shadow"
[[requirement]]
id = "second"
[requirement.metrics]
recall = 2
[[stage]]
id = "general"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 1),
        (("requirement", 0, "id"), 3),
        (("requirement", 0, "metrics", "auc"), 5),
        (("stage", 0, "id"), 7),
        (("requirement", 1), 8),
        (("requirement", 1, "id"), 9),
        (("requirement", 1, "metrics", "recall"), 11),
        (("stage", 1, "id"), 13),
    ],
)
def test_blocks_of_one_array_that_stand_apart_keep_their_lines(
    path: tuple[str | int, ...], line: int
) -> None:
    assert line_of(APART, path) == line


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, str(2**63), str(-(2**63) - 1)])
def test_a_whole_number_of_more_than_64_bits_is_not_toml(number: str) -> None:
    with pytest.raises(BadInput, match="more than 64 bits") as error:
        load_toml(f"a = 1\nb = [{number}]\n", file="x.toml")

    assert (error.value.code, error.value.line) == ("not-toml", 2)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_a_whole_number_of_64_bits_is(number: int) -> None:
    assert load_toml(f"a = {number}\n", file="x.toml") == {"a": number}
