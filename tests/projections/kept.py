"""Views of a simulated ledger, the same whatever the size of the batches they were kept in."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from projections.rebuilding import compare
from projections.runner import Views
from tests.organisation import Organisation
from tests.projections.histories import SIZES, fill

_slowly: weakref.WeakKeyDictionary[Organisation, Views] = weakref.WeakKeyDictionary()
"""Views that go on with the log of an organisation, entry by entry, whenever it is asked about."""


@contextmanager
def asked(org: Organisation) -> Iterator[Connection]:
    """A connection to views of all that *org* did; built at once they equal those built slowly."""
    if org not in _slowly:
        _slowly[org] = Views()
        weakref.finalize(org, _slowly[org].close)
    with Views() as views:
        fill(views, org, SIZES[-1])
        fill(_slowly[org], org, 1)
        assert compare(views, _slowly[org]) == []
        with views.reading() as connection:
            yield connection
