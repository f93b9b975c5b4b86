"""Our conditions against Google's CEL engine, which only tests may ask."""

from collections.abc import Mapping
from typing import Final

import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]  # no py.typed
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.model.names import TIERS
from ledger.policy.conditions import Kind, Value, check, evaluate, names_in, parse
from ledger.policy.document import Declared, Operation, Policy
from ledger.policy.facts import FACTS, USES, Use, vocabulary

NAMES: Final[Mapping[str, Kind]] = {
    "online": "bool",
    "new_tool": "bool",
    **{fact.name: fact.kind for fact in FACTS},
}
"""Two declared facts, and all that is computed, wherever a condition may ask for it."""

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
    """Conditions *depth* deep; inside a macro, which has *bound* a variable, no other one."""
    if depth == 0:
        return terms(bound)
    part = conditions(depth - 1, bound)
    variable = f"x{depth}"
    body = part if bound else conditions(depth - 1, (variable,))
    macro = st.builds(
        ("{}.{}(" + variable + ", {})").format,
        lists(bound),
        st.sampled_from(["exists", "all"]),
        body,
    )
    return st.one_of(
        terms(bound),
        st.builds("!({})".format, part),
        st.builds("({})".format, part),
        st.builds("({}) == ({})".format, part, part),
        st.builds("{} && {}".format, part, part),
        st.builds("{} || {}".format, part, part),
        *([] if bound else [macro]),
    )


VALUES: Final[Mapping[Kind, st.SearchStrategy[Value]]] = {
    "bool": st.booleans(),
    "word": st.sampled_from(WORDS),
    "words": st.lists(st.sampled_from(WORDS), max_size=3).map(tuple),
    "tier": st.sampled_from(TIERS),
}


def sets_of(*names: str) -> st.SearchStrategy[dict[str, Value]]:
    """Values for the facts of those *names*."""
    return st.fixed_dictionaries({name: VALUES[NAMES[name]] for name in names})


EMPTY: Final[Mapping[Kind, Value]] = {"bool": False, "word": "model", "words": (), "tier": "low"}
NOTHING: Final[Mapping[str, Value]] = {name: EMPTY[kind] for name, kind in NAMES.items()}
"""A value for every fact: those that a condition does not ask for."""


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


def agree(text: str, data: st.DataObject) -> None:
    """Demand one answer of both, for facts that the condition asks for."""
    condition = parse(text)
    check(condition, NAMES)
    facts = data.draw(sets_of(*sorted(names_in(condition))))
    assert evaluate(condition, facts) is engine_says(text, {**NOTHING, **facts})


@settings(max_examples=EXAMPLES)
@given(conditions(3), st.data())
def test_our_answer_is_googles_for_every_condition_and_fact_set(
    text: str, data: st.DataObject
) -> None:
    agree(text, data)


TOGETHER: Final = (
    "effect == 'model' && waives_domains.exists(d, d in ['model', 'none'])",
    "waives_domains.exists(d, !(d in touches) || requirement == d)",
    "!waives_domains.all(d, d in permissions && d in channels)",
    "evidence_domain in waives_domains || waives_domains.all(d, d == evidence_domain)",
    "channels.all(c, c != environment && !(model in mutations)) || environment in channels",
    "permissions.exists(p, p in ['model', 'none'] || p == requirement) == (tier >= MEDIUM)",
    "touches.exists(x, x in mutations) && !affects_production_traffic",
    "waives_domains.exists(x, x in touches) || touches.all(x, x in waives_domains)",
)
"""As duties and requirements ask: lists against lists, with what the deed itself gives."""


@pytest.mark.parametrize("text", TOGETHER)
@given(data=st.data())
def test_lists_against_lists_are_answered_as_google_answers(text: str, data: st.DataObject) -> None:
    agree(text, data)


@pytest.mark.parametrize("text", ["{}", "!({} || online)", "'model' in touches && ({})"])
def test_what_google_reads_and_we_do_not_is_a_macro_inside_of_a_macro(text: str) -> None:
    nested = "touches.all(c, " + text.format("mutations.exists(m, m == c)") + ")"

    assert engine_says(nested, {**NOTHING, "touches": (), "mutations": ()})
    with pytest.raises(BadInput, match=r"\.exists\(\) stands inside another macro") as refused:
        parse(nested)
    assert refused.value.code == "condition-too-large"


POLICY: Final = Policy(
    name="oracle",
    number=1,
    roles=(),
    declared=(Declared(name="online"), Declared(name="new_tool")),
    requirements=(),
    operation=Operation(by=("nobody",)),
)


@settings(max_examples=EXAMPLES)
@given(conditions(2), st.sampled_from(USES))
def test_a_place_admits_the_conditions_of_its_own_names_and_no_other(text: str, use: Use) -> None:
    condition, known = parse(text), vocabulary(POLICY, use)

    if names_in(condition) <= known.keys():
        check(condition, known)
    else:
        with pytest.raises(BadInput, match="unknown name"):
            check(condition, known)


TOKENS: Final = (
    *(*NAMES, *LEVELS, "'model'", '"none"', "true", "false", "x", "in", "exists", "all"),
    *("==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "(", ")", "[", "]", ",", "."),
    *("touches.exists(x,", "waives_domains.all(x,", "x ==", "tier >=", "online &&", "))"),
)


@settings(max_examples=EXAMPLES)
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=9), st.data())
def test_whatever_we_accept_google_accepts_and_answers_alike(
    tokens: list[str], data: st.DataObject
) -> None:
    text = " ".join(tokens)
    try:
        check(parse(text), NAMES)
    except BadInput:
        return

    agree(text, data)


def test_the_oracle_itself_tells_yes_from_no_and_from_an_error() -> None:
    facts = {**NOTHING, "new_tool": True, "tier": "high"}

    assert engine_says("new_tool && tier == HIGH", facts)
    assert not engine_says("online", facts)
    with pytest.raises(AssertionError, match="1 / 0"):
        engine_says("1 / 0 == 1 || false", facts)


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("tier", TIERS)
def test_every_comparison_of_tiers_is_googles(operator: str, level: str, tier: str) -> None:
    facts = {**NOTHING, "tier": tier}

    for text in (f"tier {operator} {level}", f"{level} {operator} tier"):
        assert evaluate(parse(text), facts) is engine_says(text, facts)
