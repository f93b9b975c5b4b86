"""Where views lie that are nobody's own: a schema to themselves on a server.

``assent`` unless the URL says ``?schema=NAME`` (:mod:`ledger.model.address`)::

    postgresql://ada@db.example/analysis?schema=fraud
"""

from typing import Final

from ledger.errors import BadInput
from ledger.model.address import HINT, Address, parse_address

SCHEMA: Final = "assent"
"""The schema the views lie in where none is named."""


def read_address(address: str) -> Address:
    """The views that the URL *address* names. Raises :class:`BadInput` (``bad-views-url``)."""
    found = parse_address(address, SCHEMA)
    if isinstance(found, str):
        raise BadInput("bad-views-url", found, hint=HINT)
    return found
