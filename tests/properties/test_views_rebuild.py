"""Views built at once equal views built entry by entry, whatever happened."""

import pytest
from hypothesis import given, settings

from ledger.model.kinds import KINDS
from projections.aliases import alias_history
from projections.proposals import proposals
from projections.rebuilding import compare
from projections.runner import Views
from tests.projections.histories import (
    SEEDS,
    SIZES,
    Step,
    fill,
    lived,
    organisation_after,
    steps,
)
from tests.projections.watching_steps import ALIASES


@settings(max_examples=settings().max_examples // 5)
@given(things=steps(24))
def test_the_size_of_a_batch_never_shows(things: list[Step]) -> None:
    org = organisation_after(things)
    with Views() as reference:
        fill(reference, org, SIZES[0])
        for size in (SIZES[1], SIZES[-1]):
            with Views() as other:
                fill(other, org, size)
                assert compare(reference, other) == [], f"batches of {size}"


LONG = [
    (SEEDS[0], SIZES[1]),
    pytest.param(SEEDS[1], SIZES[2], marks=pytest.mark.slow),
    pytest.param(SEEDS[2], SIZES[3], marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("seed", "size"), LONG)
def test_a_long_history_is_the_same_in_every_batch_size(seed: int, size: int) -> None:
    org = lived(seed)
    assert len(org.envelopes) > 210, "some batch sizes were never reached"
    with Views() as reference:
        fill(reference, org, 1)
        for several in (size, SIZES[-1]):
            with Views() as other:
                fill(other, org, several)
                assert compare(reference, other) == [], f"batches of {several}"


def test_in_the_long_histories_everything_happens() -> None:
    kinds: set[str] = set()
    released: set[str] = set()
    verdicts: set[str] = set()
    lost: set[str] = set()
    for seed in SEEDS:
        org = lived(seed)
        kinds |= {one.entry.event.kind for one in org.judged if one.admitted and one.entry}
        with Views() as views:
            fill(views, org, 5000)
            with views.reading() as connection:
                released |= {row.alias for row in connection.execute(alias_history.select())}
                rows = connection.execute(proposals.select()).all()
        verdicts |= {row.verdict for row in rows}
        lost |= {row.effect for row in rows if row.unsupported_position is not None}
    assert verdicts >= {"closed", "blocked", "open"}
    assert released == set(ALIASES)
    assert set(KINDS) - kinds <= RARE
    assert lost >= {"release", "policy", "enrolment", "roles"}


RARE = {"rejection.retracted", "evidence.withdrawn", "fact.added"}
"""Kinds that a few histories do without."""
