"""What a stop names: the four forms of a target, and whether this ledger knows what it is about."""

import re
from typing import Final

from ledger.errors import BadInput

_NAME: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
_TARGET: Final = re.compile(rf"(generation|alias/{_NAME}/{_NAME}|(capability|signer)/{_NAME})\Z")

FORMS: Final = "generation, alias/<model>/<environment>, capability/<permission> or signer/<id>"


def is_target(text: str) -> bool:
    """Whether *text* has one of the four forms."""
    return _TARGET.match(text) is not None


def require_target(target: str) -> str:
    """*target*, if it has one of the four forms. Raises :class:`BadInput` (``not-a-target``).

    The pattern is that of the event; it is written again here since a check imports no model.
    """
    if not is_target(target):
        raise BadInput("not-a-target", f"{target!r} is nothing that is stopped", hint=_hint(target))
    return target


def split_target(target: str) -> tuple[str, str]:
    """The kind of a target, and the name behind it; ``generation`` has none."""
    kind, _, name = target.partition("/")
    return kind, name


def _hint(target: str) -> str:
    if re.match(rf"{_NAME}/{_NAME}\Z", target):
        return f"alias/{target}? write {FORMS}"
    return f"write {FORMS}"
