"""Attacks on the time of whoever judges: nothing that anybody can propose takes long to judge.

Every copy of a ledger judges every entry again. So one entry that takes a minute would stop
all replays, and one that takes a year would end the ledger. Opening a proposal needs no
consent: whoever has a key can put any policy into the log.
"""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from ledger.decide.judgement import Judged
from ledger.errors import AssentError, BadInput
from ledger.model.canonical import encode
from ledger.model.effects import PolicyDocument
from ledger.model.events import ProposalOpened
from ledger.policy.analysis.vacuities import vacuities
from ledger.policy.analysis.weaker import weakenings
from ledger.policy.checking.checks import first_problem
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy
from ledger.policy.values import BLOCKS, PARTS, WORDS
from tests.acts import look
from tests.organisation import POLICY, Organisation, change, new_policy, stack
from tests.policies import STEWARDSHIP, numbered, under

BARE = {"because": "", "evidence": [], "fields": [], "hard": False, "metrics": []} | {
    "notify": [],
    "segments": [],
}
"""A requirement of the canonical JSON that asks for nothing."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail what takes longer, also where it would never end."""

    def late(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def bomb(words: str, depth: int) -> str:
    return "".join(f"{words}.all(x{i}, " for i in range(depth)) + "true" + ")" * depth


def canonical(**blocks: object) -> str:
    """The canonical JSON of the next policy, with other *blocks*."""
    content = {**json.loads(new_policy(numbered(2)).policy.canonical), **blocks}
    return encode(content).decode()


def forged(org: Organisation, **blocks: object) -> Judged:
    """What anybody with a key can put into the log: no consent is needed to open a proposal."""
    document = PolicyDocument(text="x", canonical=canonical(**blocks))
    effect = new_policy(numbered(2)).model_copy(update={"policy": document})
    return org.force(
        "frank", ProposalOpened(proposal=org.new_id(), base=0, policy=1, effect=effect)
    )


def why(judged: Judged) -> str:
    """Why an entry has no effect."""
    assert judged.finding is not None
    return judged.finding.message


def unlike(length: int, count: int) -> list[str]:
    """Names that are alike enough to be held against each other letter by letter."""
    random = Random(2)  # noqa: S311 - nothing secret
    return ["".join(random.choices("abcdefgh", k=length)) for _ in range(count)]


def requirements(count: int, when: str | None = None) -> list[dict[str, Any]]:
    """The requirements there were, and *count* more in turns of the two roles."""
    base = json.loads(new_policy(numbered(2)).policy.canonical)["requirements"]
    condition = {} if when is None else {"when": when}
    roles = ("model-owner", "data-owner")
    more = [
        {**BARE, **condition, "id": f"q{i}", "approvals": [{"count": 1, "role": roles[i % 2]}]}
        for i in range(count)
    ]
    return [*base, *more]


def rules(count: int, when: str) -> list[dict[str, str]]:
    bare = {"role": "data-owner", "must_not": "approve", "because": ""}
    return [{**bare, "id": f"d{i}", "when": when} for i in range(count)]


def test_one_entry_with_nested_lists_in_a_duty_does_not_stop_every_replay() -> None:
    when = bomb("['a', 'b', 'c']", 16)
    rule = {**rules(1, when)[0], "role": "model-owner", "must_not": "operate"}

    with within(5):
        judged = forged(Organisation(), duties=[rule], operation={"by": ["model-owner"]})

    assert "stands inside another macro" in why(judged)


def test_one_entry_with_many_requirements_and_long_duties_does_not_stop_every_replay() -> None:
    long = "requirement == 'zz'" + " || requirement == 'z'" * 82
    asked = requirements(150)
    duties = rules(6, long)

    with within(5):
        too_many = forged(Organisation(), duties=duties, requirements=asked)
        at_most = forged(Organisation(), duties=duties, requirements=asked[:BLOCKS])

    assert "at most 100" in why(too_many)
    assert at_most.admitted


@pytest.mark.parametrize(
    "when",
    [
        "requirement == 'z'" + " || requirement == 'z'" * 80,
        "!(" + "''=='a'||" * 210 + "requirement=='q1')",
        "[" + ",".join(["'a'"] * 25) + "].exists(x, x == requirement || x == effect)",
    ],
)
def test_as_much_of_everything_as_is_admitted_is_judged_soon(when: str) -> None:
    asked, duties = requirements(95), rules(100, when)
    while len(canonical(duties=duties, requirements=asked)) > 40_000:
        duties.pop()

    with within(8):
        judged = forged(Organisation(), duties=duties, requirements=asked)

    assert judged.admitted or "could never be met" in why(judged)


def test_one_entry_with_many_unknown_roles_is_judged_at_once() -> None:
    names = unlike(64, 370)
    base = json.loads(new_policy(numbered(2)).policy.canonical)
    base["requirements"][0]["approvals"] = [{"count": 1, "role": n} for n in names[150:]]
    more = [{"name": n, "because": ""} for n in names[:150]]

    with within(2):
        judged = forged(
            Organisation(), roles=[*base["roles"], *more], requirements=base["requirements"]
        )

    assert not judged.admitted


def test_a_thousand_mistakes_take_no_longer_to_refuse_than_one() -> None:
    names = unlike(32, 600)
    base = json.loads(new_policy(numbered(2)).policy.canonical)
    roles = [*base["roles"], *({"name": n, "because": ""} for n in names[:90])]
    asked = requirements(10)
    for i, need in enumerate(asked):
        need["approvals"] = [{"count": 1, "role": n} for n in names[90 + 40 * i : 130 + 40 * i]]
    policy = parse_policy(canonical(roles=roles, requirements=asked))

    with within(2):
        found = first_problem(policy, None)

    assert found is not None
    assert found.code == "unknown-role"


def checked(text: str) -> None:
    vacuities(read_policy(text, file="x"))


def compared(text: str) -> None:
    weakenings(read_policy(POLICY, file="x"), read_policy(text, file="x"))


def assessed(text: str) -> None:
    org = Organisation(policy=text)
    look(org, org.open("frank", change(stack(code="1", sdk="1", tools="1", prompts="1"))))


@pytest.mark.parametrize("ask", [checked, compared, assessed])
def test_nested_macros_over_facts_hang_nothing(ask: Callable[[str], None]) -> None:
    block = (
        f'\n[[requirement]]\nid = "r"\nwhen = "{bomb("touches", 12)}"\n'
        "approvals = { model-owner = 1 }\n"
    )
    text = numbered(1, block)

    with within(5), pytest.raises(AssentError, match="stands inside another macro"):
        ask(text)


def chain(length: int) -> str:
    """Facts compared with comparisons of facts, twenty and more deep."""
    text = "f0"
    for i in range(1, length):
        text = f"f{i} != ({text})"
    return text


def pairs(length: int) -> str:
    """A question whose diagram doubles with each of its parts."""
    return " && ".join(f"(f{i} == ('w{length - i}' in permissions))" for i in range(length))


@pytest.mark.parametrize("when", [chain(20), pairs(40)])
def test_no_condition_is_analysed_for_long(when: str) -> None:
    facts = "\n".join(f'f{i} = ""' for i in range(80))
    block = f'\n[declared]\n{facts}\n[[requirement]]\nid = "r"\nwhen = "{when}"\nfields = ["why"]\n'
    text = POLICY.replace("\n[declared]\n", block[: block.index("[[")], 1)
    text += block[block.index("[[") :]
    policy = read_policy(text, file="x")

    with within(6):
        found = vacuities(policy)

    assert {one.code for one in found} <= {"too-many-cases"}


@pytest.mark.parametrize(
    ("block", "count"), [("roles", BLOCKS), ("duties", BLOCKS), ("requirements", BLOCKS)]
)
def test_more_blocks_than_people_read_are_refused(block: str, count: int) -> None:
    bare: dict[str, list[dict[str, Any]]] = {
        "roles": [{"name": f"n{i}", "because": ""} for i in range(count + 1)],
        "duties": rules(count + 1, "online"),
        "requirements": requirements(count),
    }

    with pytest.raises(BadInput, match=f"at most {count}"):
        parse_policy(canonical(**{block: bare[block]}))


def test_more_words_and_parts_than_people_read_are_refused_with_their_line() -> None:
    words = ", ".join(f'"p{i}"' for i in range(WORDS + 1))
    parts = ", ".join(f"p{i} = {{}}" for i in range(PARTS + 1))

    limits = f"[limits]\nprohibited_permissions = [{words}]\n[approvals]"
    need = f'[[requirement]]\nid = "r"\nevidence = {{ {parts} }}\n[approvals]'
    before = POLICY[: POLICY.index("[approvals]")].count("\n")

    with pytest.raises(BadInput, match=f"prohibited_permissions: expected at most {WORDS}") as one:
        read_policy(POLICY.replace("[approvals]", limits), file="x")
    with pytest.raises(BadInput, match=f"evidence: expected at most {PARTS} of them") as other:
        read_policy(POLICY.replace("[approvals]", need), file="x")

    assert (one.value.line, other.value.line) == (before + 2, before + 3)


def test_no_clock_is_too_short_for_anybody_to_change_it() -> None:
    consent = {"approve_within": 1, "distinct_people": True}

    judged = forged(under(STEWARDSHIP), consent=consent)

    assert not judged.admitted
    assert forged(under(STEWARDSHIP), consent={**consent, "approve_within": 60}).admitted


def test_no_service_is_a_steward() -> None:
    with pytest.raises(AssentError, match="the service bot would hold auditor") as refused:
        under(STEWARDSHIP, services={"bot": ("omar", ["auditor"])})
    assert refused.value.code == "service-steward"
    other = under(STEWARDSHIP, services={"bot": ("omar", ["data-owner"])})
    assert other.open("bot")
