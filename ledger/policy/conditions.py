"""Conditions: a small subset of CEL over facts, with neither numbers, time nor functions.

::

    touches.exists(c, c in ['model', 'dataset']) && (online || tier >= HIGH)

The grammar stands in ``docs/reference/conditions.md``. A condition is parsed, checked
once against the kinds of the names it uses, and from then on evaluates without error.
The evaluator is our own, so that history does not depend on the version of an engine;
Google's engine is the oracle in the tests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ledger.errors import BadInput
from ledger.model.names import TIERS
from ledger.model.problems import closest, listed
from ledger.policy.syntax import parse_tree
from ledger.policy.tree import (
    Compare,
    Constant,
    Every,
    Level,
    Member,
    Name,
    Node,
    Not,
    Quantified,
    Some,
    Word,
    Words,
)

Kind = Literal["bool", "word", "words", "tier"]
"""What a name stands for: yes or no, a word, a list of words, or the ordered tier."""

Value = bool | str | tuple[str, ...]

_LEVELS: Final[Mapping[str, int]] = {tier: level for level, tier in enumerate(TIERS)}
_SAID: Final[Mapping[Kind, str]] = {
    "bool": "a yes-or-no fact",
    "word": "a word",
    "words": "a list of words",
    "tier": "a tier",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it was written, and its tree."""

    text: str
    root: Node


def parse(text: str) -> Condition:
    """Parse *text*; its names are not looked at yet.

    Raises :class:`BadInput` (``condition-syntax``, ``condition-too-large``) naming the
    character, counted from 1.
    """
    return Condition(text, parse_tree(text))


def check(condition: Condition, names: Mapping[str, Kind]) -> None:
    """Hold every name and operand of *condition* against the kinds in *names*.

    Raises :class:`BadInput` (``condition-unknown-name``, ``condition-type``) for the first
    that does not fit.
    """
    root = condition.root
    _expect("bool", root, _kind(root, names), "a condition is a yes or a no")


def names_in(condition: Condition) -> frozenset[str]:
    """Return the facts that *condition* asks for, without the variables it binds itself."""
    return frozenset(_free_names(condition.root))


def evaluate(condition: Condition, facts: Mapping[str, Value]) -> bool:
    """Say whether *condition*, which was checked, holds for *facts*.

    Words compare exactly, tiers by their order. Raises :class:`BadInput`
    (``condition-unknown-name``) only where *facts* lack a name that the check allowed.
    """
    return bool(_value(condition.root, facts))


def _value(node: Node, facts: Mapping[str, Value]) -> Value:
    match node:
        case Word(text=text):
            return text
        case Level(tier=tier):
            return tier
        case Words(items=items):
            return tuple(item.text for item in items)
        case Name(name=name):
            if name not in facts:
                raise BadInput("condition-unknown-name", f"nothing is known of {name!r}")
            return facts[name]
        case _:
            return _holds(node, facts)


def _holds(node: Node, facts: Mapping[str, Value]) -> bool:  # noqa: PLR0911 - one for each form
    match node:
        case Constant(value=value):
            return value
        case Not(operand=operand):
            return not _value(operand, facts)
        case Every(parts=parts):
            return all(_value(part, facts) for part in parts)
        case Some(parts=parts):
            return any(_value(part, facts) for part in parts)
        case Member(item=item, of=of):
            return _value(item, facts) in _list(of, facts)
        case Compare(operator=operator, left=left, right=right):
            return _compare(operator, _value(left, facts), _value(right, facts))
        case Quantified(macro=macro, over=over, variable=variable, body=body):
            inner = dict(facts)
            answers = (_of_word(body, inner, variable, word) for word in _list(over, facts))
            return any(answers) if macro == "exists" else all(answers)
        case _:
            return bool(_value(node, facts))


def _of_word(body: Node, facts: dict[str, Value], variable: str, word: str) -> bool:
    """Whether *body* holds of *word*; *facts* are one copy for all words of a long list."""
    facts[variable] = word
    return bool(_value(body, facts))


