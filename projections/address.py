"""Where views lie that are nobody's own: the URL of a server, and the schema there.

Views have a schema to themselves, ``assent`` unless the URL says ``?schema=NAME``::

    postgresql://ada@db.example/analysis?schema=fraud

Whatever else the URL says is handed to libpq, so that ``postgresql:///?service=analysis`` works;
passwords belong into a password file or a service, as others see what a command was given.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import BadInput

SCHEMA: Final = "assent"
"""The schema the views lie in where none is named."""

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_NAME: Final = re.compile(r"(?!pg_|public\Z|information_schema\Z)[a-z_][a-z0-9_]{0,49}\Z")
_PATIENCE: Final = "10"
_TELLING: Final = ("host", "port", "service")
"""What libpq takes as parameters of a URL and says which server is meant; nothing secret."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where views lie: the *url* as the driver takes it, and our *schema*, which is apart."""

    url: URL
    schema: str

    @property
    def name(self) -> str:
        """What people may be told of it: no password, wherever it stood."""
        port = "" if self.url.port is None else f":{self.url.port}"
        place = f"{self.url.host or ''}{port}/{self.url.database or ''}"
        said = [("schema", self.schema), *self._telling()]
        return f"postgresql://{place}?" + "&".join(f"{name}={value}" for name, value in said)

    @property
    def has_password(self) -> bool:
        """Whether a password stands in it, for everybody on this machine to see."""
        return bool(self._secrets())

    def beside(self, schema: str) -> "Address":
        """The same database with another *schema*."""
        return Address(self.url, schema)

    def full(self) -> str:
        """The URL that :func:`read_address` makes this of again, with all that is in it."""
        url = self.url.update_query_dict({"schema": self.schema})
        return url.render_as_string(hide_password=False)

    def without_secrets(self, said: str) -> str:
        """*said* with no password in it, should the driver have repeated one."""
        for secret in self._secrets():
            said = said.replace(secret, "***")
        return said

    def _telling(self) -> list[tuple[str, str]]:
        """The parameters that say which server it is; one may stand there several times."""
        query = self.url.normalized_query
        return [(name, quote(one, "/:,")) for name in _TELLING for one in query.get(name, ())]

    def _secrets(self) -> list[str]:
        found = (self.url.password, self.url.query.get("password"), self.url.query.get("passwd"))
        return [str(one) for one in found if one]


def is_server(address: str) -> bool:
    """Whether *address* is the URL of a server."""
    scheme, separator, _ = address.partition("://")
    return bool(separator) and scheme in _SCHEMES


def read_address(address: str) -> Address:
    """The server that the URL *address* names. Raises :class:`BadInput` (``bad-views-url``)."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # What was given is not repeated: there may be a password in it.
        raise BadInput(
            "bad-views-url",
            "the URL of the server cannot be read",
            hint="postgresql://NAME@HOST:PORT/DATABASE?schema=NAME",
        ) from None
    schema = url.query.get("schema", SCHEMA)
    if not isinstance(schema, str) or _NAME.match(schema) is None:
        raise BadInput(
            "bad-views-url",
            "views have a schema to themselves, named in small letters, digits and _",
            hint="?schema=NAME, or leave it out",
        )
    known = url.difference_update_query(["schema"])
    wanted = {"application_name": "assent", "connect_timeout": _PATIENCE}
    missing = {name: value for name, value in wanted.items() if name not in known.query}
    return Address(known.update_query_dict(missing).set(drivername="postgresql+psycopg"), schema)
