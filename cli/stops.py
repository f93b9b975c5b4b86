"""The stops there are, and were: as people are told of them, and found by their ids."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.context import App
    from projections.runner import Views

SHORT: Final = 8
"""How many characters of an id a table shows."""

_PREFIX: Final = re.compile(r"[0-9a-f][0-9a-f-]{3,35}\Z")


def begins(id_: str, text: str) -> bool:
    """Whether *text* is *id_*, or at least four characters of its beginning."""
    return _PREFIX.match(text) is not None and id_.startswith(text)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop with what was said when it was set; ``lifted_number`` is that of the proposal."""

    id: str
    target: str
    signer: str
    at: str
    position: int
    reason: str
    lifted_position: int | None
    lifted_at: str | None
    lifted_number: int | None

    @property
    def short(self) -> str:
        """The id cut to what a table shows."""
        return self.id[:SHORT]

    @property
    def holds(self) -> bool:
        """Whether nothing has lifted it."""
        return self.lifted_position is None

    def body(self) -> dict[str, object]:
        """The stop as ``override/1``."""
        values = asdict(self)
        values["by"] = values.pop("signer")
        values["lifted_by_proposal"] = values.pop("lifted_number")
        return {"schema": "override/1", **values}


Stops = Callable[[], Sequence[Stop]]
"""All stops there ever were; asked only by what is about some."""


def stops_in(views: "Views") -> list[Stop]:
    """All stops that *views* know of, oldest first, those that were lifted included."""
    from projections.overrides import override_list  # noqa: PLC0415 - a heavy import

    with views.reading() as connection:
        rows = override_list(connection, everything=True)
    names = Stop.__dataclass_fields__
    return [Stop(**{name: getattr(row, name) for name in names}) for row in rows]


def stops_now(app: "App") -> Sequence[Stop]:
    """All stops there are and were by now."""
    return stops_in(app.views) if app.standing.head.size else ()


def stop_named(text: str, stops: Sequence[Stop]) -> Stop:
    """The stop whose id, or at least four characters of it, is *text*.

    Raises :class:`BadInput`: ``unknown-stop``, ``ambiguous-stop``.
    """
    found = [one for one in stops if begins(one.id, text)]
    if not found:
        raise BadInput(
            "unknown-stop",
            f"there is no stop {text}",
            hint="write its id, or at least four characters of it; assent override list",
        )
    if len(found) > 1:
        raise BadInput(
            "ambiguous-stop", f"more than one stop begins with {text}", hint="write more of the id"
        )
    return found[0]