def _list(node: Node, facts: Mapping[str, Value]) -> tuple[str, ...]:
    value = _value(node, facts)
    return value if isinstance(value, tuple) else ()


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    one, other = (_LEVELS[str(side)] for side in (left, right))
    return {">=": one >= other, ">": one > other, "<=": one <= other, "<": one < other}[operator]


def _free_names(node: Node) -> Iterator[str]:
    match node:
        case Name(name=name):
            yield name
        case Not(operand=operand):
            yield from _free_names(operand)
        case Every(parts=parts) | Some(parts=parts):
            for part in parts:
                yield from _free_names(part)
        case Member(item=one, of=other) | Compare(left=one, right=other):
            yield from _free_names(one)
            yield from _free_names(other)
        case Quantified(over=over, variable=variable, body=body):
            yield from _free_names(over)
            yield from (name for name in _free_names(body) if name != variable)
        case _:
            return


def _kind(node: Node, names: Mapping[str, Kind]) -> Kind:
    match node:
        case Word():
            return "word"
        case Words():
            return "words"
        case Level():
            return "tier"
        case Name():
            return _named(node, names)
        case _:
            _check_parts(node, names)
            return "bool"


def _check_parts(node: Node, names: Mapping[str, Kind]) -> None:
    match node:
        case Not(operand=operand):
            _expect("bool", operand, _kind(operand, names), "! turns a yes into a no")
        case Every(parts=parts) | Some(parts=parts):
            for part in parts:
                _expect("bool", part, _kind(part, names), "&& and || join yes-or-no parts")
        case Member(item=item, of=of):
            _expect("word", item, _kind(item, names), "left of `in` stands a word")
            _expect("words", of, _kind(of, names), "right of `in` stands a list of words")
        case Compare():
            _check_comparison(node, _kind(node.left, names), _kind(node.right, names))
        case Quantified():
            _check_macro(node, names)
        case _:
            return


def _named(node: Name, names: Mapping[str, Kind]) -> Kind:
    if node.name in names:
        return names[node.name]
    meant = closest(node.name, [*names, *(tier.upper() for tier in TIERS)])
    hint = f"did you mean {meant}?" if meant else f"known are: {listed(names)}"
    if node.name == "tier":
        hint = "a tier rule cannot ask for the tier that it decides; ask for facts"
    raise BadInput(
        "condition-unknown-name", f"character {node.at}: unknown name {node.name!r}", hint=hint
    )


def _check_comparison(node: Compare, left: Kind, right: Kind) -> None:
    if node.operator not in {"==", "!="}:
        why = f"{node.operator} orders tiers, such as tier >= HIGH, and nothing else"
        _expect("tier", node.left, left, why)
        _expect("tier", node.right, right, why)
    elif {left, right} == {"tier", "word"}:
        raise BadInput(
            "condition-type",
            f"character {node.right.at}: a tier is not compared with a word",
            hint="write tier == HIGH: LOW, MEDIUM or HIGH, without quotes",
        )
    elif "words" in {left, right}:
        raise BadInput(
            "condition-type",
            f"character {node.left.at}: {node.operator} does not compare lists of words",
            hint="write 'word' in list, list.exists(x, x == 'word') or list.all(x, x in [...])",
        )
    elif left != right:
        raise BadInput(
            "condition-type",
            f"character {node.right.at}: {_SAID[left]} is compared with {_SAID[right]}",
            hint="a yes-or-no fact stands alone, online or !online; words stand in quotes",
        )


def _check_macro(node: Quantified, names: Mapping[str, Kind]) -> None:
    over = _kind(node.over, names)
    _expect("words", node.over, over, f".{node.macro}() asks about a list of words")
    if node.variable in names:
        raise BadInput(
            "condition-type",
            f"character {node.at}: the variable {node.variable!r} hides a fact of that name",
            hint="choose another name for it, such as x",
        )
    inner: dict[str, Kind] = {**names, node.variable: "word"}
    _expect("bool", node.body, _kind(node.body, inner), f".{node.macro}() needs a condition")


def _expect(wanted: Kind, node: Node, found: Kind, why: str) -> None:
    if found != wanted:
        raise BadInput(
            "condition-type",
            f"character {node.at}: expected {_SAID[wanted]}, found {_SAID[found]}",
            hint=why,
        )
