"""Where something lies on a PostgreSQL server: the URL of the server, and a schema there.

A URL as libpq takes it, with one parameter of ours, which libpq never sees::

    postgresql://ada@db.example/analysis?schema=fraud

Whatever else it says is handed to libpq, so that ``postgresql:///?service=analysis`` works;
passwords belong into a password file or a service, as others see what a command was given.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from ledger.errors import BadInput

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_NAME: Final = re.compile(r"(?!pg_|public\Z|information_schema\Z)[a-z_][a-z0-9_]{0,49}\Z")
_WANTED: Final = (("application_name", "assent"), ("connect_timeout", "10"))
_TELLING: Final = ("host", "port", "service")
"""What libpq takes as parameters of a URL and says which server is meant; nothing secret."""
_SECRET: Final = ("password", "passwd")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A server's *url* as libpq takes it, and our *schema*, which is apart."""

    url: str
    schema: str

    @property
    def name(self) -> str:
        """What people may be told of it: no password and no user, wherever they stood."""
        parts = urlsplit(self.url)
        said = [("schema", self.schema), *self._telling()]
        listed = "&".join(f"{name}={value}" for name, value in said)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path or '/'}?{listed}"

    @property
    def has_password(self) -> bool:
        """Whether a password stands in it, for everybody on this machine to see."""
        return bool(self._secrets())

    def beside(self, schema: str) -> "Address":
        """The same database with another *schema*."""
        return Address(self.url, schema)

    def full(self) -> str:
        """The URL that :func:`read_address` makes this of again, with all that is in it."""
        return f"{self.url}&schema={self.schema}"

    def without_password(self) -> str:
        """The URL that may be written down: all that is in it, but no password."""
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _SECRET]
        kept = [pair for pair in query if pair not in _WANTED]
        kept.append(("schema", self.schema))
        netloc = f"{user.partition(':')[0]}{at}{place}"
        return f"postgresql://{netloc}{parts.path or '/'}?{urlencode(kept, safe='/:,')}"

    def without_secrets(self, said: str) -> str:
        """*said* with no password in it, should the driver have repeated one."""
        for secret in self._secrets():
            said = said.replace(secret, "***")
        return said

    def _telling(self) -> list[tuple[str, str]]:
        """The parameters that say which server it is; one may stand there several times."""
        query = parse_qsl(urlsplit(self.url).query)
        return [
            (name, quote(one, "/:,")) for told in _TELLING for name, one in query if name == told
        ]

    def _secrets(self) -> list[str]:
        parts = urlsplit(self.url)
        found = [one for name, one in parse_qsl(parts.query) if name in _SECRET]
        return [one for one in (unquote(parts.password or ""), *found) if one]


def is_server(address: str) -> bool:
    """Whether *address* is the URL of a server."""
    scheme, separator, _ = address.partition("://")
    return bool(separator) and scheme in _SCHEMES


def read_address(address: str, schema: str, code: str) -> Address:
    """The server that the URL *address* names, and *schema* where it names none.

    Raises :class:`BadInput` with the *code* that suits what is sought there.
    """
    parts = _split(address, code)
    query = parse_qsl(parts.query, keep_blank_values=True)
    named = [value for name, value in query if name == "schema"] or [schema]
    if len(named) != 1 or _NAME.match(named[0]) is None:
        raise BadInput(
            code,
            "it has a schema to itself, named in small letters, digits and _",
            hint="?schema=NAME, or leave it out",
        )
    kept = [pair for pair in query if pair[0] != "schema"]
    kept += [pair for pair in _WANTED if pair[0] not in dict(kept)]
    told = urlencode(kept, safe="/:,", quote_via=quote)
    return Address(f"postgresql://{parts.netloc}{parts.path or '/'}?{told}", named[0])


def _split(address: str, code: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = None if "," in parts.netloc else parts.port
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in _SCHEMES or parts.fragment:
        # What was given is not repeated: there may be a password in it.
        raise BadInput(
            code,
            "the URL of the server cannot be read",
            hint="postgresql://NAME@HOST:PORT/DATABASE?schema=NAME",
        ) from None
    return parts
