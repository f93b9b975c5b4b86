"""Our conditions against Google's CEL engine, which only tests may ask."""

from collections.abc import Mapping
from typing import Final

import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.model.names import TIERS
from ledger.policy.conditions import Kind, Value, check, evaluate, parse

NAMES: Final[Mapping[str, Kind]] = {
    "online": "bool",
    "new_tool": "bool",
    "shift": "word",
    "alias": "word",
    "touches": "words",
    "mutations": "words",
    "tier": "tier",
}
WORDS: Final = ("", "model", "Model", "none", "é", "fraud/production", "a'b", '"', "🜁")
LEVELS: Final = {tier.upper(): level for level, tier in enumerate(TIERS)}

TYPES: Final = {
    "bool": cel.Type.BOOL,
    "word": cel.Type.STRING,
    "words": cel.Type.List(cel.Type.STRING),
    "tier": cel.Type.INT,
}
ENGINE: Final = cel.NewEnv(
    variables={name: TYPES[kind] for name, kind in NAMES.items()}
    | dict.fromkeys(LEVELS, cel.Type.INT)
)


EXAMPLES: Final = 5 * settings().max_examples
"""Conditions are cheap to try, and there are many."""


def quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else f"'{word}'"


def names(kind: Kind, bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    own = [name for name, known in NAMES.items() if known == kind]
    return st.sampled_from([*own, *(bound if kind == "word" else ())])


def words(bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(WORDS).map(quoted) | names("word", bound)


def lists(bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    literal = st.lists(st.sampled_from(WORDS).map(quoted), max_size=3)
    return literal.map(lambda items: f"[{', '.join(items)}]") | names("words", bound)


def terms(bound: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Yes-or-no parts that need no parentheses of their own inside a larger one."""
    tiers = st.sampled_from(["tier", *LEVELS])
    equal = st.sampled_from(["==", "!="])
    order = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        st.sampled_from(["true", "false"]),
        names("bool", bound),
        st.builds("{} {} {}".format, words(bound), equal, words(bound)),
        st.builds("{} {} {}".format, tiers, order, tiers),
        st.builds("{} in {}".format, words(bound), lists(bound)),
    )


def conditions(depth: int, bound: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    if depth == 0:
        return terms(bound)
    part = conditions(depth - 1, bound)
    variable = f"x{depth}"
    body = conditions(depth - 1, (*bound, variable))
    return st.one_of(
        terms(bound),
        st.builds("!({})".format, part),
        st.builds("({})".format, part),
        st.builds("({}) == ({})".format, part, part),
        st.builds("{} && {}".format, part, part),
        st.builds("{} || {}".format, part, part),
        st.builds(
            ("{}.{}(" + variable + ", {})").format,
            lists(bound),
            st.sampled_from(["exists", "all"]),
            body,
        ),
    )


FACTS: Final = st.fixed_dictionaries(
    {
        "online": st.booleans(),
        "new_tool": st.booleans(),
        "shift": st.sampled_from(WORDS),
        "alias": st.sampled_from(WORDS),
        "touches": st.lists(st.sampled_from(WORDS), max_size=3).map(tuple),
        "mutations": st.lists(st.sampled_from(WORDS), max_size=3).map(tuple),
        "tier": st.sampled_from(TIERS),
    }
)


def engine_says(text: str, facts: Mapping[str, Value]) -> bool:
    """Ask Google's engine; anything but a BOOL is an error that looks like a yes."""
    given_facts = {
        name: LEVELS[str(value).upper()]
        if name == "tier"
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in facts.items()
    }
    answer = ENGINE.compile(text).eval(data=given_facts | LEVELS)
    assert answer.type() == cel.Type.BOOL, f"{text}: {answer.value()}"
    return answer.value() is True


@settings(max_examples=EXAMPLES)
@given(conditions(3), FACTS)
def test_our_answer_is_googles_for_every_condition_and_fact_set(
    text: str, facts: dict[str, Value]
) -> None:
    condition = parse(text)
    check(condition, NAMES)

    assert evaluate(condition, facts) is engine_says(text, facts)


TOKENS: Final = (
    *(*NAMES, *LEVELS, "'model'", '"none"', "true", "false", "x", "in", "exists", "all"),
    *("==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "(", ")", "[", "]", ",", "."),
    *("touches.exists(x,", "mutations.all(x,", "x ==", "tier >=", "online &&", "))"),
)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=9), FACTS)
def test_whatever_we_accept_google_accepts_and_answers_alike(
    tokens: list[str], facts: dict[str, Value]
) -> None:
    text = " ".join(tokens)
    try:
        condition = parse(text)
        check(condition, NAMES)
    except BadInput:
        return

    assert evaluate(condition, facts) is engine_says(text, facts)


def test_the_oracle_itself_tells_yes_from_no_and_from_an_error() -> None:
    facts: dict[str, Value] = dict.fromkeys(("shift", "alias"), "model")
    facts |= {"online": False, "new_tool": True, "touches": (), "mutations": (), "tier": "high"}

    assert engine_says("new_tool && tier == HIGH", facts)
    assert not engine_says("online", facts)
    with pytest.raises(AssertionError, match="1 / 0"):
        engine_says("1 / 0 == 1 || false", facts)


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("tier", TIERS)
def test_every_comparison_of_tiers_is_googles(operator: str, level: str, tier: str) -> None:
    facts: dict[str, Value] = dict.fromkeys(("shift", "alias"), "model")
    facts |= {"online": False, "new_tool": True, "touches": (), "mutations": (), "tier": tier}

    for text in (f"tier {operator} {level}", f"{level} {operator} tier"):
        assert evaluate(parse(text), facts) is engine_says(text, facts)
