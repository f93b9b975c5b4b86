"""Where something lies on a PostgreSQL server: the URL of the server, and a schema there.

A URL as libpq takes it, with one parameter of ours, which libpq never sees::

    postgresql://ada@db.example/governance?schema=fraud

Whatever else it says is handed to libpq, so that ``postgresql:///?service=governance`` works;
passwords belong into a password file or a service, as others see what a command was given.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ledger.errors import BadInput

LOG_SCHEMA: Final = "assent_log"
"""The schema a log lies in where none is named."""

HINT: Final = "postgresql://NAME@HOST:PORT/DATABASE?schema=NAME"

LIMIT: Final = 8_192
"""The most characters of a URL that is read."""

_SCHEMES: Final = ("postgresql", "postgres", "postgresql+psycopg")
_NAME: Final = re.compile(r"(?!pg_|public\Z|information_schema\Z)[a-z_][a-z0-9_]{0,49}\Z")
_WANTED: Final = (
    ("application_name", "assent"),
    ("connect_timeout", "10"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "60000"),
)
"""So that a machine that lost its power is given up after a minute, and not after two hours."""
_NO_CLEAR_PASSWORD: Final = ("require_auth", "!password,!md5")
_TELLING: Final = ("host", "port", "service")
"""What libpq takes as parameters of a URL and says which server is meant; nothing secret."""
_SECRET: Final = ("password", "passwd")
_HARMLESS: Final = (*_TELLING, "user", "target_session_attrs")
"""What the file of a project may say. Others name files to write and ways to ask for passwords."""
_GUARDING: Final = {
    "sslmode": ("require", "verify-ca", "verify-full"),
    "sslrootcert": ("system",),
}
"""What it may ask for, so that nobody is talked out of encryption, or into another authority."""


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A server's *url* as libpq takes it, and our *schema*, which is apart."""

    url: str
    schema: str

    @property
    def name(self) -> str:
        """What people may be told of it: no password and no user, wherever they stood."""
        parts = urlsplit(self.url)
        said = [("schema", self.schema)]
        for told in _TELLING:
            said += [(name, quote(one, "/:,")) for name, one in _pairs(parts) if name == told]
        listed = "&".join(f"{name}={value}" for name, value in said)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}?{listed}"

    @property
    def has_password(self) -> bool:
        """Whether a password stands in it, for everybody on this machine to see."""
        return bool(self._secrets())

    def beside(self, schema: str) -> "Address":
        """The same database with another *schema*."""
        return Address(self.url, schema)

    def full(self) -> str:
        """The URL that this is read from again, with all that is in it."""
        return f"{self.url}&schema={self.schema}"

    def without_password(self) -> str:
        """The URL that may be written down: all that somebody said in it, but no password."""
        parts = urlsplit(self.url)
        user, at, place = parts.netloc.rpartition("@")
        ours = (*_WANTED, _NO_CLEAR_PASSWORD)
        kept = [pair for pair in _pairs(parts) if pair[0] not in _SECRET and pair not in ours]
        netloc = f"{user.partition(':')[0]}{at}{place}"
        return f"postgresql://{netloc}{parts.path}?{_joined([*kept, ('schema', self.schema)])}"

    def without_secrets(self, said: str) -> str:
        """*said* with no password in it, should the driver have repeated one."""
        for secret in self._secrets():
            said = said.replace(secret, "***")
        return said

    def _secrets(self) -> list[str]:
        parts = urlsplit(self.url)
        found = [one for name, one in _pairs(parts) if name in _SECRET]
        return [one for one in (unquote(parts.password or ""), *found) if one]


def is_server(address: str) -> bool:
    """Whether *address* is the URL of a server."""
    scheme, separator, _ = address.partition("://")
    return bool(separator) and scheme in _SCHEMES


def parse_address(address: str, schema: str) -> Address | str:
    """The server that the URL *address* names, with *schema* where it names none.

    What is wrong with it, as a sentence, where it names none; nothing of it is repeated there,
    as a password may be in it.
    """
    parts = _split(address)
    if parts is None:
        return "the URL of the server cannot be read"
    pairs = _pairs(parts)
    named = [value for name, value in pairs if name == "schema"] or [schema]
    if len(named) != 1 or _NAME.match(named[0]) is None:
        return "?schema=NAME takes one schema, named in small letters, digits and _"
    kept = [pair for pair in pairs if pair[0] != "schema"]
    kept += [pair for pair in _WANTED if pair[0] not in dict(kept)]
    return Address(f"postgresql://{parts.netloc}{parts.path or '/'}?{_joined(kept)}", named[0])


def log_address(address: str) -> Address:
    """The log that the URL *address* names. Raises :class:`BadInput` (``bad-ledger-url``).

    A password is sent only in ways that do not give it away, unless the URL says another
    ``require_auth``; a service is the user's own word for where it may go.
    """
    found = parse_address(address, LOG_SCHEMA)
    if isinstance(found, str):
        raise BadInput("bad-ledger-url", found, hint=HINT)
    said = dict(_pairs(urlsplit(found.url)))
    if "require_auth" in said or "service" in said:
        return found
    return Address(f"{found.url}&{_joined([_NO_CLEAR_PASSWORD])}", found.schema)


def configured_address(address: str, file: str) -> Address:
    """The log that *address*, found in the *file* of a project, names.

    Whoever wrote that file may be anybody, so it says no more than where the log is, and may ask
    for encryption. Raises :class:`BadInput` (``bad-ledger-url``).
    """
    found = log_address(address)
    wrong = _wrong_in_a_file(found)
    if wrong is not None:
        raise BadInput(
            "bad-ledger-url",
            f"a configuration {wrong}",
            file=file,
            hint="name such a ledger by --ledger or ASSENT_LEDGER, or by a service of your own",
        )
    return found


def _wrong_in_a_file(found: Address) -> str | None:
    """Why *found* does not stand in the file of a project; ``None`` where it may."""
    parts = urlsplit(found.url)
    given = [pair for pair in _pairs(parts) if pair not in (*_WANTED, _NO_CLEAR_PASSWORD)]
    names = {name for name, _ in given}
    unknown = sorted(names.difference(_HARMLESS, _GUARDING))
    if found.has_password or unknown:
        return f"says nothing of {', '.join(unknown) or 'passwords'}"
    if "service" in names and (names != {"service"} or parts.netloc):
        return "that names a service says nothing else but a database and a schema"
    weak = {name for name, value in given if value not in _GUARDING.get(name, (value,))}
    if weak:
        return f"takes no guard away: {', '.join(sorted(weak))}"
    return None


def _split(address: str) -> SplitResult | None:
    if len(address) > LIMIT:
        return None
    try:
        # libpq takes bytes: what no text can be written as could not be handed to it.
        address.encode()
        parts = urlsplit(address)
        # Several hosts, each with its port, are libpq's to read; else a port is a number.
        _ = None if "," in parts.netloc else parts.port
    except ValueError:
        return None
    fine = is_server(address) and not parts.fragment and "\0" not in unquote(address)
    return parts if fine else None


def _pairs(parts: SplitResult) -> list[tuple[str, str]]:
    """The parameters, decoded as libpq does it, where + is no space."""
    halves = [one.partition("=") for one in parts.query.split("&") if one]
    return [(unquote(name), unquote(value)) for name, _, value in halves]


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, '/:,')}" for name, value in pairs)
