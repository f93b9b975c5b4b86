"""``docs/reference/errors.md``: one section for every code the source can raise, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
SOURCES = ("ledger", "projections", "cli")
FIRST = {"BadInput", "Refused", "Unproven", "Uncheckable", "Conflict", "Drift"}
FIRST |= {"_RuleError", "_Broken", "Block", "Problem", "PydanticCustomError"}
"""Calls whose first argument is a code."""
SECOND = {"Finding"}
"""Calls whose second argument is a code: the rule, after the position."""
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def test_every_code_has_its_section_and_every_section_its_code() -> None:
    codes, sections = raised(), headings()

    assert sorted(codes - sections) == [], "codes without a section"
    assert sorted(sections - codes) == [], "sections without a code"


def test_sections_stand_in_order_each_once_with_something_in_it() -> None:
    names = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    bodies = re.split(r"^## .+$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]

    assert names == sorted(set(names))
    assert [n for n, body in zip(names, bodies, strict=True) if len(body.split()) < 8] == []


def test_a_code_that_is_chosen_between_two_or_named_elsewhere_is_collected() -> None:
    tree = ast.parse('F = "f"\nRefused("a-b" if x else "c", "text")\nFinding(None, F, "text")')

    assert set(codes_in(tree, dict(constants_in(tree)))) == {"a-b", "c", "f"}


def test_a_code_that_stands_beside_its_sentence_is_collected() -> None:
    tree = ast.parse('"a-b", "it is so"\n"c-d", f"{x} is so"\n"word", "no code"\n"e-f", "word"')

    assert set(codes_in(tree, {})) == {"a-b", "c-d"}


def raised() -> set[str]:
    """Every literal code in the source."""
    files = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    constants = {name: value for tree in trees for name, value in constants_in(tree)}
    return {code for tree in trees for code in codes_in(tree, constants)}


def constants_in(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names in capitals that are given a value: codes may be written by such a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and target.id.isupper():
                    yield target.id, node.value


def codes_in(tree: ast.AST, constants: dict[str, ast.expr]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple):
            yield from _paired(node)
        if isinstance(node, ast.Call):
            place = {**dict.fromkeys(FIRST, 0), **dict.fromkeys(SECOND, 1)}.get(_name(node.func))
            if place is not None and len(node.args) > place:
                yield from _literals(constants, node.args[place])


def _paired(node: ast.Tuple) -> Iterator[str]:
    """A code beside its sentence: the two are raised together elsewhere."""
    match node.elts:
        case [ast.Constant(value=str(code)), said] if "-" in code and CODE.match(code):
            text = said.value if isinstance(said, ast.Constant) else None
            if isinstance(said, ast.JoinedStr) or (isinstance(text, str) and " " in text):
                yield code


def headings() -> set[str]:
    return set(re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _literals(constants: dict[str, ast.expr], node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if CODE.match(text):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _literals(constants, body)
            yield from _literals(constants, other)
        case ast.Name(id=name) if name in constants:
            yield from _literals({}, constants[name])
