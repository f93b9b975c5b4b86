"""Views of a simulated ledger, the same whatever the size of the batches they were kept in."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from projections.rebuilding import compare
from projections.runner import Views
from tests.organisation import Organisation
from tests.projections.histories import SIZES, fill


@contextmanager
def asked(org: Organisation) -> Iterator[Connection]:
    """A connection to views of all that *org* did; built at once they equal those built slowly."""
    with Views() as views, Views() as slowly:
        fill(views, org, SIZES[-1])
        fill(slowly, org, 1)
        assert compare(views, slowly) == []
        with views.reading() as connection:
            yield connection
