"""What an auditor brings to a log: witnesses, checkpoints, a mark, and how old is too old."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from cli import params
from cli.auditing.bundle_notes import read_note
from cli.output import note
from cli.verify_bundle import bundle_notes
from ledger.audit.verification import Witnessed
from ledger.audit.vouching import Vouched, vouched
from ledger.decide.judgement import Finding
from ledger.errors import BadInput, Unproven
from ledger.seal.allowed import parse_allowed
from ledger.seal.checkpoint import NAMESPACE, Witness
from ledger.store.bundle import BundleStore
from ledger.store.log import LogStore

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK: Final = re.compile(r"(0|[1-9][0-9]{0,15}):([0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class Brought:
    """What was said on the command line; *max_age* is in seconds."""

    witnesses: tuple[Witness, ...] | None = None
    checkpoints: tuple[Path, ...] = ()
    mark: Witnessed | None = None
    max_age: int | None = None

    @property
    def asks_witnesses(self) -> bool:
        """Whether a log that no witness vouches for is not enough."""
        return self.witnesses is not None or self.max_age is not None

    def vouched(self, ledger: str, store: LogStore) -> tuple[list[Vouched], list[Finding]]:
        """The checkpoints that were named, and those of a bundle, as far as witnesses signed them.

        With what is to be said of those in the bundle. Raises what :func:`read_note` raises,
        and :class:`Unproven` (``bad-checkpoint``) for one that was named.
        """
        witnesses, said = self.witnesses or (), list[Finding]()
        found = []
        for path in self.checkpoints:
            one = vouched(read_note(path, ledger), witnesses)
            if one is None:
                note(f"{path}: none of your witnesses signed this checkpoint")
            else:
                found.append(one)
        if isinstance(store, BundleStore) and witnesses:
            for name, in_bundle in bundle_notes(store):
                if in_bundle.checkpoint.ledger != ledger:
                    continue
                try:
                    one = vouched(in_bundle, witnesses)
                except Unproven as error:
                    said.append(Finding(None, error.code, f"{name}: {error.message}"))
                    continue
                found += [] if one is None else [one]
        return found, said


def bringing(function: Function) -> Function:
    """The options of a verb that verifies: all that an auditor may bring, as ``brought``."""

    @wraps(function)
    def wrapper(
        *args: Any,
        witnesses: Path | None,
        checkpoints: Sequence[Path],
        mark: Witnessed | None,
        max_age: int | None,
        **kwargs: Any,
    ) -> Any:
        if checkpoints and witnesses is None:
            raise BadInput("usage", "--checkpoint goes with --witnesses: who is to have signed it?")
        keys = None if witnesses is None else tuple(read_witnesses(witnesses))
        brought = Brought(keys, tuple(checkpoints), mark, max_age)
        return function(*args, brought=brought, **kwargs)

    wrapped: Any = wrapper
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return cast("Function", wrapped)


def read_witnesses(path: Path) -> Iterator[Witness]:
    """Whose signatures over checkpoints count, by the file *path* of allowed signers.

    Raises :class:`BadInput` (``bad-witnesses`` and what reading raises).
    """
    for one in parse_allowed(params.read_text_file(path).encode(), str(path)):
        if one.may_sign(NAMESPACE):
            yield Witness(one.name, one.key)


def _mark(text: str) -> Witnessed:
    """A mark as it is written down: ``SIZE:ROOT``."""
    match = _MARK.match(text)
    if match is None:
        raise BadInput(
            "not-a-mark", f"{text!r} is no mark", hint="SIZE:ROOT, the root in 64 hex digits"
        )
    return Witnessed(int(match[1]), bytes.fromhex(match[2]))


_OPTIONS: Final = (
    click.option(
        "--witnesses",
        type=params.FILE,
        metavar="FILE",
        help="Whose checkpoints count: allowed signers.",
    ),
    click.option(
        "--checkpoint",
        "checkpoints",
        type=params.FILE,
        metavar="FILE",
        multiple=True,
        help="A checkpoint the log must agree with.",
    ),
    click.option(
        "--mark", type=_mark, metavar="SIZE:ROOT", help="What you verified before, elsewhere."
    ),
    click.option(
        "--max-age",
        type=params.duration,
        metavar="DURATION",
        help="How old the newest signature of a witness may be, such as 7d.",
    ),
)
