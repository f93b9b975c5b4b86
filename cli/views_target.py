"""Where views are to go: the user's own, a file that somebody names, or a server."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.output import note
from ledger.errors import BadInput, Uncheckable

if TYPE_CHECKING:
    from projections.runner import Views

to_option = click.option(
    "--to",
    "to",
    metavar="URL",
    help="postgresql://…, sqlite:///FILE or a file, instead of your own views.",
)
"""The option that names other views than one's own."""


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Views that are shared: in the file *path*, or on the server *url*; *name* is for people."""

    name: str
    path: Path | None = None
    url: str | None = None

    def open(self, *, make: bool = True) -> "Views":
        """The views; made where there are none, or ``views-missing`` if that is not wanted."""
        from projections.runner import Views  # noqa: PLC0415 - half of what a short run imports

        return Views(self.path, url=self.url, make=make)

    def rebuild(self, fill: Callable[["Views"], None]) -> None:
        """Build them anew; the old ones are replaced at the end."""
        from projections.rebuilding import rebuild, require_replaceable  # noqa: PLC0415
        from projections.swapping import rebuild_on_server  # noqa: PLC0415

        if self.url is not None:
            rebuild_on_server(self.url, fill)
        elif self.path is not None:
            require_replaceable(self.path)
            rebuild(self.path, fill)


def target_at(address: str) -> Target:
    """The target that *address* names. Raises :class:`BadInput` (``bad-views-url``)."""
    from ledger.model.address import is_server  # noqa: PLC0415 - as above
    from projections.address import read_address  # noqa: PLC0415

    if is_server(address):
        server = read_address(address)
        if server.has_password:
            note("the password in this URL can be seen by everybody on this machine:")
            note("  ~/.pgpass, PGPASSFILE or postgresql:///?service=NAME keep it to yourself")
        return Target(server.name, url=address)
    path = address.removeprefix("sqlite:///")
    if not path or "://" in path or "\0" in path:
        raise BadInput(
            "bad-views-url",
            f"{address.partition('://')[0]!r} names no place for views",
            hint="postgresql://NAME@HOST/DATABASE, sqlite:///FILE, or a file",
        )
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise BadInput("bad-views-url", f"there is no folder {folder}", hint="make it first")
    return Target(path, path=Path(path))


def require_older(target: Target, views: "Views") -> None:
    """Raise :class:`Uncheckable` (``views-newer``) for *views* of a newer version.

    To build them anew would undo what that one did, and it would do the same to ours.
    """
    from projections.rows import CODE_VERSION  # noqa: PLC0415 - as above

    if views.code_version() > CODE_VERSION:
        raise Uncheckable(
            "views-newer",
            f"{target.name} was built by a newer assent (views of version {views.code_version()})",
            hint="upgrade assent here, or: assent views rebuild --to URL",
        )
