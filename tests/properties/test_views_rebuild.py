"""Views built at once equal views built entry by entry, whatever happened."""

import random

import pytest
from hypothesis import given

from projections.aliases import alias_history
from projections.proposals import proposals
from projections.rebuilding import compare
from projections.runner import Views
from tests.projections.histories import (
    ACTS,
    ALIASES,
    SIZES,
    Step,
    fill,
    organisation_after,
    steps,
)


@given(things=steps(40))
def test_the_size_of_a_batch_never_shows(things: list[Step]) -> None:
    org = organisation_after(things)
    with Views() as reference:
        fill(reference, org, SIZES[0])
        for size in SIZES[1:]:
            with Views() as other:
                fill(other, org, size)
                assert compare(reference, other) == [], f"batches of {size}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_long_history_is_the_same_in_every_batch_size(seed: int) -> None:
    org = organisation_after(long_history(seed, 500))
    assert len(org.envelopes) > 210, "some batch sizes were never reached"
    with Views() as reference:
        fill(reference, org, 1)
        with reference.reading() as connection:
            verdicts = {row.verdict for row in connection.execute(proposals.select())}
            released = {row.alias for row in connection.execute(alias_history.select())}
        assert verdicts >= {"closed", "blocked"}, "the history is too poor to prove anything"
        assert released == set(ALIASES), "nothing was ever released"
        for size in SIZES[1:]:
            with Views() as other:
                fill(other, org, size)
                assert compare(reference, other) == [], f"batches of {size}"


def long_history(seed: int, length: int) -> list[Step]:
    chance = random.Random(seed)  # noqa: S311 - a history, not a key
    return [
        (chance.randrange(len(ACTS)), chance.randrange(41), chance.randrange(41))
        for _ in range(length)
    ]
