"""The normalised policy: one form, frozen, and nothing else is read."""

import json

import pytest
from pydantic import ValidationError

from ledger.errors import BadInput
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy
from ledger.policy.reading import read_policy
from ledger.policy.starting import STANDARD

POLICY = read_policy(STANDARD, file="policy.toml")


def rewritten(**changes: object) -> str:
    data = json.loads(POLICY.canonical()) | changes
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_names_from_outside_are_values_and_never_keys() -> None:
    keys: set[str] = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            keys.update(value)
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(json.loads(POLICY.canonical()))

    assert not keys & {"auc", "recall", "model-owner", "personal_data", "evaluation-report"}
    assert {"roles", "requirements", "tier", "source", "max_age"} <= keys


def test_durations_are_seconds_and_what_is_unset_is_left_out() -> None:
    data = json.loads(POLICY.canonical())

    assert data["consent"]["approve_within"] == 14 * 86_400
    assert "when" not in data["requirements"][0]
    assert "null" not in POLICY.canonical()


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        POLICY.number = 2
    assert hash(POLICY) == hash(parse_policy(POLICY.canonical()))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (rewritten(extra=1), "malformed-policy"),
        (rewritten(number="1"), "malformed-policy"),
        (rewritten(number=0), "malformed-policy"),
        (rewritten(shift=None), "malformed-policy"),
        (rewritten().replace('"distinct_people":true,', ""), "malformed-policy"),
        (rewritten() + " ", "not-canonical"),
        (rewritten().replace('"number":1', '"number":1,"number":2'), "duplicate-key"),
        (json.dumps(json.loads(rewritten())), "not-canonical"),
    ],
)
def test_any_other_form_of_a_policy_is_refused(text: str, code: str) -> None:
    assert text != POLICY.canonical()
    with pytest.raises(BadInput, match=r"policy|canonical|twice|duplicate") as refused:
        parse_policy(text)

    assert refused.value.code == code


def test_a_policy_is_read_once_for_each_text() -> None:
    assert parse_policy(POLICY.canonical()) is parse_policy(rewritten())
    assert isinstance(parse_policy(POLICY.canonical()), Policy)
