"""Decision diagrams against truth tables: the same question is the same number."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Uncheckable
from ledger.policy.analysis.diagrams import NO, VARIABLES, YES, Diagrams

COUNT: Final = 5
CASES: Final = [
    frozenset(case) for size in range(COUNT + 1) for case in combinations(range(COUNT), size)
]

Question = Callable[[Diagrams], int]
Table = frozenset[frozenset[int]]
"""The cases in which a question holds, written out."""


def variables() -> st.SearchStrategy[tuple[Question, Table]]:
    def one(number: int) -> tuple[Question, Table]:
        return lambda d: d.variable(number), frozenset(c for c in CASES if number in c)

    constants = st.sampled_from([(NO, frozenset[frozenset[int]]()), (YES, frozenset(CASES))])
    fixed = constants.map(lambda known: (lambda _: known[0], known[1]))
    return st.integers(0, COUNT - 1).map(one) | fixed


def joined(
    parts: tuple[tuple[Question, Table], tuple[Question, Table], tuple[Question, Table]], how: str
) -> tuple[Question, Table]:
    (p, at_p), (q, at_q), (r, at_r) = parts
    if how == "all":
        return lambda d: d.all_of([p(d), q(d), r(d)]), at_p & at_q & at_r
    if how == "any":
        return lambda d: d.any_of([p(d), q(d), r(d)]), at_p | at_q | at_r
    if how == "same":
        return lambda d: d.same(p(d), q(d)), frozenset(CASES) - (at_p ^ at_q)
    if how == "not":
        return lambda d: d.negate(p(d)), frozenset(CASES) - at_p
    return lambda d: d.choose(p(d), q(d), r(d)), (at_p & at_q) | (at_r - at_p)


QUESTIONS: Final = st.recursive(
    variables(),
    lambda inner: st.builds(
        joined,
        st.tuples(inner, inner, inner),
        st.sampled_from(["all", "any", "same", "not", "choose"]),
    ),
    max_leaves=12,
)


@given(QUESTIONS)
def test_a_diagram_answers_every_case_as_the_truth_table_does(
    asked: tuple[Question, Table],
) -> None:
    question, table = asked
    diagrams = Diagrams()

    node = question(diagrams)

    assert {case for case in CASES if diagrams.holds(node, case)} == table


@given(QUESTIONS, QUESTIONS)
def test_two_questions_are_one_number_exactly_where_they_have_the_same_answers(
    one: tuple[Question, Table], other: tuple[Question, Table]
) -> None:
    diagrams = Diagrams()

    assert (one[0](diagrams) == other[0](diagrams)) == (one[1] == other[1])


@given(QUESTIONS)
def test_the_smallest_case_has_the_fewest_true_variables_and_the_earliest(
    asked: tuple[Question, Table],
) -> None:
    question, table = asked
    diagrams = Diagrams()

    found = diagrams.smallest(question(diagrams))

    expected = min(table, key=lambda case: (len(case), sorted(case)), default=None)
    assert found == expected


@given(QUESTIONS)
def test_what_is_asked_is_what_the_answer_depends_on(asked: tuple[Question, Table]) -> None:
    question, table = asked
    diagrams = Diagrams()

    found = diagrams.asked(question(diagrams))

    assert found == {
        n for n, case in product(range(COUNT), CASES) if (case ^ {n} in table) != (case in table)
    }


def test_more_steps_than_allowed_are_refused_and_not_sampled() -> None:
    diagrams = Diagrams(steps=50)
    pairs = [(diagrams.variable(i), diagrams.variable(i + 20)) for i in range(20)]

    with pytest.raises(Uncheckable, match=r"too many cases .* more than 50 steps") as refused:
        diagrams.any_of(diagrams.all_of(pair) for pair in pairs)

    assert refused.value.code == "too-many-cases"


def test_more_variables_than_a_recursion_is_deep_are_refused() -> None:
    diagrams = Diagrams()
    diagrams.all_of(diagrams.variable(number) for number in range(VARIABLES))

    with pytest.raises(Uncheckable, match=f"more than {VARIABLES} yes-or-no questions"):
        diagrams.variable(VARIABLES)


def test_the_deepest_diagram_is_read_without_running_out_of_stack() -> None:
    diagrams = Diagrams()
    every = diagrams.all_of(diagrams.variable(number) for number in reversed(range(VARIABLES)))
    none = diagrams.negate(diagrams.any_of(diagrams.variable(n) for n in range(VARIABLES)))

    assert diagrams.smallest(every) == frozenset(range(VARIABLES))
    assert diagrams.smallest(diagrams.choose(every, NO, none)) == frozenset()
    assert diagrams.choose(every, none, NO) == NO
