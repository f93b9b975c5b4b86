"""Conditions as diagrams against the evaluator, over random conditions and cases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.errors import Uncheckable
from ledger.model.names import TIERS
from ledger.policy.analysis.diagrams import NO
from ledger.policy.analysis.sides import Side
from ledger.policy.analysis.symbols import TOUCHABLE, Symbols
from ledger.policy.conditions import Kind, Value, check, evaluate, parse
from ledger.policy.document import Declared, Operation, Policy, Requirement, Shift
from ledger.policy.facts import SHIFTS

NAMES: Final[Mapping[str, Kind]] = {
    "online": "bool",
    "modifies_code": "bool",
    "expands_permissions": "bool",
    "shift": "word",
    "alias": "word",
    "model": "word",
    "environment": "word",
    "touches": "words",
    "mutations": "words",
    "permissions": "words",
    "channels": "words",
    "tier": "tier",
}
WORDS: Final = ("model", "code", "none", "fraud/live", "fraud", "live", "é", "", "unheard-of")
EXAMPLES: Final = 2 * settings().max_examples


def quoted(words: tuple[str, ...] = WORDS[:-1]) -> st.SearchStrategy[str]:
    return st.sampled_from(words).map("'{}'".format)


def names(kind: Kind, bound: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    own = [name for name, known in NAMES.items() if known == kind]
    return st.sampled_from([*own, *(bound if kind == "word" else ())])


def lists(bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    literal = st.lists(quoted(), max_size=3).map(lambda items: f"[{', '.join(items)}]")
    return names("words", bound) | literal


def terms(bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    equal = st.sampled_from(["==", "!="])
    words = quoted() | names("word", bound)
    levels = st.sampled_from(["tier", *(tier.upper() for tier in TIERS)])
    order = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        st.sampled_from(["true", "false"]),
        names("bool"),
        st.builds("{} {} {}".format, words, equal, words),
        st.builds("{} {} {}".format, levels, order, levels),
        st.builds("{} in {}".format, words, lists(bound)),
    )


def conditions(depth: int, bound: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Conditions *depth* deep; inside a macro, which has *bound* a variable, no other one."""
    if depth == 0:
        return terms(bound)
    part = conditions(depth - 1, bound)
    variable = f"x{depth}"
    quantified = (
        st.builds("{}.{}({}, {})".format, lists(bound), macro, st.just(variable), body)
        for macro in ([] if bound else [st.sampled_from(["exists", "all"])])
        for body in [conditions(depth - 1, (variable,))]
    )
    return st.one_of(
        terms(bound),
        st.builds("!({})".format, part),
        st.builds("({}) == ({})".format, part, part),
        st.builds("({}) && ({})".format, part, part),
        st.builds("({}) || ({})".format, part, part),
        *quantified,
    )


def policy(*whens: str, shift: bool = True) -> Policy:
    """A policy of which the conditions of the requirements are *whens*."""
    return Policy(
        name="small",
        number=1,
        roles=(),
        declared=(Declared(name="online"),),
        shift=Shift(metrics=("auc",), small="0.01", moderate="0.05") if shift else None,
        requirements=tuple(Requirement(id=f"r{i}", when=when) for i, when in enumerate(whens)),
        operation=Operation(by=("anyone",)),
    )


def compiled(*whens: str) -> Side:
    """The conditions as diagrams."""
    return Side(Symbols(policy(*whens)), 0)


@contextmanager
def few_enough_cases() -> Iterator[None]:
    """Leave out conditions with too many cases, which are not what is tested here."""
    try:
        yield
    except Uncheckable:
        assume(False)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Value]:
    """The facts of a release that is no first one, with words that no condition names."""
    model, environment = (
        draw(st.sampled_from(["fraud", "live", "x"])),
        draw(st.sampled_from(["live", "fraud", "é-less", "y"])),
    )
    words = st.lists(
        st.sampled_from(["model", "code", "none", "fraud/live", "é", "q1", "q2", "fraud", "x"]),
        unique=True,
        max_size=4,
    ).map(lambda found: tuple(sorted(found)))
    touches = draw(st.lists(st.sampled_from(TOUCHABLE), unique=True, max_size=3))
    permissions = draw(words)
    return {
        "effect": "release",
        "model": model,
        "environment": environment,
        "alias": f"{model}/{environment}",
        "touches": tuple(sorted(touches)),
        "mutations": draw(words),
        "permissions": permissions,
        "channels": draw(words),
        "online": draw(st.booleans()),
        "modifies_code": bool({"code", "sdk"} & set(touches)),
        "expands_permissions": bool(permissions) and draw(st.booleans()),
        "shift": draw(st.sampled_from(SHIFTS)),
        "tier": "high",
    }


@settings(max_examples=EXAMPLES)
@given(st.lists(conditions(2), min_size=1, max_size=3), cases())
def test_whatever_happens_in_a_real_case_can_happen_in_the_diagrams(
    whens: list[str], facts: dict[str, Value]
) -> None:
    """Too few words would leave out cases, and a weakening in them would go unseen."""
    with few_enough_cases():
        for when in whens:
            check(parse(when), NAMES)
        side = compiled(*whens)
        diagrams = side.symbols.diagrams

        answers = [
            side.holds(when) if evaluate(parse(when), facts) else diagrams.negate(side.holds(when))
            for when in whens
        ]

        assert diagrams.all_of([side.symbols.releases, *answers]) != NO, (whens, facts)


@settings(max_examples=EXAMPLES)
@given(st.lists(conditions(2), min_size=1, max_size=2))
def test_the_example_of_a_diagram_is_one_for_the_evaluator(whens: list[str]) -> None:
    with few_enough_cases():
        side = compiled(*whens)
        diagrams = side.symbols.diagrams

        for when in whens:
            for node, expected in (
                (side.holds(when), True),
                (diagrams.negate(side.holds(when)), False),
            ):
                true = diagrams.smallest(diagrams.choose(side.symbols.releases, node, NO))
                if true is not None:
                    facts = side.seen(true)
                    assert evaluate(parse(when), facts) is expected, (when, facts)


@settings(max_examples=EXAMPLES)
@given(conditions(2), st.sets(st.integers(0, 60)))
def test_a_diagram_and_the_evaluator_agree_on_any_case(when: str, chosen: set[int]) -> None:
    with few_enough_cases():
        side = compiled(when)
        symbols, diagrams = side.symbols, side.symbols.diagrams
        wish = diagrams.all_of(
            diagrams.variable(i) for i in chosen if i < len(symbols.variables) and _free(symbols, i)
        )
        true = diagrams.smallest(diagrams.choose(symbols.releases, wish, NO))
        assume(true is not None)
        assert true is not None

        facts = side.seen(true)

        assert evaluate(parse(when), facts) is diagrams.holds(side.holds(when), true)


def _free(symbols: Symbols, number: int) -> bool:
    """Variables of which several can hold at once."""
    return symbols.variables[number].fact in ("touches", "mutations", "channels", "online")
