"""Views of a long history, built once for all tests of a process that only read them."""

from functools import cache

from projections.runner import Views
from tests.organisation import Organisation
from tests.projections.histories import SEEDS, SIZES, fill, lived

SEED = SEEDS[2]
"""Everything happens in it, and a stop of an alias is lifted."""


@cache
def viewed() -> Views:
    """The views of ``lived(SEED)``: to be read only."""
    return views_of(lived(SEED))


def views_of(org: Organisation) -> Views:
    """Views in memory of all that *org* did."""
    views = Views()
    fill(views, org, SIZES[-1])
    return views
