"""What a condition may say, what it means, and how clearly it is refused."""

from collections.abc import Mapping
from typing import Final

import pytest

from ledger.errors import BadInput
from ledger.policy.conditions import Kind, Value, check, evaluate, names_in, parse
from ledger.policy.syntax import DEPTH, LENGTH, REPEATED, RESERVED

NAMES: Final[Mapping[str, Kind]] = {
    "online": "bool",
    "personal_data": "bool",
    "shift": "word",
    "touches": "words",
    "mutations": "words",
    "tier": "tier",
}
FACTS: Final[Mapping[str, Value]] = {
    "online": True,
    "personal_data": False,
    "shift": "small",
    "touches": ("code", "model"),
    "mutations": (),
    "tier": "medium",
}


def holds(text: str) -> bool:
    condition = parse(text)
    check(condition, NAMES)
    return evaluate(condition, FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "online",
        "!personal_data",
        "online && !personal_data",
        "personal_data || online",
        "personal_data || online && online",
        "!(online && personal_data)",
        "!!online",
        "shift == 'small'",
        'shift != "large"',
        "shift in ['none', 'small']",
        "'model' in touches",
        "!('dataset' in touches)",
        "touches.exists(c, c == 'model')",
        "touches.all(c, c in ['model', 'code', 'sdk'])",
        "mutations.all(m, false)",
        "!mutations.exists(m, true)",
        "['model', 'sdk'].exists(c, c in touches)",
        "touches.exists(a, a == 'model') && touches.all(a, a in ['model', 'code', 'sdk'])",
        "tier >= MEDIUM && tier > LOW && tier <= MEDIUM && tier < HIGH",
        "tier == MEDIUM && tier != HIGH",
        "(tier > MEDIUM) == personal_data",
        "touches.exists(c, c == 'model')\n\t|| online",
        "!('x' in [])",
    ],
)
def test_a_condition_that_holds(text: str) -> None:
    assert holds(text) is True
    assert holds(f"!({text})") is False


@pytest.mark.parametrize("text", ["shift == 'Small'", "'Model' in touches", "'mod' in touches"])
def test_words_compare_exactly(text: str) -> None:
    assert holds(text) is False


def test_and_binds_closer_than_or() -> None:
    assert holds("online || online && personal_data") is True
    assert holds("(online || online) && personal_data") is False


def test_the_names_of_a_condition_leave_out_its_own_variables() -> None:
    condition = parse("online && touches.exists(c, c == shift) || ['a'].all(d, d in mutations)")

    assert names_in(condition) == {"online", "touches", "shift", "mutations"}


MANY: Final = ", ".join(["'a'"] * 30)

