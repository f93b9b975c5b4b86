"""``assent policy diff``: what differs between two policies, and where the second asks for less."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import click

from cli.context import make_app
from cli.options import Options, reading
from cli.output import emit, emit_json, safe
from cli.params import read_text_file
from cli.policy_file import file_problems
from ledger.policy.document import Policy
from ledger.policy.reading import read_policy

if TYPE_CHECKING:
    from ledger.policy.analysis.differences import Difference
    from ledger.policy.analysis.situations import Situation
    from ledger.policy.analysis.weaker import Weakening

WEAKER: Final = 3
"""The exit status where B asks for less than A."""

_DIGITS: Final = 15
"""No policy has a number of more digits."""

_COLUMNS: Final = 80
_LABEL: Final = 9

_STILL_COMPARED: Final = frozenset(
    {"never-true", "always-true", "repeat-adds-nothing", "too-many-cases"}
)
"""Problems of what says nothing, or too much to tell: a comparison shows what it says."""


@click.command(name="diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--exhaustive", is_flag=True, help="Also say in which cases B asks for less.")
@reading
def command(a: str, b: str, *, exhaustive: bool, options: Options) -> int:
    """Compare two policies: A and B are files, or numbers of published policies.

    With --exhaustive every case that is possible is looked at, none is sampled: what B
    asks for less, with the smallest example. Stages are held against those of the same
    id, at each tier; who may roll back, and on what, as a whole.

    \b
    Example:      assent policy diff 1 policy.toml --exhaustive
    Exit status:  0 compared, 2 bad input, 3 B is weaker, 4 unproven, 5 uncheckable
    """
    from ledger.policy.analysis.differences import differences  # noqa: PLC0415 - not for other verbs
    from ledger.policy.analysis.weaker import told_less, weakenings  # noqa: PLC0415

    old, new = (_policy(named, options) for named in (a, b))
    found = differences(old, new)
    if not options.as_json:
        _show_differences(found)
    weaker = weakenings(old, new) if exhaustive else None
    told = told_less(old, new) if exhaustive else ()
    if options.as_json:
        emit_json(_body(a, b, found, weaker, told))
    elif weaker is not None:
        _show_weaker(weaker, told)
    return WEAKER if weaker else 0


def _policy(named: str, options: Options) -> Policy:
    """The policy in a file, or the published one of that number.

    Raises :class:`BadInput` with file and line for the first problem of a file, and
    ``unknown-policy`` for a number that was never published.
    """
    if named.isascii() and named.isdigit() and len(named) <= _DIGITS:
        return make_app(options).standing.policy(int(named))
    file = Path(named)
    text = read_text_file(file)
    found = [one for one in file_problems(text, named) if one.code not in _STILL_COMPARED]
    if found:
        raise found[0].as_error()
    return read_policy(text, file=named)


def _show_differences(found: "Sequence[Difference]") -> None:
    if not found:
        emit("no difference")
    for one in found:
        about = " ".join(text for text in (one.block, one.id, one.key) if text)
        emit(safe(f"{one.change}: {about}"))
        for side, text in (("A", one.old), ("B", one.new)):
            if text is not None:
                _show_line(side, text)


def _show_weaker(weaker: "Sequence[Weakening]", told: "Sequence[Weakening]") -> None:
    emit()
    if weaker:
        emit(f"B asks for less than A in {_ways(len(weaker))}, over all situations")
    else:
        emit("nowhere weaker, over all situations")
    _show_each(weaker)
    if told:
        emit()
        emit(f"B tells less in {_ways(len(told))}, which asks for nothing")
        _show_each(told)


def _ways(count: int) -> str:
    return "one way" if count == 1 else f"{count} ways"


def _show_each(found: "Sequence[Weakening]") -> None:
    for one in found:
        emit()
        emit(safe(one.what))
        _show_line("A", one.before)
        _show_line("B", one.after)
        if one.example is None:
            _show_line("example", "every case")
        else:
            _show_line("example", "; ".join(one.example.said) or "a release, no fact yes")
            _show_line("tier", _tiers(one.example))


def _tiers(example: "Situation") -> str:
    a, b = example.tiers
    return a if a == b else f"{a} under A, {b} under B"


def _show_line(label: str, text: str) -> None:
    indent = "  " + " " * _LABEL
    lines = wrap(safe(text), _COLUMNS - len(indent)) or [""]
    emit(f"  {label:{_LABEL}}{lines[0]}".rstrip())
    for line in lines[1:]:
        emit(indent + line)


def _body(
    a: str,
    b: str,
    found: "Sequence[Difference]",
    weaker: "Sequence[Weakening] | None",
    told: "Sequence[Weakening]",
) -> dict[str, object]:
    return {
        "schema": "policy-diff/1",
        "a": a,
        "b": b,
        "differences": [
            {
                "block": one.block,
                "id": one.id,
                "key": one.key,
                "change": one.change,
                "a": one.old,
                "b": one.new,
            }
            for one in found
        ],
        "exhaustive": weaker is not None,
        "weaker": None if weaker is None else [_weakening(one) for one in weaker],
        "told_less": None if weaker is None else [_weakening(one) for one in told],
    }


def _weakening(one: "Weakening") -> dict[str, object]:
    return {
        "code": one.code,
        "what": one.what,
        "a": one.before,
        "b": one.after,
        "example": None if one.example is None else _example(one.example),
    }


def _example(one: "Situation") -> dict[str, object]:
    a, b = one.facts
    return {
        "said": list(one.said),
        "first_release": one.first_release,
        "risk": one.risk,
        "a": dict(a),
        "b": dict(b),
    }