BROKEN: Final = [
    # text, code, message, hint
    ("", "condition-syntax", "character 1: expected a fact.*found the end", None),
    ("online &&", "condition-syntax", "character 10: expected a fact", None),
    ("online online", "condition-syntax", "character 8: expected &&, || or the end", None),
    ("online & personal_data", "condition-syntax", "character 8: unexpected '&'", "write &&"),
    ("online | personal_data", "condition-syntax", "character 8: unexpected '|'", "write ||"),
    ("online and online", "condition-syntax", "character 8", "write &&"),
    ("not online", "condition-syntax", "character 5", None),
    ("shift = 'small'", "condition-syntax", "character 7: unexpected '='", "write =="),
    ("shift == 'small", "condition-syntax", "character 10", "quote they begin with"),
    (r"shift == 'a\n'", "condition-syntax", "character 10", "no backslashes"),
    ("shift == r'a'", "condition-syntax", "character 11: expected", None),
    ("'''a''' == shift", "condition-syntax", "character 3", None),
    ("shift == 3", "condition-syntax", "character 10: unexpected '3'", "numbers have no place"),
    ("online ? online : online", "condition-syntax", "character 8", "no choice"),
    ("online // why", "condition-syntax", "character 8", "no comment"),
    ("size(touches) == shift", "condition-syntax", "character 5", "no functions"),
    ("touches.map(x, x)", "condition-syntax", "character 9: expected exists or all", None),
    ("touches.exists(x)", "condition-syntax", "character 17: expected ','", None),
    ("touches.exists(in, online)", "condition-syntax", "character 16: expected a variable", None),
    ("touches.exists(HIGH, online)", "condition-syntax", "expected a variable", None),
    ("touches.exists(x, online", "condition-syntax", r"character 25: expected '\)'", None),
    ("shift in ['a', online]", "condition-syntax", "character 16: expected a word", None),
    ("shift in ['a',]", "condition-syntax", "character 15: expected a word", None),
    ("online == online == online", "condition-syntax", "character 18", "parentheses"),
    ("null", "condition-syntax", "character 1", "there is no null"),
    ("(" * 60 + "online" + ")" * 60, "condition-too-large", "nested more than 24", "several"),
    ("!" * 60 + "online", "condition-too-large", "nested more than 24", "several rules"),
    (
        "touches.exists(a, online || touches.all(b, a == b))",
        "condition-too-large",
        r"character 37: \.all\(\) stands inside another macro",
        "several rules",
    ),
    (
        f"[{MANY}].all(x, x == 'b' || x == 'c' || x == 'd' || x == 'e' || online)",
        "condition-too-large",
        "character 1: a list of 30 words, and too much is asked",
        "shorter",
    ),
    ("online" + " " * LENGTH, "condition-too-large", "2006 characters", "at most 2000"),
    ("onlin", "condition-unknown-name", "unknown name 'onlin'", "did you mean online?"),
    ("tier >= high", "condition-unknown-name", "character 9: .*'high'", "did you mean HIGH?"),
    ("zzz", "condition-unknown-name", "unknown name 'zzz'", "known are: mutations, online"),
    ("touches.exists(x, y == x)", "condition-unknown-name", "unknown name 'y'", None),
    ("touches.exists(x, online) && x == 'a'", "condition-unknown-name", "name 'x'", None),
    ("shift", "condition-type", "expected a yes-or-no fact, found a word", None),
    ("tier", "condition-type", "found a tier", None),
    ("!shift", "condition-type", "character 2: expected a yes-or-no", "turns a yes"),
    ("online && touches", "condition-type", "character 11: .*found a list", "join"),
    ("online == 'true'", "condition-type", "a yes-or-no fact is compared with a word", "alone"),
    ("tier == 'high'", "condition-type", "character 9: a tier is not compared", "tier == HIGH"),
    ("'high' != tier", "condition-type", "a tier is not compared with a word", "tier == HIGH"),
    ("shift >= 'small'", "condition-type", "character 1: expected a tier", "orders tiers"),
    ("tier >= 'high'", "condition-type", "character 9: expected a tier", "orders tiers"),
    ("touches == ['model']", "condition-type", "does not compare lists", "in list"),
    ("touches in ['model']", "condition-type", "character 1: expected a word", "left of `in`"),
    ("'a' in shift", "condition-type", "character 8: expected a list", "right of `in`"),
    ("tier in ['high']", "condition-type", "expected a word, found a tier", None),
    ("shift.exists(x, online)", "condition-type", "expected a list of words", "asks about"),
    ("touches.exists(x, x)", "condition-type", "character 19: .*found a word", "needs a cond"),
    ("touches.exists(online, online)", "condition-type", "'online' hides a fact", "another"),
]


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"), BROKEN, ids=[b[0][:30] for b in BROKEN]
)
def test_a_broken_condition_says_where_and_how_to_mend_it(
    text: str, code: str, message: str, hint: str | None
) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        holds(text)

    assert refused.value.code == code
    assert hint is None or hint in (refused.value.hint or "")


def test_a_tier_rule_cannot_ask_for_the_tier_it_decides() -> None:
    without_tier = {name: kind for name, kind in NAMES.items() if name != "tier"}

    with pytest.raises(BadInput, match="unknown name 'tier'") as refused:
        check(parse("tier == HIGH"), without_tier)

    assert "the tier that it decides" in (refused.value.hint or "")


def test_nesting_up_to_the_limit_is_read() -> None:
    assert holds("(" * (DEPTH - 1) + "online" + ")" * (DEPTH - 1))


def test_a_list_in_quotes_may_repeat_as_much_as_the_limit_says() -> None:
    words = ", ".join(["'model'"] * (REPEATED // 3 - 1))
    assert holds(f"[{words}].all(x, x in touches)")
    half = ", ".join(["'model'"] * (REPEATED // 6 + 1))
    with pytest.raises(BadInput, match="too much is asked of each"):
        parse(f"[{half}].all(x, x in touches) && [{half}].all(x, x in touches)")


def test_a_long_chain_is_not_a_deep_tree() -> None:
    assert holds(" || ".join(["personal_data"] * 110 + ["online"]))


@pytest.mark.parametrize("word", sorted(RESERVED - {"true", "false"}))
def test_a_word_that_cel_keeps_is_no_fact(word: str) -> None:
    with pytest.raises(BadInput, match="character 1: expected a fact"):
        parse(word)


def test_a_fact_that_was_promised_and_is_not_there_is_an_error_of_ours() -> None:
    condition = parse("online")
    check(condition, NAMES)

    with pytest.raises(BadInput, match="nothing is known of 'online'"):
        evaluate(condition, {})
